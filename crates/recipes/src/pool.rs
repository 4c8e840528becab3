//! A pool of connections, or of anything else that one user at a time may have.

use std::ops::{Deref, DerefMut};

use executor::sync::{Receiver, RecvError, Sender, bounded};

/// Unused ones lie in a channel. Whoever receives one has it. If there is none, the job parks.
#[derive(Debug)]
pub struct Pool<T> {
    give: Sender<T>,
    take: Receiver<T>,
}

/// One of them, for as long as this lives.
#[derive(Debug)]
#[must_use = "the connection is given back when it is dropped"]
pub struct Lease<T> {
    leased: Option<T>,
    give: Sender<T>,
}

impl<T> Pool<T> {
    /// A pool of these.
    pub fn of(all: Vec<T>) -> Self {
        let (give, take) = bounded(all.len());
        for each in all {
            give.try_send(each).expect("there is room for all, and we have the other end");
        }
        Pool { give, take }
    }

    /// Waits for one that nobody uses.
    ///
    /// # Errors
    /// If the wait is interrupted.
    pub fn lease(&self) -> Result<Lease<T>, RecvError> {
        Ok(Lease { leased: Some(self.take.recv()?), give: self.give.clone() })
    }
}

impl<T> Drop for Lease<T> {
    fn drop(&mut self) {
        // There is room for it. If the pool has gone, so may this.
        let _ = self.leased.take().map(|leased| self.give.try_send(leased));
    }
}

impl<T> Deref for Lease<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.leased.as_ref().expect("it is there until the lease ends")
    }
}

impl<T> DerefMut for Lease<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.leased.as_mut().expect("it is there until the lease ends")
    }
}
