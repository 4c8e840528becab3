//! The queue of the threads that are ready to run: a ring of seats.
//!
//! Each switch takes from it, and looks at the two that come next. A ring whose size is a power of two does that in
//! fewer instructions than `VecDeque`, whose size may be any.

/// Enough for most carriers; a power of two, as all sizes are.
const LEAST: usize = 16;

/// The seat of nobody. A look at it finds nothing, with no test of its own.
pub(super) const NOBODY: u32 = u32::MAX;

/// First in, first out.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// Empty, or of a size that is a power of two.
    ring: Box<[u32]>,
    /// Where the first seat is, but for whole turns of the ring.
    head: usize,
    len: usize,
}

impl Ready {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(super) fn push(&mut self, seat: u32) {
        if self.len == self.ring.len() {
            self.grow();
        }
        let at = self.place(self.len);
        self.ring[at] = seat;
        self.len += 1;
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let first = self.get(0)?;
        self.head = self.head.wrapping_add(1);
        self.len -= 1;
        Some(first)
    }

    /// The first two, or [`NOBODY`].
    #[inline]
    pub(super) fn upcoming(&self) -> [u32; 2] {
        [self.get(0).unwrap_or(NOBODY), self.get(1).unwrap_or(NOBODY)]
    }

    /// The seat that comes after `before` others.
    #[inline]
    fn get(&self, before: usize) -> Option<u32> {
        if before >= self.len {
            return None;
        }
        // There always is one: a check would only be in the way.
        self.ring.get(self.place(before)).copied()
    }

    #[inline]
    fn place(&self, before: usize) -> usize {
        self.head.wrapping_add(before) & self.ring.len().wrapping_sub(1)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let size = (2 * self.ring.len()).max(LEAST);
        let mut ring = Vec::with_capacity(size);
        ring.extend((0..self.len).filter_map(|before| self.get(before)));
        // Not to the capacity, which may be more and no power of two.
        ring.resize(size, 0);
        self.ring = ring.into_boxed_slice();
        self.head = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST, NOBODY, Ready};
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #[test]
        fn seats_leave_in_the_order_in_which_they_came(
            pushes in proptest::collection::vec(any::<bool>(), 0..400)
        ) {
            let (mut ready, mut model) = (Ready::default(), VecDeque::new());
            for (seat, push) in (0..).zip(pushes) {
                if push {
                    ready.push(seat);
                    model.push_back(seat);
                } else {
                    prop_assert_eq!(ready.pop(), model.pop_front());
                }
                prop_assert_eq!((ready.len(), ready.is_empty()), (model.len(), model.is_empty()));
                let upcoming = [0, 1].map(|before| model.get(before).copied().unwrap_or(NOBODY));
                prop_assert_eq!(ready.upcoming(), upcoming);
            }
        }
    }

    #[test]
    fn it_turns_in_the_same_room_while_few_are_ready() {
        let mut ready = Ready::default();
        for seat in 0..10_000 {
            ready.push(seat);
            if ready.len() == LEAST {
                assert_eq!(ready.pop(), Some(seat + 1 - LEAST as u32));
            }
        }
        assert_eq!(ready.ring.len(), LEAST);
    }
}
