//! Ids of jobs.

use std::collections::HashSet;

use remote::engine::JobId;

#[test]
fn ids_that_nobody_chose_differ() {
    let ids: HashSet<JobId> = (0..1000).map(|_| JobId::unique()).collect();
    assert_eq!(ids.len(), 1000);
}
