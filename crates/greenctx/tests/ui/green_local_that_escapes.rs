//! A green-local ends with its thread: no reference leaves it.

greenctx::green_local! {
    static TEXT: String = String::from("of one thread");
}

fn main() {
    let escaped: &String = TEXT.with(|text| text);
    println!("{escaped}");
}
