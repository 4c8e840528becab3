//! One green thread of a survey, as an inspection shows it.

use std::panic::Location;

use greenctx::{CarrierHandle, SurveyedState, SurveyedThread};
use greenstd::time;

use crate::inspection::{ThreadView, WaitsFor};

pub(crate) fn view(carrier: &CarrierHandle, thread: &SurveyedThread) -> ThreadView {
    let site = thread.site.map(place);
    ThreadView {
        id: thread.report.id,
        name: without_site(&thread.report.name, site.as_deref()).to_owned(),
        is_job: thread.report.has_identity,
        site,
        thread: thread.thread.as_u64(),
        carrier: carrier.name().to_owned(),
        waits_for: waits_for(thread),
        waited: thread.waited,
        at_most: thread.until.map(time::until),
        stack_bytes: thread.used_stack_bytes,
        stack: None,
    }
}

fn waits_for(thread: &SurveyedThread) -> Option<WaitsFor> {
    if thread.state != SurveyedState::Parked {
        return None;
    }
    let Some(waiting) = thread.waiting else { return Some(WaitsFor::bare()) };
    Some(WaitsFor {
        kind: waiting.kind().to_owned(),
        object: waiting.object(),
        number: waiting.number(),
        site: waiting.site().map(place),
        ..WaitsFor::bare()
    })
}

/// The name alone: those of jobs end with their site.
pub(crate) fn without_site<'a>(name: &'a str, site: Option<&str>) -> &'a str {
    let short = site.and_then(|site| name.strip_suffix(&format!(" ({site})")));
    short.unwrap_or(name)
}

/// `file:line`, as names of jobs have it.
pub(crate) fn place(site: &Location<'_>) -> String {
    format!("{}:{}", site.file(), site.line())
}
