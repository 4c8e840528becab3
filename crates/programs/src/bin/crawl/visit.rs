//! The job: one request, and what it says about the links to that page.

use std::time::Duration;

use executor::with_timeout;
use url::Url;

use crate::page::{self, Page};
use programs::http_client::{Client, ClientError, Head};

/// What was found at an address.
#[derive(Debug)]
pub(crate) enum Visit {
    /// A page with links and anchors.
    Page(Page),
    /// Something else that is there: an image, a text.
    Other,
    /// The way to another address.
    Redirect(Url),
    /// Nothing; and why.
    Broken(String),
}

/// How much is asked of one page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long it may take, from the connection to the last byte.
    pub(crate) timeout: Duration,
    /// How much of it is read, in bytes; with 0, it is enough that it is there.
    pub(crate) max_bytes: u64,
}

/// Fetches what is at `url`.
///
/// # Blocking
/// Parks the green thread.
pub(crate) fn visit(client: &Client, url: &Url, limits: Limits) -> Visit {
    let wanted_bytes = |head: &Head| if is_page(head) { limits.max_bytes } else { 0 };
    let answer = with_timeout(limits.timeout, || client.get(url, wanted_bytes));
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Visit::Broken(reason(&error, limits)),
    };
    match answer.head.status {
        200..=299 if limits.max_bytes > 0 && is_page(&answer.head) => {
            Visit::Page(page::read(answer.body, url, answer.is_cut))
        }
        200..=299 => Visit::Other,
        301 | 302 | 303 | 307 | 308 => redirect(url, &answer.head),
        status => Visit::Broken(format!("{status} {}", answer.head.reason).trim_end().to_owned()),
    }
}

fn is_page(head: &Head) -> bool {
    let kind = head.field("content-type").unwrap_or_default().to_ascii_lowercase();
    let is_html = kind.starts_with("text/html") || kind.starts_with("application/xhtml+xml");
    is_html && (200..=299).contains(&head.status)
}

fn redirect(from: &Url, head: &Head) -> Visit {
    match head.field("location").map(|location| from.join(location)) {
        Some(Ok(to)) => Visit::Redirect(to),
        Some(Err(error)) => Visit::Broken(format!("redirect to a bad address: {error}")),
        None => Visit::Broken("redirect to nowhere".into()),
    }
}

fn reason(error: &ClientError, limits: Limits) -> String {
    if error.is_timed_out() {
        return format!("no answer within {} s", limits.timeout.as_secs_f64());
    }
    error.to_string()
}
