//! Headers that every job gets, besides its own.

use std::collections::BTreeMap;
use std::mem;

use greenstd::sync::Arc;

pub(crate) type Headers = BTreeMap<String, String>;

/// Adds some.
type Source = dyn Fn(&mut Headers) + Send + Sync;

/// Where they come from.
#[derive(Clone, Default)]
pub(crate) struct Sources(Vec<Arc<Source>>);

impl Sources {
    /// What comes from `source` replaces what earlier ones have given by the same name.
    pub(crate) fn add<H>(&mut self, source: impl Fn() -> H + Send + Sync + 'static)
    where
        H: IntoIterator<Item = (String, String)>,
    {
        self.0.push(Arc::new(move |headers| headers.extend(source())));
    }

    /// What the job has already stays as it is.
    pub(crate) fn fill(&self, headers: &mut Headers) {
        if self.0.is_empty() {
            return;
        }
        let own = mem::take(headers);
        self.0.iter().for_each(|source| source(headers));
        headers.extend(own);
    }
}
