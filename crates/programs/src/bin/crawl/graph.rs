//! What is known of the site: its addresses, what was found there, and the links between them.

use std::collections::{HashMap, HashSet};

use url::Url;

/// Names an address in the graph.
pub(crate) type Number = usize;

/// Addresses and links.
#[derive(Default)]
pub(crate) struct Graph {
    addresses: Vec<Address>,
    numbers: HashMap<Url, Number>,
    /// All links, in the order in which they were found.
    pub(crate) references: Vec<Reference>,
}

/// Something that links may lead to.
pub(crate) struct Address {
    /// Without a fragment: all parts of a page are one address.
    pub(crate) url: Url,
    /// What is known of it.
    pub(crate) state: State,
    /// How many redirects led here, from the page that was linked.
    pub(crate) hops: usize,
}

/// What is known of an address.
#[derive(Debug)]
pub(crate) enum State {
    /// Nothing yet.
    Waiting,
    /// It is not for us to look.
    NotChecked(Why),
    /// A page with these anchors.
    Page {
        /// What a fragment may name.
        anchors: HashSet<String>,
        /// Whether there may be more of them, in what was not read.
        is_cut: bool,
    },
    /// It is there, and has no anchors.
    Other,
    /// It leads on.
    Redirect {
        /// The next address.
        to: Number,
        /// And the part of it.
        fragment: Option<String>,
    },
    /// It is not there.
    Broken(String),
}

/// Why an address is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It belongs to another site.
    External,
    /// The limit of pages, or of redirects, was reached before.
    Limit,
}

/// A link of a page.
pub(crate) struct Reference {
    /// The page that it is on; none for where the work began.
    pub(crate) page: Option<Number>,
    /// As it is written there.
    pub(crate) text: String,
    /// Where it leads, or why that cannot be said.
    pub(crate) target: Result<Number, String>,
    /// The part of the target that it names.
    pub(crate) fragment: Option<String>,
}

impl Graph {
    /// The number of an address, and whether it is a new one.
    pub(crate) fn number(&mut self, url: &Url, hops: usize) -> (Number, bool) {
        let mut url = url.clone();
        url.set_fragment(None);
        if let Some(number) = self.numbers.get(&url) {
            return (*number, false);
        }
        let number = self.addresses.len();
        self.numbers.insert(url.clone(), number);
        self.addresses.push(Address { url, state: State::Waiting, hops });
        (number, true)
    }

    /// What is known of an address.
    pub(crate) fn address(&self, number: Number) -> &Address {
        &self.addresses[number]
    }

    /// Notes what was found at an address.
    pub(crate) fn set(&mut self, number: Number, state: State) {
        self.addresses[number].state = state;
    }
}
