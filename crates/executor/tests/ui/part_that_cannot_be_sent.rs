//! Another carrier may take the second part of a join over.

use std::rc::Rc;

fn main() {
    let shared = Rc::new(1);
    executor::join(|| 1, || *shared);
}
