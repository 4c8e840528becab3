//! A green thread may outlive the frame that started it.

fn main() {
    let text = String::from("on the stack");
    greenctx::spawn(|| println!("{text}"));
}
