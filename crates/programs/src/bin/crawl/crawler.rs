//! The work: pages are fetched by jobs, what they find is put together by one thread.
//!
//! The thread that calls [`Crawler::run`] owns all that is known. A job gets an address and brings back
//! what is there; its future hands that over through a channel, whichever way the job ended. The channel
//! has no limit, but cannot hold more than the executor has accepted. When the backlog is full, the
//! thread waits for room in it, and what was found waits meanwhile.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use executor::sync::{Receiver, Semaphore, Sender, unbounded};
use executor::{ExecutorHandle, Refusal, TaskError, TaskHandle};
use url::{Origin, Position, Url};

use crate::arguments::Arguments;
use crate::graph::{Graph, Number, Reference, State, Why};
use crate::page::{Link, Page};
use crate::progress::Progress;
use crate::visit::{Limits, Visit, visit};
use programs::http_client::{Client, roots};

/// What the thread that puts things together hears of.
pub(crate) enum Event {
    /// Of an address, from the future of its job.
    Visited(Number, Visit),
    /// Of the user, who wants to stop.
    Interrupted,
}

/// Follows links.
pub(crate) struct Crawler<'a> {
    arguments: &'a Arguments,
    executor: ExecutorHandle,
    client: Arc<Client>,
    origin: Origin,
    /// How many more connections each host gets.
    hosts: HashMap<String, Arc<Semaphore>>,
    graph: Graph,
    running: HashMap<Number, TaskHandle>,
    fetched: usize,
    events: (Sender<Event>, Receiver<Event>),
    progress: Progress,
}

/// What was found.
pub(crate) struct Found {
    /// The addresses and the links.
    pub(crate) graph: Graph,
    /// How many addresses were fetched.
    pub(crate) fetched: usize,
    /// Whether the user broke it off.
    pub(crate) is_interrupted: bool,
}

impl<'a> Crawler<'a> {
    /// A crawler that stays on the site of `start`.
    pub(crate) fn new(arguments: &'a Arguments, executor: ExecutorHandle, start: &Url) -> Self {
        Crawler {
            arguments,
            executor,
            client: Arc::new(Client::new("greenpool-crawl", roots::trust_the_web())),
            origin: start.origin(),
            hosts: HashMap::new(),
            graph: Graph::default(),
            running: HashMap::new(),
            fetched: 0,
            events: unbounded(),
            progress: Progress::new(),
        }
    }

    /// Where an [`Event::Interrupted`] can be sent.
    pub(crate) fn events(&self) -> Sender<Event> {
        self.events.0.clone()
    }

    /// Fetches `start` and all of the site that it leads to.
    ///
    /// # Blocking
    /// Blocks the OS thread; it is meant for one that is not green.
    pub(crate) fn run(mut self, start: &Url) -> Found {
        let mut is_interrupted = self.follow(None, start.to_string(), Ok(start.clone())).is_err();
        while !is_interrupted && !self.running.is_empty() {
            match self.events.1.recv().expect("we hold a sender ourselves") {
                Event::Visited(number, visited) => {
                    self.running.remove(&number);
                    self.progress.done(&self.graph.address(number).url);
                    is_interrupted = self.note(number, visited).is_err();
                }
                Event::Interrupted => is_interrupted = true,
            }
        }
        for job in self.running.values() {
            job.cancel();
        }
        self.progress.finish();
        Found { graph: self.graph, fetched: self.fetched, is_interrupted }
    }

    /// Puts in what was found at an address.
    fn note(&mut self, number: Number, visited: Visit) -> Result<(), Refusal> {
        match visited {
            Visit::Page(page) => self.note_page(number, page)?,
            Visit::Other => self.graph.set(number, State::Other),
            Visit::Broken(reason) => {
                self.progress.broken();
                self.graph.set(number, State::Broken(reason));
            }
            Visit::Redirect(to) => {
                let fragment = to.fragment().map(str::to_owned);
                let hops = self.graph.address(number).hops + 1;
                let (next, is_new) = self.graph.number(&to, hops);
                self.graph.set(number, State::Redirect { to: next, fragment });
                if is_new {
                    self.fetch(next)?;
                }
            }
        }
        Ok(())
    }

    fn note_page(&mut self, number: Number, page: Page) -> Result<(), Refusal> {
        let Page { anchors, links, is_cut } = page;
        self.graph.set(number, State::Page { anchors, is_cut });
        for Link { text, target } in links {
            self.follow(Some(number), text, target)?;
        }
        Ok(())
    }

    /// Notes a link, and has its target fetched if that is unknown.
    fn follow(
        &mut self,
        page: Option<Number>,
        text: String,
        target: Result<Url, url::ParseError>,
    ) -> Result<(), Refusal> {
        let url = match target {
            Ok(url) => url,
            Err(error) => {
                let target = Err(format!("no address: {error}"));
                self.graph.references.push(Reference { page, text, target, fragment: None });
                return Ok(());
            }
        };
        // Mail, scripts and the like lead to no page.
        if !matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        let fragment = url.fragment().map(str::to_owned);
        let (number, is_new) = self.graph.number(&url, 0);
        self.graph.references.push(Reference { page, text, target: Ok(number), fragment });
        if is_new { self.fetch(number) } else { Ok(()) }
    }

    /// Submits the job for an address, unless it is not for us to look.
    fn fetch(&mut self, number: Number) -> Result<(), Refusal> {
        let address = self.graph.address(number);
        let is_ours = address.url.origin() == self.origin;
        if !is_ours && !self.arguments.external {
            self.graph.set(number, State::NotChecked(Why::External));
            return Ok(());
        }
        let is_beyond = address.hops > self.arguments.max_redirects;
        if is_beyond || self.fetched == self.arguments.max_pages {
            self.graph.set(number, State::NotChecked(Why::Limit));
            return Ok(());
        }
        let limits = Limits {
            timeout: self.arguments.timeout,
            // Of other sites it is enough to know that the page is there: their anchors are often
            // made by scripts.
            max_bytes: if is_ours { self.arguments.max_bytes } else { 0 },
        };
        let (url, client) = (address.url.clone(), self.client.clone());
        let host = self.host(&url);
        self.submit(number, move || match host.acquire() {
            Ok(_permit) => visit(&client, &url, limits),
            Err(error) => not_checked(&error),
        })?;
        self.fetched += 1;
        self.progress.found();
        Ok(())
    }

    fn host(&mut self, url: &Url) -> Arc<Semaphore> {
        let name = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let permits = || Arc::new(Semaphore::new(self.arguments.per_host));
        self.hosts.entry(name).or_insert_with(permits).clone()
    }

    fn submit(
        &mut self,
        number: Number,
        job: impl FnOnce() -> Visit + Send + 'static,
    ) -> Result<(), Refusal> {
        let submitted = match self.executor.submit(job) {
            Err(refused) if refused.is_rejected() => {
                self.executor.submit_wait(refused.into_inner())
            }
            decided => decided,
        };
        let future = submitted.map_err(|refused| refused.reason())?;
        self.running.insert(number, future.handle());
        let events = self.events();
        future.on_done(move |result| {
            // Whoever was interrupted hears no more.
            let _ = events.send(Event::Visited(number, visited(result)));
        });
        Ok(())
    }
}

/// A job that has no result says so in its place.
fn visited(result: Result<Visit, TaskError>) -> Visit {
    result.unwrap_or_else(|error| not_checked(&error))
}

fn not_checked(reason: &dyn Display) -> Visit {
    Visit::Broken(format!("not checked: {reason}"))
}
