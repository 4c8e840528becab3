//! Locks and channels that green threads and OS threads share.
