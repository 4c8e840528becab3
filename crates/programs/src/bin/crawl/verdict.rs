//! Which links are broken. Said at the end, when all that they lead to is known.

use percent_encoding::percent_decode_str;

use crate::graph::{Graph, Number, Reference, State, Why};

/// What the work came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// The broken links, by page, and there in their order.
    pub(crate) broken: Vec<Broken>,
    /// Links that lead where they say.
    pub(crate) good: usize,
    /// Links to other sites that were not looked at.
    pub(crate) external: usize,
    /// Links that a limit, or an interruption, kept us from looking at.
    pub(crate) unknown: usize,
}

/// A broken link.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The page that it is on; none if it is where the work began.
    pub(crate) page: Option<Number>,
    /// As it is written there.
    pub(crate) link: String,
    /// What is wrong.
    pub(crate) reason: String,
}

/// What there is to say of one link.
enum Finding {
    Good,
    External,
    Unknown,
    Broken(String),
}

/// Judges all links.
pub(crate) fn judge(graph: &Graph, max_redirects: usize) -> Verdict {
    let mut verdict = Verdict::default();
    for reference in &graph.references {
        match judge_one(graph, reference, max_redirects) {
            Finding::Good => verdict.good += 1,
            Finding::External => verdict.external += 1,
            Finding::Unknown => verdict.unknown += 1,
            Finding::Broken(reason) => verdict.broken.push(Broken {
                page: reference.page,
                link: reference.text.clone(),
                reason,
            }),
        }
    }
    let url = |broken: &Broken| broken.page.map(|page| graph.address(page).url.clone());
    verdict.broken.sort_by_cached_key(url);
    verdict
}

fn judge_one(graph: &Graph, reference: &Reference, max_redirects: usize) -> Finding {
    let mut at = match &reference.target {
        Ok(target) => *target,
        Err(reason) => return Finding::Broken(reason.clone()),
    };
    let mut wanted = reference.fragment.as_ref();
    let mut passed = Vec::new();
    loop {
        let address = graph.address(at);
        match &address.state {
            State::Redirect { .. } if passed.contains(&at) => {
                return Finding::Broken("redirects in a circle".into());
            }
            State::Redirect { .. } if passed.len() == max_redirects => {
                return Finding::Broken(format!("more than {max_redirects} redirects"));
            }
            State::Redirect { to, fragment } => {
                passed.push(at);
                at = *to;
                // The fragment goes along, unless the redirect has one of its own.
                wanted = fragment.as_ref().or(wanted);
            }
            State::Broken(reason) if passed.is_empty() => return Finding::Broken(reason.clone()),
            State::Broken(reason) => {
                return Finding::Broken(format!("redirected to {}: {reason}", address.url));
            }
            State::Page { .. } | State::Other => return judge_fragment(&address.state, wanted),
            State::NotChecked(Why::External) => return Finding::External,
            State::NotChecked(Why::Limit) | State::Waiting => return Finding::Unknown,
        }
    }
}

fn judge_fragment(state: &State, wanted: Option<&String>) -> Finding {
    let State::Page { anchors, is_cut } = state else { return Finding::Good };
    let Some(wanted) = wanted.map(String::as_str) else { return Finding::Good };
    // What follows is for the browser's search, not the name of a part.
    let wanted = wanted.split(":~:").next().unwrap_or_default();
    // These mean the page's beginning, whether or not something has that name.
    if wanted.is_empty() || wanted.eq_ignore_ascii_case("top") || anchors.contains(wanted) {
        return Finding::Good;
    }
    let decoded = percent_decode_str(wanted).decode_utf8_lossy();
    if anchors.contains(&*decoded) {
        return Finding::Good;
    }
    let where_to = if *is_cut { "in the part that was read" } else { "on the page" };
    Finding::Broken(format!("no anchor #{decoded} {where_to}"))
}
