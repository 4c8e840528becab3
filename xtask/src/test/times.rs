//! How long each part of the tests took when it last ran to its end.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::workspace;

/// Seconds by the name of the part.
#[derive(Debug, Default, Clone)]
pub(super) struct Times(BTreeMap<String, f64>);

impl Times {
    /// Those of earlier runs. If they cannot be read, there are none: they are no more than a help.
    pub(super) fn load() -> Self {
        let text = fs::read_to_string(file()).unwrap_or_default();
        Times(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Keeps them for the next run.
    pub(super) fn save(&self) {
        let file = file();
        let text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        let directory = file.parent().map_or(Ok(()), fs::create_dir_all);
        // Should it fail, the next run has no estimate.
        let _ = directory.and_then(|()| fs::write(&file, text));
    }

    /// The parts whose time is known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How long this part took.
    pub(super) fn get(&self, name: &str) -> Option<Duration> {
        let seconds = *self.0.get(name)?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// It took so long.
    pub(super) fn set(&mut self, name: String, time: Duration) {
        self.0.insert(name, time.as_secs_f64());
    }
}

fn file() -> PathBuf {
    workspace::scratch().join("test-times.json")
}
