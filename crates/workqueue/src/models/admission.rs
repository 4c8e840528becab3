//! The exact limit, and closing (`admission.rs`).

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use super::Tell;
use crate::admission::{Admission, Refused, UNLIMITED};
use crate::tally::Tally;

struct Door {
    admission: Admission,
    tally: Tally,
    /// Accepted and not ended, as its users count.
    inside: Tell,
}

impl Door {
    fn new(limit: u64) -> Arc<Self> {
        let (admission, tally) = (Admission::new(limit), Tally::new(2));
        Arc::new(Door { admission, tally, inside: Tell::default() })
    }

    fn enter(&self, limit: usize) -> Result<u64, Refused> {
        let number = self.admission.admit(|| self.tally.ended())?;
        self.inside.add();
        assert!(self.inside.get() <= limit, "there are more inside than the limit allows");
        Ok(number)
    }

    fn leave(&self, carrier: usize) {
        assert!(self.inside.take());
        self.tally.of(carrier).end();
    }
}

/// An acceptance is a compare-and-swap: two submitters at a door with room for one.
#[test]
fn two_submitters_do_not_share_the_last_room() {
    explore(3, || {
        let door = Door::new(1);
        let submitters = [(); 2].map(|()| {
            let door = door.clone();
            thread::spawn(move || door.enter(1).is_ok())
        });
        let entered = submitters.map(|one| usize::from(one.join().unwrap()));
        assert_eq!(entered.iter().sum::<usize>(), 1);
    });
}

/// Two submitters and an end. Never more than the limit are inside, and each number is given once. The room that has
/// become free is given to one of them if the other's refusal came before.
#[test]
fn room_that_becomes_free_is_given_once() {
    explore(3, || {
        let door = Door::new(1);
        door.enter(1).unwrap();
        let submitters = [(); 2].map(|()| {
            let door = door.clone();
            thread::spawn(move || door.enter(1))
        });
        door.leave(0);
        let entered = submitters.map(|one| one.join().unwrap());
        let numbers: Vec<u64> = entered.into_iter().flatten().collect();
        assert!(numbers.len() <= 1 && numbers.iter().all(|&number| number == 1));
        if numbers.is_empty() {
            door.enter(1).expect("both were refused before the end, and now there is room");
        }
    });
}

/// A refusal is exact: there is room all the time for both, though the remembered sum says *full*.
#[test]
fn nobody_is_refused_while_there_is_room() {
    explore(3, || {
        let door = Door::new(2);
        for carrier in [0, 1] {
            door.enter(2).unwrap();
            door.leave(carrier);
        }
        let submitters = [(); 2].map(|()| {
            let door = door.clone();
            thread::spawn(move || door.enter(2).expect("there is room for two"))
        });
        let mut numbers = submitters.map(|one| one.join().unwrap());
        numbers.sort_unstable();
        assert_eq!(numbers, [2, 3]);
    });
}

/// The tally's release and acquire: a submitter that is accepted in the room of an ended item sees what was done
/// before the end. That holds too if it takes the sum from a submitter that read it earlier.
#[test]
fn who_takes_the_room_of_another_sees_what_that_one_did() {
    explore(3, || {
        let door = Door::new(1);
        let done = Arc::new(Tell::default());
        door.enter(1).unwrap();
        let submitters = [(); 2].map(|()| {
            let (door, done) = (door.clone(), done.clone());
            thread::spawn(move || {
                if door.enter(1).is_ok() {
                    assert_eq!(done.get(), 1);
                }
            })
        });
        done.add();
        door.leave(0);
        for submitter in submitters {
            submitter.join().unwrap();
        }
    });
}

/// The same if the item is withdrawn, by whatever thread.
#[test]
fn who_takes_the_room_of_a_withdrawn_item_sees_what_was_done_before() {
    explore(3, || {
        let door = Door::new(1);
        let done = Arc::new(Tell::default());
        door.enter(1).unwrap();
        let submitter = thread::spawn({
            let (door, done) = (door.clone(), done.clone());
            move || {
                if door.enter(1).is_ok() {
                    assert_eq!(done.get(), 1);
                }
            }
        });
        done.add();
        assert!(door.inside.take());
        door.tally.withdraw();
        submitter.join().unwrap();
    });
}

/// The flag beside the word: a thread that sees it, and finds that all have ended, is right for good.
#[test]
fn what_is_exhausted_stays_so() {
    explore(3, || {
        let door = Door::new(UNLIMITED);
        let submitter = thread::spawn({
            let door = door.clone();
            move || door.enter(1).is_ok()
        });
        let closer = thread::spawn({
            let door = door.clone();
            move || door.admission.close()
        });
        let exhausted = door.admission.is_closed() && door.admission.admitted() == 0;
        let entered = submitter.join().unwrap();
        closer.join().unwrap();
        assert!(!(exhausted && entered), "an item was accepted after the last had ended");
    });
}

/// Closing is one bit of the same word: an item is accepted before it and counted, or refused.
#[test]
fn nothing_is_accepted_after_the_closing() {
    explore(3, || {
        let door = Door::new(UNLIMITED);
        let submitters = [(); 2].map(|()| {
            let door = door.clone();
            thread::spawn(move || match door.enter(2) {
                Ok(_) => 1,
                Err(refused) => {
                    assert_eq!(refused, Refused::Closed);
                    0
                }
            })
        });
        assert!(door.admission.close());
        let admitted = door.admission.admitted();
        let entered: u64 = submitters.map(|one| one.join().unwrap()).into_iter().sum();
        assert_eq!(entered, admitted, "the number is final once it is closed");
        assert!(!door.admission.close());
    });
}
