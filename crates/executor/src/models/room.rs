//! The blocks that tasks lie in, on their way between threads by the common pile.

use std::collections::BTreeSet;

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use crate::task::room::pile::Pile;
use crate::task::room::sheet::{Chain, Fresh, Size};

const SIZE: Size = Size::Small;

/// Two threads give parts of a sheet and take some: no block is lost, and none is given to two.
#[test]
fn a_block_has_one_owner_at_a_time() {
    explore(3, || {
        let pile = Arc::new(Pile::new(SIZE));
        let mut mine = Chain::new();
        mine.take_all(Fresh::of_new_sheet(SIZE), SIZE);
        let mut theirs = Chain::new();
        theirs.push(mine.pop().expect("a sheet has blocks"));
        let their_pile = pile.clone();
        let thread = thread::spawn(move || {
            // If the pile is in use, they are kept.
            let _ = their_pile.give(&mut theirs);
            (theirs, their_pile.take())
        });
        let _ = pile.give(&mut mine);
        let (kept, taken) = thread.join().unwrap();
        let left = std::iter::from_fn(|| pile.take());
        let chains = [Some(mine), Some(kept), taken].into_iter().flatten().chain(left);
        let (mut blocks, mut seen) = (Chain::new(), BTreeSet::new());
        for mut chain in chains {
            while let Some(block) = chain.pop() {
                assert!(seen.insert(block.address()), "a block has two owners");
                blocks.push(block);
            }
        }
        assert_eq!(seen.len(), SIZE.in_sheet());
        // The sheet is whole again.
        assert!(pile.give(&mut blocks));
        assert_eq!(pile.take().map(|chain| chain.len()), Some(SIZE.in_sheet()));
    });
}
