//! A local green thread may outlive the frame that started it, too.

fn main() {
    let text = String::from("on the stack");
    greenctx::spawn_local(|| println!("{text}"));
}
