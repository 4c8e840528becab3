//! Drivers and clients that know nothing of green threads, on the executor: a program each, which the guide
//! *Drivers and clients of others* shows as it is. This library is what two of them share.

pub mod pool;
