//! Maps whose function may fail.

use std::io;
use std::num::{NonZeroUsize, ParseIntError};

use executor::{MapError, TaskError};

use super::support::{Drops, eventually, pool};

const BUFFER: NonZeroUsize = NonZeroUsize::new(4).unwrap();

fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

#[test]
fn an_err_is_a_failure_in_its_place_and_the_others_follow() {
    let pool = pool(4, 2);
    let items: Vec<_> = pool.try_map(["1", "x", "3"], parse).unwrap().collect();
    assert!(matches!(items[..], [Ok(1), Err(TaskError::Failed(_)), Ok(3)]), "{items:?}");
    let items: Vec<_> = pool.try_map_buffered(BUFFER, ["1", "x", "3"], parse).collect();
    assert!(
        matches!(items[..], [Ok(1), Err(MapError::Task(TaskError::Failed(_))), Ok(3)]),
        "{items:?}"
    );
    let items: Vec<_> = pool.try_map_unordered(BUFFER, ["1", "x", "3"], parse).collect();
    assert_eq!(items.iter().filter(|item| item.is_err()).count(), 1);
    let statistics = pool.statistics();
    assert_eq!((statistics.failed(), statistics.succeeded()), (3, 6));
}

#[test]
fn an_err_of_a_plain_map_is_a_value() {
    let pool = pool(4, 2);
    let lazy = pool.map_buffered(BUFFER, ["x"], parse).next().unwrap();
    assert!(lazy.unwrap().is_err());
    let eager = pool.map(["x"], parse).unwrap().next().unwrap();
    assert!(eager.unwrap().is_err());
    assert_eq!(pool.statistics().failures(), 0);
}

#[test]
fn collecting_stops_at_the_first_failure_and_cancels_the_rest() {
    let pool = pool(1, 1);
    let drops = Drops::new();
    let token = drops.token();
    let numbers = pool.try_map_buffered(BUFFER, 0_u32.., move |n| {
        token.keep();
        if n == 10 { Err("ten") } else { Ok(n) }
    });
    let stopped = numbers.collect::<Result<Vec<_>, _>>();
    assert!(matches!(stopped, Err(MapError::Task(TaskError::Failed("ten")))));
    eventually(|| drops.alive() == 0);
    assert!(pool.statistics().submitted() <= 10 + 2 * BUFFER.get() as u64);
}

#[test]
fn the_error_of_an_item_goes_on_as_it_is() {
    let pool = pool(1, 1);
    let missing = |_| Err::<(), _>(io::Error::from(io::ErrorKind::NotFound));
    let eager = pool.try_map([0], missing).unwrap().next().unwrap();
    assert_eq!(io::Error::from(eager.unwrap_err()).kind(), io::ErrorKind::NotFound);
    let lazy = pool.try_map_unordered(BUFFER, [0], missing).next().unwrap();
    assert_eq!(io::Error::from(lazy.unwrap_err()).kind(), io::ErrorKind::NotFound);
}
