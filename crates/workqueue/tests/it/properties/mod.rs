//! Properties of arbitrary histories, against models that are too simple to be wrong.
//!
//! Each test prints its seed, which is shown if it fails; `PROPTEST_RNG_SEED=<seed>` runs it again
//! with the same cases, and `PROPTEST_CASES=<n>` sets their number.

mod carriers;
mod items;
mod room;

use std::time::SystemTime;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        config.rng_seed = RngSeed::Fixed(since_1970.as_nanos() as u64);
    }
    println!("PROPTEST_RNG_SEED={}", config.rng_seed);
    config
}
