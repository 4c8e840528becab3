//! Those that hear of a job's cancelling while it runs: its groups, and its parts on other green threads.
//!
//! A canceller sets one flag of the job, and wakes the green thread on which the job runs. That does not reach what
//! the job has begun elsewhere: the members of its groups are jobs of their own, and parts that were stolen run in
//! other places. The job itself may compute for long before it passes anything on. So these are entered here, and
//! the canceller goes through them.
//!
//! # Protocol: no hearer is missed
//!
//! * *hear-enter*: the hearer enters itself in the list, under its lock;
//! * *hear-announce*: it sets the flag `H` by a read-modify-write of the job's word. If the word before says that the
//!   job has been asked to stop (*hear-recheck*), the hearer knows it, and stops itself.
//!
//! The canceller:
//!
//! * *hear-ask*: sets the flag `C` by a read-modify-write of the same word;
//! * *hear-look*: if the word before has `H`, it copies the list, under its lock, and tells each.
//!
//! *Either hears of the other:* both change one word by read-modify-writes, so one of them comes second. If that is
//! *hear-ask*, it finds `H`, and the entry was made before. If it is *hear-announce*, the hearer finds `C`. For a part
//! that is enough without a look: it asks for `C` before each of its waits.
//!
//! *Down the tree:* a canceller that has told a group goes on with the members of that group, which it cancels in the
//! same way. It keeps a list of those to come, so the depth of the tree is no matter for its stack (`group/tree.rs`).
//!
//! A group does not leave: the list holds it weakly, and forgets those that are gone as it grows. A part leaves when
//! it ends. It may be told once more after that. Then the thread in its place is woken for nothing.
//!
//! Named steps: `hear-recheck` and `hear-look`.

use greenstd::sync::{Arc, Weak};

use super::Job;
use super::state::Place;

/// What hears of a cancelling, and has jobs of its own to pass it on to.
pub(crate) trait Hearer: Send + Sync {
    /// Stops it: those of its jobs that are to be cancelled. None, if it was stopped before.
    fn stop(&self) -> Vec<Job>;
}

/// The list.
#[derive(Default)]
pub(crate) struct Hearers {
    groups: Vec<Weak<dyn Hearer>>,
    /// Beyond so many groups, those that are gone are forgotten.
    many: usize,
    parts: Vec<Place>,
}

/// A copy of the list, to be told without its lock.
pub(crate) struct Heard {
    pub(crate) groups: Vec<Arc<dyn Hearer>>,
    pub(crate) parts: Vec<Place>,
}

impl Hearers {
    pub(crate) fn enter_group(&mut self, group: Weak<dyn Hearer>) {
        const FEW: usize = 8;
        if self.groups.len() >= self.many.max(FEW) {
            self.groups.retain(|group| group.strong_count() > 0);
            self.many = 2 * self.groups.len();
        }
        self.groups.push(group);
    }

    pub(crate) fn enter_part(&mut self, place: Place) {
        self.parts.push(place);
    }

    pub(crate) fn leave_part(&mut self, place: Place) {
        if let Some(index) = self.parts.iter().position(|&other| other == place) {
            self.parts.swap_remove(index);
        }
    }

    pub(crate) fn copy(&self) -> Heard {
        let groups = self.groups.iter().filter_map(Weak::upgrade).collect();
        Heard { groups, parts: self.parts.clone() }
    }
}
