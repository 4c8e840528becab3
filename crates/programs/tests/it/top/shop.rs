//! A program to be looked at: jobs that wait until it closes, and the page about them.

use std::net::SocketAddr;

use executor::sync::{Receiver, Sender, bounded};
use executor::{ExecutorHandle, GreenThreadPoolExecutor};
use inspect::PageServer;

/// Three orders wait for a message that never comes.
pub(super) struct Shop {
    served: Option<PageServer>,
    address: SocketAddr,
    message: Receiver<()>,
    /// Dropped before the pool, whose drop waits for the orders.
    _open: Sender<()>,
    pool: GreenThreadPoolExecutor,
}

impl Shop {
    pub(super) fn open() -> Self {
        let pool = GreenThreadPoolExecutor::builder().name("shop").carriers(1).build().unwrap();
        let (open, message) = bounded(1);
        let served = serve("127.0.0.1:0".parse().unwrap(), pool.handle());
        let address = served.address();
        let mut shop = Shop { served: Some(served), address, message, _open: open, pool };
        for name in ["order-1", "order-2", "order-3"] {
            shop.order(name);
        }
        shop
    }

    /// Submits an order, and waits until it has started.
    pub(super) fn order(&mut self, name: &str) {
        let message = self.message.clone();
        let (start, started) = bounded(1);
        let order = move || {
            start.send(()).unwrap();
            // It ends when the shop closes.
            message.recv().unwrap_err();
        };
        drop(self.pool.job().name(name).submit(order).unwrap());
        started.recv().unwrap();
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn stop_serving(&mut self) {
        self.served = None;
    }

    pub(super) fn serve_again(&mut self) {
        self.served = Some(serve(self.address, self.pool.handle()));
    }
}

fn serve(address: SocketAddr, executor: ExecutorHandle) -> PageServer {
    inspect::serve(address, [executor]).unwrap()
}
