//! What there is to ask for.

use std::net::TcpStream;

use executor::ExecutorHandle;
use greenstd::sync::Mutex;
use serde::Serialize;

use super::options::ServeOptions;
use super::refused::Refused;
use super::request::Request;
use super::response::Response;
use super::tables::Tables;
use super::trace::{self, Recording};
use super::{assets, host};
use crate::ask::InspectOptions;
use crate::page::{self, PATIENCE, Past};
use crate::{Inspections, inspect_all_with, metrics};

/// So many threads of an executor are in the answers that name each thread.
const MOST_THREADS: usize = 100_000;

/// The path of the page itself.
const PAGE: &str = "/";

pub(super) struct Routes {
    executors: Vec<ExecutorHandle>,
    options: ServeOptions,
    past: Mutex<Past>,
    tables: Tables,
    recording: Recording,
}

impl Routes {
    pub(super) fn new(executors: Vec<ExecutorHandle>, options: &ServeOptions) -> Self {
        let (past, tables, recording) = Default::default();
        Routes { executors, options: options.clone(), past, tables, recording }
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// `None` if the client has gone meanwhile.
    pub(super) fn answer(&self, request: &Request, client: &TcpStream) -> Option<Response> {
        if !host::is_ours(&request.host, self.options.hosts()) || is_of_other_site(request) {
            return Some(Refused::Foreign.into());
        }
        let response = match request.path.as_str() {
            "/json/page" => {
                let groups = request.parameter("groups").is_some_and(|value| value != "0");
                // Both are waited for at once.
                let tables = self.tables.ask(PATIENCE);
                let mut page = page::build(&self.executors, &self.past, groups);
                page.tables = tables.take();
                page.is_recording = self.recording.is_on();
                json(&page)
            }
            "/json/inspections" => json(&self.inspections().executors),
            "/text" => Response::text(self.inspections().to_string()),
            "/metrics" => {
                let tables = self.tables.ask(PATIENCE);
                let mut text = metrics::with_waits(&self.executors, PATIENCE);
                metrics::tables(&mut text, &tables.take());
                let text = text.finish();
                Response::new(metrics::CONTENT_TYPE, text.into_bytes())
            }
            "/trace" => return self.trace(request, client),
            path => assets::at(path).unwrap_or_else(|| Refused::Unknown.into()),
        };
        Some(response)
    }

    fn inspections(&self) -> Inspections {
        let options = InspectOptions::new().limit(MOST_THREADS).patience(PATIENCE);
        inspect_all_with(self.executors.iter().cloned(), &options)
    }

    fn trace(&self, request: &Request, client: &TcpStream) -> Option<Response> {
        let number = request.parameter("executor").map_or(Ok(0), str::parse::<usize>);
        let executor = number.ok().and_then(|number| self.executors.get(number));
        let duration = trace::duration(request.parameter("seconds"));
        let (Some(executor), Some(duration)) = (executor, duration) else {
            return Some(Refused::Unknown.into());
        };
        let Some(_alone) = self.recording.begin() else { return Some(Refused::Full.into()) };
        let trace = trace::record(executor, duration, client)?;
        Some(Response::file("jobs.perfetto-trace", trace))
    }
}

/// Whether a browser asks for another site's page. That may lead to ours by a link, and take nothing else.
fn is_of_other_site(request: &Request) -> bool {
    let is_own = |site: &str| matches!(site, "same-origin" | "none");
    request.path != PAGE && request.site.as_deref().is_some_and(|site| !is_own(site))
}

fn json(value: &impl Serialize) -> Response {
    let body = serde_json::to_vec(value).expect("all keys are strings");
    Response::new("application/json", body)
}
