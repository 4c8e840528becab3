//! Random numbers that can be repeated.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// Steele and others' SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// For the test `name`: seeded by `GREEN_SEED`, else by the clock. Prints its seed.
    ///
    /// # Panics
    /// If `GREEN_SEED` is set and no number.
    pub fn for_test(name: &str) -> Self {
        let seed = match std::env::var("GREEN_SEED") {
            Ok(text) => text.parse().expect("GREEN_SEED is a number"),
            Err(_) => {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos() as u64)
            }
        };
        println!("{name}: to repeat it, set GREEN_SEED={seed}");
        Random(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `range`, which must not be empty.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.any() % (range.end - range.start)
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.any() % limit as u64) as usize
    }

    /// Another generator, which goes its own way.
    pub fn fork(&mut self) -> Self {
        Random(self.any())
    }
}
