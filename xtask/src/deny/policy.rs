//! What `deny.toml` allows. Of its keys, only those that are checked here are read; the others are for
//! cargo-deny.

use serde_json::Value;

use super::licence;
use super::packages::{Package, Packages};
use crate::error::{Context, Error, Result};

/// What may be built in.
#[derive(Debug)]
pub(super) struct Policy {
    licences: Vec<String>,
    banned: Vec<Ban>,
    registries: Vec<String>,
}

/// A crate that may not be built in.
#[derive(Debug)]
struct Ban {
    name: String,
    /// Those that may have it all the same.
    wrappers: Vec<String>,
    reason: String,
}

impl Policy {
    /// Reads it.
    pub(super) fn of(text: &str) -> Result<Self> {
        let policy: Value = toml::from_str(text).context(|| "cannot read it".into())?;
        let licences = texts(&policy["licenses"]["allow"]);
        let registries = texts(&policy["sources"]["allow-registry"]);
        if licences.is_empty() || registries.is_empty() {
            return Err(Error::new("licenses.allow and sources.allow-registry must not be empty"));
        }
        let bans = policy["bans"]["deny"].as_array().map(Vec::as_slice).unwrap_or_default();
        let banned = bans.iter().map(|ban| {
            let name = ban["crate"].as_str().map(str::to_owned);
            let name = name.ok_or_else(|| Error::new("an entry of bans.deny names no crate"))?;
            let reason = ban["reason"].as_str().unwrap_or("it is banned").to_owned();
            Ok(Ban { name, wrappers: texts(&ban["wrappers"]), reason })
        });
        Ok(Policy { licences, registries, banned: banned.collect::<Result<_>>()? })
    }

    /// What is not as it should be: a sentence for each.
    pub(super) fn wrong(&self, packages: &Packages) -> Vec<String> {
        packages.iter().flat_map(|package| self.wrong_with(package)).collect()
    }

    fn wrong_with(&self, package: &Package) -> Vec<String> {
        let complaints = [self.licence(package), self.source(package), self.ban(package)];
        let mut wrong: Vec<String> = complaints.into_iter().flatten().collect();
        let any = package.wildcards.iter();
        wrong.extend(any.map(|name| format!("takes {name} in any version; name one")));
        let Package { name, version, .. } = package;
        wrong.iter().map(|complaint| format!("{name} {version} {complaint}")).collect()
    }

    fn licence(&self, package: &Package) -> Option<String> {
        let Some(expression) = &package.licence else {
            return Some("names no licence".into());
        };
        match licence::is_allowed(expression, &self.licences) {
            Some(true) => None,
            Some(false) => Some(format!("is under `{expression}`, which is not allowed")),
            None => Some(format!("has a licence that cannot be read: `{expression}`")),
        }
    }

    fn source(&self, package: &Package) -> Option<String> {
        let source = package.source.as_ref()?;
        let is_allowed = source
            .strip_prefix("registry+")
            .is_some_and(|registry| self.registries.iter().any(|allowed| allowed == registry));
        (!is_allowed).then(|| format!("is from `{source}`, which is not allowed"))
    }

    fn ban(&self, package: &Package) -> Option<String> {
        let ban = self.banned.iter().find(|ban| ban.name == package.name)?;
        let is_wrong = |name: &&String| !ban.wrappers.contains(name);
        let dependent = package.dependents.iter().find(is_wrong)?;
        Some(format!("may not be used by {dependent}: {}", ban.reason))
    }
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Packages, Policy};

    const POLICY: &str = r#"
        licenses.allow = ["MIT"]
        sources.allow-registry = ["https://index"]
        bans.deny = [{ crate = "peer", wrappers = ["benches"], reason = "a peer" }]
    "#;

    /// What is wrong with package `a`, on which `user` depends, with these fields.
    fn wrong(name: &str, licence: &str, source: &str, user: &str) -> Vec<String> {
        let metadata = format!(
            r#"{{"packages": [
                {{"id": "1", "name": "{name}", "version": "1.0.0", "license": "{licence}",
                  "source": "{source}", "dependencies": []}},
                {{"id": "2", "name": "{user}", "version": "2.0.0", "license": "MIT",
                  "source": null, "dependencies": [{{"name": "path", "req": "*", "source": null}}]}}
            ], "resolve": {{"nodes": [{{"id": "2", "dependencies": ["1"]}}]}}}}"#
        );
        let packages = Packages::of(&metadata).expect("it is metadata");
        Policy::of(POLICY).expect("it is a policy").wrong(&packages)
    }

    #[test]
    fn what_is_allowed_is_passed_over() {
        assert_eq!(wrong("a", "MIT OR GPL-3.0", "registry+https://index", "u"), [""; 0]);
        assert_eq!(wrong("peer", "MIT", "registry+https://index", "benches"), [""; 0]);
    }

    #[test]
    fn a_licence_a_source_and_a_user_that_are_not_allowed_are_named() {
        let found = wrong("peer", "GPL-3.0", "git+https://elsewhere", "executor");
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], "peer 1.0.0 is under `GPL-3.0`, which is not allowed");
        assert!(found[1].contains("git+https://elsewhere"), "{found:?}");
        assert!(found[2].ends_with("may not be used by executor: a peer"), "{found:?}");
    }

    #[test]
    fn any_version_from_a_registry_is_named() {
        let metadata = r#"{"packages": [{"id": "1", "name": "a", "version": "1.0.0",
            "license": "MIT", "source": null,
            "dependencies": [{"name": "b", "req": "*", "source": "registry+https://index"}]}]}"#;
        let packages = Packages::of(metadata).expect("it is metadata");
        let found = Policy::of(POLICY).expect("it is a policy").wrong(&packages);
        assert_eq!(found, ["a 1.0.0 takes b in any version; name one"]);
    }

    #[test]
    fn a_policy_that_allows_nothing_is_an_error() {
        assert!(Policy::of("licenses.allow = []").is_err());
    }
}
