//! Noticing a fork.

use greenctx::{fork_generation, spawn, watch_forks};

use crate::on_carrier;
use testkit::exit_code_of_fork;

#[test]
fn a_forked_child_is_of_another_generation() {
    watch_forks();
    let before = fork_generation();
    let forks = exit_code_of_fork(|| (fork_generation() - before) as i32);
    assert_eq!(forks, 1);
    assert_eq!(fork_generation(), before, "the parent is what it was");
}

#[test]
fn a_child_of_a_child_is_two_forks_away() {
    watch_forks();
    let before = fork_generation();
    let forks = exit_code_of_fork(|| exit_code_of_fork(|| (fork_generation() - before) as i32));
    assert_eq!(forks, 2);
}

#[test]
fn a_carrier_notices_forks_unasked() {
    on_carrier(|| {
        let before = fork_generation();
        // From a green thread: the child is on its stack.
        let fork = spawn(move || exit_code_of_fork(|| (fork_generation() - before) as i32));
        assert_eq!(fork.join().unwrap(), 1);
        assert_eq!(fork_generation(), before);
    });
}
