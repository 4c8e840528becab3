//! Whom a socket talks to, by the number of its descriptor.
//!
//! It is asked when a report is made, and not when a thread waits: the kernel knows it all the while.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The sockets of the network that this process can see, read when the first one is asked for.
#[derive(Default)]
pub(crate) struct Sockets {
    by_inode: Option<HashMap<u64, String>>,
}

impl Sockets {
    /// Tells descriptors alone. To list all sockets takes the kernel some 10 ms.
    pub(crate) fn without_peers() -> Self {
        Sockets { by_inode: Some(HashMap::new()) }
    }

    /// What is known of a descriptor: `fd 7, 127.0.0.1:80 to 127.0.0.1:4321`, say. It may be another one by now, if the
    /// first has been closed.
    pub(crate) fn describe(&mut self, descriptor: u64) -> Option<String> {
        let link = fs::read_link(format!("/proc/self/fd/{descriptor}")).ok()?;
        let link = link.to_string_lossy();
        let inode =
            link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        let Some(inode) = inode else { return Some(format!("fd {descriptor}, {link}")) };
        let socket = self.by_inode.get_or_insert_with(read_all).get(&inode);
        Some(match socket {
            Some(socket) => format!("fd {descriptor}, {socket}"),
            None => format!("fd {descriptor}"),
        })
    }
}

fn read_all() -> HashMap<u64, String> {
    let tables = ["tcp", "tcp6", "udp", "udp6"];
    let texts = tables.map(|table| fs::read_to_string(format!("/proc/self/net/{table}")));
    texts.iter().flatten().flat_map(|text| text.lines().skip(1)).filter_map(socket).collect()
}

/// One line of a table: the inode, and both ends.
fn socket(line: &str) -> Option<(u64, String)> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let (local, peer) = (address(words.get(1)?)?, address(words.get(2)?)?);
    let inode = words.get(9)?.parse().ok()?;
    Some(match peer.port() {
        0 => (inode, format!("listens at {local}")),
        _ => (inode, format!("{local} to {peer}")),
    })
}

/// `0100007F:1F90`: groups of four bytes, each as the processor would print it.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let group =
        |at: usize| Some(u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let host: IpAddr = match host.len() {
        8 => Ipv4Addr::from(group(0)?).into(),
        32 => {
            let groups = [group(0)?, group(8)?, group(16)?, group(24)?];
            Ipv6Addr::from(<[u8; 16]>::try_from(groups.as_flattened()).ok()?).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(host, port))
}

#[cfg(test)]
mod tests {
    use super::{address, socket};

    #[test]
    fn a_line_of_the_kernels_table_tells_both_ends() {
        let line = "   1: 0100007F:1F90 0200007F:D431 01 00000000:00000000 00:00000000 00000000  1000 0 4711 1";
        let told = "127.0.0.1:8080 to 127.0.0.2:54321".to_owned();
        assert_eq!(socket(line), Some((4711, told)));
        let line = "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 12 1";
        assert_eq!(socket(line), Some((12, "listens at 127.0.0.1:8080".to_owned())));
    }

    #[test]
    fn addresses_of_both_families_are_read() {
        let local = address("00000000000000000000000001000000:0050").unwrap();
        assert_eq!(local, "[::1]:80".parse().unwrap());
        let mapped = address("0000000000000000FFFF00000100007F:0050").unwrap();
        assert_eq!(mapped, "127.0.0.1:80".parse().unwrap());
        assert_eq!(address("12:34"), None);
    }
}
