//! The packages of a build, from the answer of `cargo metadata`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Context, Result};

/// One package.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// The licence expression, if its manifest has one.
    pub(super) licence: Option<String>,
    /// Where it is from; nothing if it is a member of the workspace, or a folder.
    pub(super) source: Option<String>,
    /// What it takes from a registry in any version.
    pub(super) wildcards: Vec<String>,
    /// The packages that depend on it directly, by name.
    pub(super) dependents: Vec<String>,
}

/// All packages of a build.
#[derive(Debug)]
pub(super) struct Packages(Vec<Package>);

impl Packages {
    /// Reads what `cargo metadata` has printed.
    pub(super) fn of(metadata: &str) -> Result<Self> {
        let metadata: Value =
            serde_json::from_str(metadata).context(|| "cannot read cargo's metadata".into())?;
        let dependents = dependents(&metadata);
        let package = |package: &Value| Package {
            name: text(package, "name").unwrap_or_default(),
            version: text(package, "version").unwrap_or_default(),
            licence: text(package, "license"),
            source: text(package, "source"),
            wildcards: wildcards(package),
            dependents: text(package, "id")
                .and_then(|id| dependents.get(&id).cloned())
                .unwrap_or_default(),
        };
        Ok(Packages(items(&metadata["packages"]).map(package).collect()))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Package> {
        self.0.iter()
    }
}

/// For each package by its id, the names of those that depend on it.
fn dependents(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let packages = items(&metadata["packages"]);
    let names: BTreeMap<String, String> = packages
        .filter_map(|package| Some((text(package, "id")?, text(package, "name")?)))
        .collect();
    let mut dependents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in items(&metadata["resolve"]["nodes"]) {
        let Some(name) = text(node, "id").and_then(|id| names.get(&id).cloned()) else { continue };
        for dependency in items(&node["dependencies"]).filter_map(Value::as_str) {
            dependents.entry(dependency.to_owned()).or_default().push(name.clone());
        }
    }
    dependents
}

fn wildcards(package: &Value) -> Vec<String> {
    let dependencies = items(&package["dependencies"]);
    let any = dependencies.filter(|dependency| dependency["req"] == "*");
    // A path needs no version.
    any.filter(|dependency| dependency["source"].is_string())
        .filter_map(|dependency| text(dependency, "name"))
        .collect()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}
