//! Reads the ends, ports and services of connections.

use std::net::IpAddr;
use std::str::FromStr;

use super::{Destination, EndName, EntryName, NameError, PortName, ServiceName};
use crate::engine::Transport;

impl FromStr for EndName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let no_end = || NameError::NoEnd(text.to_owned());
        if let Some(name) = text.strip_prefix("node:") {
            return is_name(name).then(|| Self::Node(name.to_owned())).ok_or_else(no_end);
        }
        if let Ok(address) = text.parse().or_else(|_| in_brackets(text).parse()) {
            return Ok(Self::Address(address));
        }
        match text {
            "own-node" => return Ok(Self::OwnNode),
            "other-node" => return Ok(Self::OtherNode),
            "world" => return Ok(Self::World),
            _ => {}
        }
        let parts: Vec<&str> = text.split('/').collect();
        let named = |part: &&str| is_name(part);
        match parts[..] {
            [namespace, name] if parts.iter().all(named) => Ok(Self::Pod {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
            [namespace, kind, name] if parts.iter().all(named) => Ok(Self::Workload {
                namespace: namespace.to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(no_end()),
        }
    }
}

impl FromStr for Destination {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (end, port) = split_port(text);
        let mut destination = Self {
            end: end.parse()?,
            port: None,
            transport: Transport::Tcp,
        };
        if let Some(port) = port {
            let (port, protocol) = port.split_once('/').unwrap_or((port, Transport::Tcp.name()));
            destination.port = Some(port.parse()?);
            destination.transport = transport(protocol)?;
        }
        Ok(destination)
    }
}

impl FromStr for PortName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let is_port_name = text.bytes().any(|byte| byte.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_port_name {
            Ok(Self::Name(text.to_owned()))
        } else {
            Err(NameError::NoPort(text.to_owned()))
        }
    }
}

impl FromStr for ServiceName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let no_service = || NameError::NoService(text.to_owned());
        let (service, entry) = match text.split_once('@') {
            Some((service, entry)) => (service, Some(entry)),
            None => (text, None),
        };
        let (namespace, name) = service.split_once('/').ok_or_else(no_service)?;
        let entry = entry.map(|entry| match entry {
            "own-node" => EntryName::OwnNode,
            "other-node" => EntryName::OtherNode,
            other => EntryName::Node(other.strip_prefix("node:").unwrap_or(other).to_owned()),
        });
        let is_entry_named = match &entry {
            Some(EntryName::Node(node)) => is_name(node),
            Some(EntryName::OwnNode | EntryName::OtherNode) | None => true,
        };
        if !(is_name(namespace) && is_name(name) && is_entry_named) {
            return Err(no_service());
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            entry,
        })
    }
}

/// Cuts the port off: what follows the colon, but for that of `node:`, and those of an IPv6 address.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if text.parse::<IpAddr>().is_ok() {
        return (text, None);
    }
    let from = match text.find(']') {
        Some(bracket) if text.starts_with('[') => bracket,
        Some(_) | None if text.starts_with("node:") => "node:".len(),
        Some(_) | None => 0,
    };
    match text[from..].find(':') {
        Some(at) => (&text[..from + at], Some(&text[from + at + 1..])),
        None => (text, None),
    }
}

fn in_brackets(text: &str) -> &str {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inner.unwrap_or_default()
}

fn transport(text: &str) -> Result<Transport, NameError> {
    let all = [Transport::Tcp, Transport::Udp, Transport::Sctp, Transport::Icmp];
    let named = |transport: &Transport| transport.name().eq_ignore_ascii_case(text);
    all.into_iter()
        .find(named)
        .ok_or_else(|| NameError::NoProtocol(text.to_owned()))
}

/// Tells whether a text can name an object; `(unnamed)` is how reports show a namespace that no file tells.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'(' | b')');
    !text.is_empty() && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::*;

    #[test]
    fn every_end_is_read_back_as_it_is_written() {
        let ends = [
            "shop/web-0",
            "shop/Deployment/web",
            "10.0.0.9",
            "fd00::5",
            "node:aks-np-1",
            "own-node",
            "other-node",
            "world",
        ];
        for text in ends {
            assert_eq!(text.parse::<EndName>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_port_is_what_follows_the_end() {
        let read = |text: &str| {
            let to: Destination = text.parse().unwrap();
            (to.end.to_string(), to.port, to.transport)
        };
        let number = |number| Some(PortName::Number(number));
        let cases = [
            ("shop/web", "shop/web", None, Transport::Tcp),
            ("shop/web:80", "shop/web", number(80), Transport::Tcp),
            (
                "shop/Deployment/dns:53/udp",
                "shop/Deployment/dns",
                number(53),
                Transport::Udp,
            ),
            ("node:n1", "node:n1", None, Transport::Tcp),
            ("node:n1:10250", "node:n1", number(10250), Transport::Tcp),
            ("10.0.0.9:443", "10.0.0.9", number(443), Transport::Tcp),
            ("fd00::5", "fd00::5", None, Transport::Tcp),
            ("[fd00::5]:443/SCTP", "fd00::5", number(443), Transport::Sctp),
            ("shop/web:8/ICMP", "shop/web", number(8), Transport::Icmp),
            (
                "shop/web:http",
                "shop/web",
                Some(PortName::Name("http".to_owned())),
                Transport::Tcp,
            ),
        ];
        for (text, end, port, transport) in cases {
            assert_eq!(read(text), (end.to_owned(), port, transport), "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read_says_what_to_write() {
        let wrong = |from: &str, to: &str, via: Option<&str>| Question::new(from, to, via).unwrap_err().to_string();
        assert!(wrong("web", "world", None).contains("ns/pod, ns/Kind/workload"));
        assert!(wrong("shop/web:80", "world", None).contains("belongs to the destination"));
        assert!(wrong("shop/web", "world:70000", None).contains("up to 65535"));
        assert!(wrong("shop/web", "world:80/QUIC", None).contains("TCP, UDP, SCTP or ICMP"));
        assert!(wrong("world", "shop/web", Some("lb")).contains("ns/service@own-node"));
    }
}
