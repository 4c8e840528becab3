//! The body ends before its parts do.

fn main() {
    executor::scope(|scope| {
        let local = 1;
        scope.submit(|| println!("{local}"));
    });
}
