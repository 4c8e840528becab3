//! Another carrier may take a part over.

use std::rc::Rc;

fn main() {
    let shared = Rc::new(1);
    executor::scope(|scope| scope.submit(|| println!("{shared}")));
}
