//! `greenpool-top` on a terminal, and what it prints without one.

mod pty;
mod shop;
mod taken;

use std::process::Command;

use pty::OnTerminal;
use shop::Shop;

const TOP: &str = env!("CARGO_BIN_EXE_greenpool-top");

fn top(shop: &Shop) -> OnTerminal {
    OnTerminal::start(TOP, &[&shop.address(), "--interval", "100ms"])
}

#[test]
fn the_counts_of_a_program_are_on_the_screen_and_q_gives_the_terminal_back() {
    let shop = Shop::open();
    let mut top = top(&shop);
    top.wait_for("3 running, 0 queued");
    top.wait_for("jobs/s");
    top.wait_for("1 carrier, all answer");
    assert!(top.is_taken());

    top.press("q");
    top.ends_well();
    top.is_given_back();
}

#[test]
fn keys_choose_what_is_seen() {
    let shop = Shop::open();
    let mut top = top(&shop);
    top.wait_for("parked by reason");
    top.press("2");
    top.wait_for("jobs that have waited longest");
    top.wait_for("order-1");
    top.press("3");
    top.wait_for("threads by stack");
    top.wait_for("submitted at");
    top.press("/no such text\r");
    top.wait_for("none");
    top.press("\x1b");
    top.wait_for("channel (receive)");
    top.press("4");
    top.wait_for("all carriers answer");
    top.press("h");
    top.wait_for("more about it is said below");
    top.press("\x03");
    top.ends_well();
    top.is_given_back();
}

#[test]
fn a_pause_holds_the_picture_until_it_ends() {
    let mut shop = Shop::open();
    let mut top = top(&shop);
    top.wait_for("3 running");
    top.press(" ");
    top.wait_for("paused");
    shop.order("order-4");
    // It is drawn anew for each key, and shows the same.
    top.press("h");
    top.wait_for("this help");
    top.press("h");
    top.wait_until_gone("this help");
    assert!(top.shows("3 running"));
    top.press(" ");
    top.wait_for("4 running");
}

#[test]
fn a_lost_server_is_told_and_found_again_and_the_terminal_given_back() {
    let mut shop = Shop::open();
    let mut top = top(&shop);
    top.wait_for("3 running");
    shop.stop_serving();
    top.wait_for("this is old: cannot connect");
    assert!(top.shows("3 running"));
    shop.serve_again();
    top.wait_until_gone("this is old");
    shop.stop_serving();
    top.wait_for("this is old");
    top.press("q");
    top.ends_well();
    top.is_given_back();
}

#[test]
fn the_terminal_is_given_back_when_a_signal_ends_the_program() {
    let shop = Shop::open();
    let mut top = top(&shop);
    top.wait_for("3 running");
    top.terminate();
    top.ends_well();
    top.is_given_back();
}

#[test]
fn the_name_of_a_job_cannot_command_the_terminal() {
    let mut shop = Shop::open();
    shop.order("\x1b]0;owned\x07\x1b[2J\u{9b}5n");
    let mut top = top(&shop);
    top.wait_for("4 running");
    top.press("2");
    top.wait_for(r"\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}5n");
    top.press("q");
    top.ends_well();
    let written = top.written();
    assert!(!written.contains("\x1b]0;owned") && !written.contains('\u{9b}'));

    let once = once(&shop.address());
    assert!(once.contains(r"\u{1b}]0;owned\u{7}"), "{once}");
    assert!(!once.contains(|letter: char| letter.is_control() && letter != '\n'));
}

#[test]
fn without_a_terminal_everything_is_printed_once() {
    let shop = Shop::open();
    // On a busy machine, a carrier may come too late with its answer, or an order to its wait.
    let is_quiet =
        |text: &String| text.contains("all carriers answer") && text.contains("channel (receive)");
    let text = std::iter::repeat_with(|| once(&shop.address())).find(is_quiet).unwrap();
    for part in [
        "3 running, 0 queued; ",
        " jobs/s",
        "executors\n  executor ",
        "\n  shop ",
        "channel (receive)",
        "jobs that have waited longest",
        "order-2",
        "Shop::order",
        "threads by stack",
        "all carriers answer",
        "none is known",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn where_nobody_listens_the_error_names_the_address_and_what_to_do() {
    let mut shop = Shop::open();
    let address = shop.address();
    shop.stop_serving();
    for arguments in [&[address.as_str()][..], &[&address, "--once"]] {
        let output = Command::new(TOP).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with(&format!("greenpool-top: {address}: cannot connect")), "{said}");
        assert!(said.contains("inspect::serve"), "{said}");
    }
}

#[test]
fn a_pipe_in_the_place_of_a_terminal_is_refused() {
    let shop = Shop::open();
    let output = Command::new(TOP).arg(shop.address()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("no terminal") && said.contains("--once"), "{said}");
}

fn once(address: &str) -> String {
    let output = Command::new(TOP).args([address, "--once"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
