//! What a part borrows has to be there until the scope has ended.

fn main() {
    executor::scope(|scope| {
        let text = String::from("text");
        let borrowed = &text;
        scope.submit(move || println!("{borrowed}"));
        drop(text);
    });
}
