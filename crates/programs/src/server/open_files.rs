//! How many descriptors the process may have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as it may be raised: each connection takes one. If that fails, the limit stays
/// as it is, and the server copes with what it has.
pub(crate) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
