//! Random numbers that can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

/// A xorshift generator.
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// For the test `name`: seeded by `GREEN_SEED`, else by the clock. Prints its seed.
    pub(crate) fn new(name: &str) -> Self {
        let seed = match std::env::var("GREEN_SEED") {
            Ok(text) => text.parse().expect("GREEN_SEED is a number"),
            Err(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(1, |since| u64::from(since.subsec_nanos()) << 20 ^ since.as_secs()),
        };
        println!("{name}: to repeat it, set GREEN_SEED={seed}");
        Random { state: seed | 1 }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 11) % limit as u64) as usize
    }

    /// Another generator, which goes its own way.
    pub(crate) fn fork(&mut self) -> Self {
        Random { state: self.next() | 1 }
    }
}
