//! What cannot be sent cannot be fetched from another thread either.

use std::rc::Rc;

fn main() {
    let handle = greenctx::spawn_local(|| Rc::new(1));
    std::thread::spawn(move || handle.join().unwrap());
}
