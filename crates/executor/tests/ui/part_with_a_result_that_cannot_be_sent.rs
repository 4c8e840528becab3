//! What a part returns may come from another carrier.

use std::rc::Rc;

fn main() {
    executor::join(|| 1, || Rc::new(1));
}
