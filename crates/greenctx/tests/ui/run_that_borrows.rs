//! A panic may end the frame that called `run` while green threads live.

fn main() {
    let text = String::from("on the stack");
    greenctx::Carrier::new().unwrap().run(|| println!("{text}")).unwrap();
}
