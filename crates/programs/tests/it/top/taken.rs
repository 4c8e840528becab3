//! A panic in a program that has taken the terminal.

use std::env;
use std::process::exit;

use greenstd::thread;
use programs::terminal::Screen;

use super::pty::OnTerminal;

/// Set in the child of the test below.
const IS_CHILD: &str = "PROGRAMS_TEST_TAKES_THE_TERMINAL";

#[test]
fn a_panic_of_any_thread_gives_the_terminal_back_before_it_is_told() {
    if env::var_os(IS_CHILD).is_some() {
        panic_with_the_terminal_taken();
    }
    let test = "top::taken::a_panic_of_any_thread_gives_the_terminal_back_before_it_is_told";
    let program = env::current_exe().unwrap();
    let arguments = [test, "--exact", "--nocapture"];
    let mut child =
        OnTerminal::start_with(program.to_str().unwrap(), &arguments, &[(IS_CHILD, "1")]);
    assert_eq!(child.end(), 7);
    child.is_given_back();
    assert!(child.shows("something unforeseen"), "the message is on the ordinary screen");
    assert!(!child.shows("whole-screen"));
    assert!(child.written().contains("whole-screen"));
}

fn panic_with_the_terminal_taken() -> ! {
    let mut screen = Screen::open().unwrap();
    screen.draw(|frame| frame.render_widget("whole-screen", frame.area())).unwrap();
    let other = thread::spawn(|| panic!("something unforeseen"));
    other.join().unwrap_err();
    screen.draw(|_| unreachable!("nothing is drawn on the ordinary screen")).unwrap_err();
    // Without a drop of the screen: the panic alone has to do.
    exit(7);
}
