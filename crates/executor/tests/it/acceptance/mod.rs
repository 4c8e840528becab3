//! Tests on real threads, by theme.

mod as_completed;
mod backpressure;
mod callbacks;
mod cancel;
mod dropping;
mod futures;
mod map;
mod map_lazy;
mod panics;
mod rejection;
mod shared;
mod shutdown;
mod statistics;
mod submit;
mod support;
mod wait_sets;
