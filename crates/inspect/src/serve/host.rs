//! Whom the client thinks it talks to.
//!
//! A page of another site can have its name point to this machine after the browser has loaded it. For the browser, what
//! it then reads here belongs to that site. But the browser still sends the site's name, and that is none of ours. An IP
//! address cannot be made to point elsewhere.

use std::net::{IpAddr, Ipv6Addr};

/// Whether a field `Host` names this machine: by an IP address, `localhost`, or one of `names`.
pub(super) fn is_ours(host: &str, names: &[String]) -> bool {
    let name = without_port(host);
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    is("localhost") || is_address(name) || names.iter().any(|known| is(known))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

fn is_address(name: &str) -> bool {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn names_of_other_sites_are_not_ours() {
        let names = ["shop.internal".to_owned()];
        let ours = [
            "localhost",
            "localhost:6060",
            "LocalHost:6060",
            "127.0.0.1",
            "10.1.2.3:6060",
            "[::1]",
            "[::1]:6060",
            "Shop.internal:80",
        ];
        let foreign = [
            "",
            ":80",
            "evil.example",
            "evil.example:6060",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "shop.internal.evil.example",
            "::1",
            "[::1].evil.example",
            "[evil.example]:80",
            "localhost:1:2",
            "0x7f000001",
        ];
        for host in ours {
            assert!(is_ours(host, &names), "{host}");
        }
        for host in foreign {
            assert!(!is_ours(host, &names), "{host}");
        }
    }
}
