//! A user and a password in the URL of a server.

use std::str::FromStr as _;

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;

/// Puts the user and the password of the first URL that has them into `options`. A user alone is a token.
///
/// The client reads the host and the port of a URL, and no more. A URL that cannot be read is its matter, too.
pub(super) fn of_urls(urls: &[String], options: ConnectOptions) -> ConnectOptions {
    let servers = urls.iter().filter_map(|url| ServerAddr::from_str(url).ok());
    let Some(server) = servers.into_iter().find(|server| server.username().is_some()) else {
        return options;
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let user = server.username().map(decoded).unwrap_or_default();
    match server.password() {
        Some(password) => options.user_and_password(user, decoded(password)),
        None => options.token(user),
    }
}
