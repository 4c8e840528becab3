//! Settings that make no sense, and what the error says of them.

use executor::{BuildError, Builder, GreenThreadPoolExecutor};
use greenctx::{MAX_STACK_BYTES, MIN_STACK_BYTES};

#[track_caller]
fn assert_refused(builder: Builder, expected: (&str, usize, usize, usize)) {
    let error = builder.build().map(drop).unwrap_err();
    let text = error.to_string();
    let BuildError::OutOfRange { field, value, min, max } = error else { panic!("{error}") };
    assert_eq!((field, value, min, max), expected);
    assert!(text.contains(field) && text.contains(&value.to_string()), "{text}");
    assert!(text.contains(&min.to_string()), "{text}");
    assert!(max == usize::MAX || text.contains(&max.to_string()), "{text}");
}

fn builder() -> Builder {
    GreenThreadPoolExecutor::builder().carriers(1)
}

#[test]
fn no_workers_and_no_carriers_are_errors_that_name_the_range() {
    assert_refused(builder().max_workers(0), ("max_workers", 0, 1, usize::MAX));
    assert_refused(builder().carriers(0), ("carriers", 0, 1, 1024));
    assert_refused(builder().carriers(1025), ("carriers", 1025, 1, 1024));
    assert_refused(builder().carriers(usize::MAX), ("carriers", usize::MAX, 1, 1024));
}

#[test]
fn stacks_that_are_too_small_too_large_or_not_representable_are_errors_that_name_the_range() {
    let sizes = [0, 1, MIN_STACK_BYTES - 1, MAX_STACK_BYTES + 1, usize::MAX / 2 + 2, usize::MAX];
    for bytes in sizes {
        let expected = ("stack_size", bytes, MIN_STACK_BYTES, MAX_STACK_BYTES);
        assert_refused(builder().stack_size(bytes), expected);
    }
}

#[test]
fn to_time_one_job_in_none_is_an_error() {
    assert_refused(builder().time_one_in(0), ("time_one_in", 0, 1, u32::MAX as usize));
}

#[test]
fn the_ends_of_the_ranges_are_permitted() {
    let extremes = [
        builder().max_workers(1),
        builder().time_one_in(1),
        builder().time_one_in(u32::MAX as usize),
        builder().max_workers(usize::MAX),
        builder().stack_size(MIN_STACK_BYTES),
        builder().stack_size(MIN_STACK_BYTES + 1),
        builder().stack_size(MAX_STACK_BYTES),
    ];
    for builder in extremes {
        let pool = builder.build().unwrap();
        assert_eq!(pool.submit(|| 5).unwrap().result().unwrap(), 5);
    }
}

#[test]
fn a_thousand_carriers_start_and_end() {
    let pool = super::support::watched(GreenThreadPoolExecutor::builder().carriers(1024));
    assert_eq!(pool.num_carriers(), 1024);
    super::support::Held::workers(&pool, 1000).release();
}
