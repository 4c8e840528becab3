//! Random numbers that a seed reproduces.

use std::ops::Range;

/// Steele and others' SplitMix64.
#[derive(Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A generator for the test `name`: seeded by `GREEN_SEED`, else by the clock. Prints its seed.
    pub(crate) fn for_test(name: &str) -> Self {
        let seed = match std::env::var("GREEN_SEED") {
            Ok(text) => text.parse().expect("GREEN_SEED is a number"),
            Err(_) => std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |age| age.as_nanos() as u64),
        };
        println!("{name}: to repeat it, set GREEN_SEED={seed}");
        Rng(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }
}
