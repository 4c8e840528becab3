//! Both parts of a join may run at the same time.

fn main() {
    let mut sum = 0;
    executor::join(|| sum += 1, || sum += 2);
}
