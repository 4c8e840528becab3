//! Many clients of one room, at once. All are let in before anybody speaks; then each hears all that is
//! said.

use std::sync::Arc;
use std::time::Duration;

use executor::sync::{Receiver, Semaphore, Sender, unbounded};
use executor::{GreenFuture, GreenThreadPoolExecutor, Shutdown, TaskError};
use greenstd::time;

use crate::arguments::Arguments;
use crate::client::{Client, Failure};
use crate::error::Error;
use crate::memory;
use crate::say;
use programs::interrupt;

/// How many may be on their way in at once: more than a listener keeps waiting are turned away by the
/// kernel, and try again only a second later.
const ON_THEIR_WAY: usize = 100;

/// What the main thread hears of.
enum Event {
    /// A client is in, or will never be, and why.
    Arrived(Result<(), String>),
    /// The speaker has said all.
    Spoken(Result<Speech, TaskError<Failure>>),
    /// ctrl-c.
    Interrupted,
}

/// What the speaker found.
struct Speech {
    /// What the server says of itself while all are there.
    server: String,
    /// How long it took to say everything, and to hear it all.
    time: Duration,
}

/// Opens the connections, has one more client speak, and closes them.
pub(crate) fn run(arguments: &Arguments, clients: u32) -> Result<(), Error> {
    let executor = build(arguments, clients)?;
    let _page = arguments.inspecting.start("chat", &executor.handle()).map_err(Error::Inspect)?;
    let (sender, events) = unbounded();
    let interrupted = sender.clone();
    interrupt::on_ctrl_c(move || {
        let _ = interrupted.send(Event::Interrupted);
    });
    let heard = Arc::new(Semaphore::new(0));
    let load = Load { arguments, clients, executor: &executor, sender, events, heard };
    let before = memory::resident_bytes();
    let crowd = load.enter();
    let mut ended = load.converse(before);
    if ended.is_err() {
        for client in &crowd {
            client.cancel();
        }
    }
    let heard: Vec<_> = crowd.into_iter().map(GreenFuture::result).collect();
    if ended.is_ok() {
        ended = load.check(&heard);
    }
    executor.shutdown(Shutdown::wait()).expect("this thread is none of the executor's");
    say(format_args!("\n{:#}", executor.statistics()));
    ended
}

fn build(arguments: &Arguments, clients: u32) -> Result<GreenThreadPoolExecutor, Error> {
    let max_workers = clients as usize + 1; // and the speaker
    let mut builder = GreenThreadPoolExecutor::builder().name("clients").max_workers(max_workers);
    if let Some(carriers) = arguments.carriers {
        builder = builder.carriers(carriers);
    }
    builder.build().map_err(Error::Build)
}

struct Load<'a> {
    arguments: &'a Arguments,
    clients: u32,
    executor: &'a GreenThreadPoolExecutor,
    sender: Sender<Event>,
    events: Receiver<Event>,
    /// A permit for each time that somebody has heard something.
    heard: Arc<Semaphore>,
}

impl Load<'_> {
    /// Submits a job for each client; it says how much that has heard.
    fn enter(&self) -> Vec<GreenFuture<usize, Failure>> {
        let on_their_way = Arc::new(Semaphore::new(ON_THEIR_WAY));
        let (address, messages) = (self.arguments.addr, self.arguments.messages);
        let enter = |number| {
            let (on_their_way, sender) = (on_their_way.clone(), self.sender.clone());
            let heard = self.heard.clone();
            let client = self.executor.try_submit(move || {
                let way = on_their_way.acquire();
                let entered = Client::enter(address, number);
                drop(way);
                let arrived = entered.as_ref().map(drop).map_err(ToString::to_string);
                let _ = sender.send(Event::Arrived(arrived));
                let ended = entered.and_then(|client| client.hear(messages, &heard));
                if ended.is_err() {
                    // Nobody need wait for this one.
                    heard.close();
                }
                ended
            });
            client.expect("a new executor takes as many jobs as it has workers")
        };
        (0..self.clients).map(enter).collect()
    }

    /// Waits until all are in, has somebody speak, and says how it was.
    fn converse(&self, resident_before: u64) -> Result<(), Error> {
        let begin = time::now();
        let mut failures = Vec::new();
        for _ in 0..self.clients {
            let arrived = self.wait(|event| match event {
                Event::Arrived(arrived) => Some(arrived),
                _ => None,
            })?;
            failures.extend(arrived.err());
        }
        if let Some(first) = failures.first() {
            return Err(Error::Clients(failures.len(), first.clone()));
        }
        let (time, clients) = (time::now() - begin, self.clients);
        let each = memory::resident_bytes().saturating_sub(resident_before) / u64::from(clients);
        println!("{clients} clients came in within {time:.2?}: {each} bytes each on their side");

        let (address, sender) = (self.arguments.addr, self.sender.clone());
        let (messages, bytes) = (self.arguments.messages, self.arguments.bytes);
        let (number, heard, begin) = (self.clients, self.heard.clone(), time::now());
        let speaker = self.executor.try_submit(move || -> Result<Speech, Failure> {
            let mut client = Client::enter(address, number)?;
            let server = client.ask("/stats")?;
            client.speak(messages, bytes, number, &heard)?;
            Ok(Speech { server, time: time::now() - begin })
        });
        let speaker = speaker.expect("there is a worker for the speaker");
        speaker.on_done(move |spoken| {
            let _ = sender.send(Event::Spoken(spoken));
        });
        let speech = self.wait(|event| match event {
            Event::Spoken(spoken) => Some(spoken),
            _ => None,
        })?;
        let speech = speech.map_err(|error| Error::Clients(1, error.to_string()))?;
        println!("the server: {}", speech.server);
        println!("{messages} messages were heard by all within {:.2?}", speech.time);
        Ok(())
    }

    fn wait<T>(&self, wanted: impl Fn(Event) -> Option<T>) -> Result<T, Error> {
        let event = self.events.recv().expect("we hold a sender ourselves");
        wanted(event).ok_or(Error::Interrupted)
    }

    /// Whether all have heard everything.
    fn check(&self, heard: &[Result<usize, TaskError<Failure>>]) -> Result<(), Error> {
        let failures: Vec<_> = heard.iter().filter_map(|heard| heard.as_ref().err()).collect();
        let deliveries: usize = heard.iter().flatten().sum();
        println!("{deliveries} deliveries to {} clients", heard.len() - failures.len());
        match failures.first() {
            Some(first) => Err(Error::Clients(failures.len(), first.to_string())),
            None => Ok(()),
        }
    }
}
