//! Nothing can be submitted to a scope that has ended.

fn main() {
    let kept = executor::scope(|scope| scope);
    kept.submit(|| ());
}
