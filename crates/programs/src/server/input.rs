//! The buffer between the socket and the protocol.

use std::io::{self, Read};

/// Enough for most requests, and little for a connection that is idle.
const INITIAL_BYTES: usize = 4 * 1024;
/// With less room than this, what is left moves to the front before the next read.
const MIN_ROOM: usize = 1024;
/// A buffer that has grown beyond this is given back when it is empty.
const KEPT_BYTES: usize = 64 * 1024;

/// Bytes that have come in and are not answered yet.
#[derive(Debug)]
pub struct Input {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Default for Input {
    /// An empty one.
    fn default() -> Self {
        Input { buffer: vec![0; INITIAL_BYTES], start: 0, end: 0 }
    }
}

impl Input {
    /// What is not answered yet.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes the first `count` bytes away. The others keep their distance from the front.
    pub fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.end - self.start, "consumes what is not there");
        self.start += count;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Reads once from `source`, and returns how many bytes came. The buffer grows as it has to; the
    /// protocol limits how far, by refusing what is too large.
    pub fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        self.make_room();
        let count = source.read(&mut self.buffer[self.end..])?;
        self.end += count;
        Ok(count)
    }

    fn make_room(&mut self) {
        if self.end == 0 && self.buffer.len() > KEPT_BYTES {
            self.buffer = vec![0; INITIAL_BYTES];
        }
        if self.buffer.len() - self.end >= MIN_ROOM {
            return;
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() - self.end < MIN_ROOM {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_survives_moving_and_growing() {
        let source: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
        let mut reader = source.as_slice();
        let mut input = Input::default();
        let mut consumed = 0;
        while input.fill(&mut reader).unwrap() > 0 {
            assert_eq!(input.bytes()[0], source[consumed]);
            let count = input.bytes().len() / 3;
            input.consume(count);
            consumed += count;
        }
        assert_eq!(input.bytes(), &source[consumed..]);
    }

    #[test]
    fn a_large_buffer_is_given_back_when_it_is_empty() {
        let mut input = Input::default();
        let source = vec![7; 300_000];
        let mut reader = source.as_slice();
        while input.fill(&mut reader).unwrap() > 0 {}
        assert!(input.buffer.len() >= 300_000);
        input.consume(300_000);
        assert_eq!(input.fill(&mut [1_u8, 2].as_slice()).unwrap(), 2);
        assert_eq!(input.bytes(), [1, 2]);
        assert_eq!(input.buffer.len(), INITIAL_BYTES);
    }
}
