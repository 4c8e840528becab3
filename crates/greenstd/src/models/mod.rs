//! Models of what the crate's own code makes: the permit, and the lock whose unlocking is a plain store.

mod lock;
mod permit;
