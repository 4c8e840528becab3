//! Wait groups.

use greenctx::spawn;
use greenstd::panics::contain;
use greensync::WaitGroup;

use crate::{let_others_run, on_carrier};

#[test]
fn a_group_of_one_does_not_wait() {
    assert_eq!(WaitGroup::new().wait(), Ok(()));
    assert_eq!(WaitGroup::default().wait(), Ok(()));
}

#[test]
fn a_wait_ends_with_the_last_clone() {
    on_carrier(|| {
        let group = WaitGroup::new();
        let (one, two) = (group.clone(), group.clone());
        assert!(format!("{group:?}").contains('3'));
        let waiting = spawn(|| group.wait());
        drop(one);
        let_others_run();
        assert!(!waiting.is_finished());
        drop(two);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_clone_is_dropped_by_a_panic_too() {
    on_carrier(|| {
        let group = WaitGroup::new();
        let theirs = group.clone();
        let panicked = spawn(move || {
            let _theirs = theirs;
            panic!("at work");
        });
        assert_eq!(group.wait(), Ok(()));
        assert!(panicked.join().is_err());
    });
    let group = WaitGroup::new();
    let theirs = group.clone();
    assert!(
        contain(move || {
            let _theirs = theirs;
            panic!("on a plain thread");
        })
        .is_err()
    );
    assert_eq!(group.wait(), Ok(()));
}

#[test]
fn an_interrupted_one_has_dropped_its_clone() {
    on_carrier(|| {
        let group = WaitGroup::new();
        let theirs = group.clone();
        let waiting = spawn(move || theirs.wait());
        let_others_run();
        waiting.thread().cancel();
        assert!(waiting.join().unwrap().is_err());
        assert_eq!(group.wait(), Ok(()));
    });
}
