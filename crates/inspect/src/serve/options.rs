//! Who may ask.

use std::net::IpAddr;

/// Who may see a page that [`serve_with`](crate::serve_with) shows: this machine only, unless it is told otherwise.
///
/// The page shows names of jobs, places in the source and addresses of peers. There is no password, and no encryption.
/// So let others see it only where all of them may.
///
/// ```
/// use inspect::ServeOptions;
///
/// let options = ServeOptions::new().beyond_loopback(true).host("shop.internal");
/// assert_ne!(options, ServeOptions::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to serve_with()"]
pub struct ServeOptions {
    beyond_loopback: bool,
    hosts: Vec<String>,
}

impl ServeOptions {
    /// This machine only, which calls itself by an IP address or `localhost`.
    ///
    /// ```
    /// assert_eq!(inspect::ServeOptions::new(), inspect::ServeOptions::default());
    /// ```
    pub fn new() -> Self {
        ServeOptions::default()
    }

    /// Whether addresses are allowed that other machines can reach.
    ///
    /// ```
    /// let options = inspect::ServeOptions::new().beyond_loopback(true);
    /// assert_ne!(options, inspect::ServeOptions::new());
    /// ```
    pub fn beyond_loopback(mut self, allowed: bool) -> Self {
        self.beyond_loopback = allowed;
        self
    }

    /// Allows that browsers call this machine by `name`. IP addresses and `localhost` are always allowed.
    ///
    /// ```
    /// let options = inspect::ServeOptions::new().host("shop.internal");
    /// assert_ne!(options, inspect::ServeOptions::new());
    /// ```
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.beyond_loopback || address.to_canonical().is_loopback()
    }

    pub(super) fn hosts(&self) -> &[String] {
        &self.hosts
    }
}
