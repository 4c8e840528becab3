//! Names of addresses.

use inspect::frames_at;

#[inline(never)]
fn marked() {
    std::hint::black_box(());
}

#[test]
fn an_address_in_a_function_has_its_name_file_and_line() {
    let frames = frames_at(marked as fn() as usize);
    let frame = frames.last().unwrap();
    assert!(frame.function.ends_with("symbols::marked"), "{frame}");
    assert!(frame.file.as_deref().unwrap().ends_with("symbols.rs"), "{frame}");
    assert!((5..=8).contains(&frame.line.unwrap()), "{frame}");
}

#[test]
fn an_address_without_code_is_named_by_itself() {
    let frames = frames_at(0x10);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].to_string(), "0x10");
}
