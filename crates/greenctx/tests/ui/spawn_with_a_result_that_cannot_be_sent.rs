//! `spawn` may start an OS thread, so its result is sent.

use std::rc::Rc;

fn main() {
    greenctx::spawn(|| Rc::new(1));
}
