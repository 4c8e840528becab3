//! `spawn` may start an OS thread, so its closure is sent.

use std::rc::Rc;

fn main() {
    let shared = Rc::new(1);
    greenctx::spawn(move || drop(shared));
}
