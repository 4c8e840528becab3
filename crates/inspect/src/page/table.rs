//! Tables that the program adds.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// A table that [the program adds](crate::PageServer::table).
///
/// ```
/// use inspect::page::TablePage;
///
/// let table = TablePage::default();
/// assert_eq!(table.age_seconds, None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TablePage {
    /// Its name.
    pub name: String,
    /// How old the rows are, in seconds. More than a moment if the program has not answered this time. `None` if it never has.
    pub age_seconds: Option<f64>,
    /// The rows, in the program's order.
    pub rows: Vec<TableRow>,
}

/// A number with a name.
///
/// ```
/// use inspect::page::TableRow;
///
/// let row = TableRow::default();
/// assert_eq!(row.value, 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TableRow {
    /// What is counted. No other row of the table has this name.
    pub name: String,
    /// How many.
    pub value: u64,
}

impl TableRow {
    /// Of those with one name, the first.
    pub(crate) fn all<N: Into<String>>(rows: impl IntoIterator<Item = (N, u64)>) -> Vec<Self> {
        let mut seen = HashSet::new();
        let rows = rows.into_iter().map(|(name, value)| TableRow { name: name.into(), value });
        rows.filter(|row| seen.insert(row.name.clone())).collect()
    }
}
