//! A storm of park and unpark between two carriers and plain threads.

use std::sync::mpsc::channel;
use std::time::Duration;

use greenctx::{
    Carrier, CarrierHandle, SurveyOptions, Thread, current, park, park_timeout, spawn, yield_now,
};
use greenstd::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use greenstd::sync::{Arc, OnceLock};
use greenstd::time;

use testkit::Watchdog;

/// Hand-overs in all: one unpark each, and a park by whoever waits for it.
const HANDOVERS: u64 = 300_000;

/// Pairs of players: between the carriers, and between each of them and plain threads.
const PAIRS: u64 = 6;

/// Two players that hand a turn to and fro.
struct Pair {
    turn: AtomicU64,
    players: [OnceLock<Thread>; 2],
}

impl Pair {
    fn new() -> Self {
        Pair { turn: AtomicU64::new(0), players: [OnceLock::new(), OnceLock::new()] }
    }

    fn play(&self, side: usize) {
        self.players[side].set(current()).expect("one player a side");
        let other = loop {
            match self.players[1 - side].get() {
                Some(other) => break other,
                None => yield_now(),
            }
        };
        let first = side as u64;
        for turn in (first..HANDOVERS / PAIRS).step_by(2) {
            while self.turn.load(Ordering::Acquire) != turn {
                wait(turn / 2);
            }
            self.turn.store(turn + 1, Ordering::Release);
            other.unpark();
        }
    }
}

/// Timed and untimed parks in turn, and now and then one that is over at about the time of the grant.
fn wait(round: u64) {
    let parked = match round % 16 {
        15 => park_timeout(Duration::from_micros(round % 64)).map(|_| ()),
        14 => park_timeout(Duration::ZERO).map(|_| ()),
        even if even % 2 == 0 => park(),
        _ => park_timeout(Duration::from_secs(3600)).map(|_| ()),
    };
    parked.expect("nobody cancels us");
}

#[test]
fn no_unpark_is_lost_in_a_storm_between_carriers_and_plain_threads() {
    storm(|_| ());
}

#[test]
fn no_unpark_is_lost_in_a_storm_that_is_surveyed_all_the_while() {
    storm(|carrier| {
        // One that has ended does not answer any more.
        let soon = time::now() + Duration::from_millis(200);
        let mut survey = carrier.survey(SurveyOptions::new());
        while let Ok(Some(slice)) = survey.next(soon) {
            let words = slice.iter().map(|(_, stack)| stack.map(|stack| stack.registers()));
            assert!(words.flatten().all(|registers| registers.stack_pointer != 0));
        }
    });
}

/// The storm, while `watch` is called for either carrier again and again.
fn storm(watch: impl Fn(&CarrierHandle) + Send + 'static) {
    let pairs: Arc<[Pair]> = (0..PAIRS).map(|_| Pair::new()).collect();
    let watched = pairs.clone();
    let _watchdog = Watchdog::start(move || {
        let turns = watched.iter().map(|pair| pair.turn.load(Ordering::Relaxed));
        format!("the turns of the pairs: {:?}", turns.collect::<Vec<_>>())
    });

    let start = time::now();
    let (tell, carriers_made) = channel();
    let ended = Arc::new(AtomicBool::new(false));
    let watcher = greenstd::thread::spawn({
        let ended = ended.clone();
        move || {
            let carriers: Vec<CarrierHandle> = carriers_made.iter().collect();
            while !ended.load(Ordering::Relaxed) {
                carriers.iter().for_each(&watch);
            }
        }
    });
    let carrier = |sides: [(usize, usize); 4]| {
        let (pairs, tell) = (pairs.clone(), tell.clone());
        let main = move || {
            let players = sides.map(|(pair, side)| {
                let pairs = pairs.clone();
                spawn(move || pairs[pair].play(side))
            });
            players.into_iter().for_each(|player| player.join().expect("it does not panic"));
        };
        greenstd::thread::spawn(move || {
            let carrier = Carrier::new().expect("the settings are good");
            tell.send(carrier.handle()).expect("the watcher waits for it");
            drop(tell);
            carrier.run(main).expect("there is a stack for main");
        })
    };
    let carriers =
        [carrier([(0, 0), (1, 1), (2, 0), (3, 1)]), carrier([(0, 1), (1, 0), (4, 0), (5, 1)])];
    drop(tell);
    let plain = [(2, 1), (3, 0), (4, 1), (5, 0)].map(|(pair, side)| {
        let pairs = pairs.clone();
        greenstd::thread::spawn(move || pairs[pair].play(side))
    });
    carriers.into_iter().for_each(|carrier| carrier.join().expect("it does not panic"));
    plain.into_iter().for_each(|thread| thread.join().expect("it does not panic"));

    ended.store(true, Ordering::Relaxed);
    watcher.join().expect("it does not panic");
    let took = time::since(start);
    println!("{HANDOVERS} hand-overs in {took:.2?}");
    for pair in pairs.iter() {
        assert_eq!(pair.turn.load(Ordering::Acquire), HANDOVERS / PAIRS);
    }
}
