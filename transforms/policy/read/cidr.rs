//! CIDRs as the API server takes them, also those that it only takes from of old.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::policy::{Cidr, dns};

/// Reads a CIDR as written; `None` where no API server takes it.
///
/// Host bits, leading zeros (read as decimal), IPv4-mapped addresses and odd spellings of IPv6 are taken: servers up
/// to 1.35 do, and 1.36 leaves those in place that are stored already.
///
/// # Source
/// <https://github.com/kubernetes/utils/blob/master/net/parse.go>, `ParseCIDRSloppy`
pub(super) fn cidr(text: &str) -> Option<Cidr> {
    let net = if dns::is_substituted(text) {
        None
    } else {
        Some(net(text)?.trunc())
    };
    Some(Cidr {
        text: text.to_owned(),
        net,
    })
}

/// Tells whether the server takes `inner` as a hole in `outer`; true where a `${VAR}` hides one of them.
///
/// A hole begins inside and has the longer length. The server compares the lengths as they are written, and addresses
/// that are mapped to IPv6 as those of IPv4.
///
/// # Source
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/networking/validation/validation.go>, `ValidateIPBlock`
pub(super) fn strictly_inside(inner: &Cidr, outer: &Cidr) -> bool {
    match (inner.net, outer.net) {
        (Some(inner), Some(outer)) => {
            inner.prefix_len() > outer.prefix_len() && holds(outer, inner.network().to_canonical())
        }
        (None, _) | (_, None) => true,
    }
}

/// Tells whether an address is in a range, as Go's `IPNet.Contains` does.
fn holds(net: IpNet, address: IpAddr) -> bool {
    match net.network().to_canonical() {
        IpAddr::V4(network) => {
            let length = match net {
                IpNet::V4(net) => net.prefix_len(),
                IpNet::V6(net) => net.prefix_len().saturating_sub(96),
            };
            Ipv4Net::new(network, length).is_ok_and(|net| IpNet::V4(net).contains(&address))
        }
        IpAddr::V6(_) => net.contains(&address),
    }
}

fn net(text: &str) -> Option<IpNet> {
    let (address, length) = text.split_once('/')?;
    let length = u8::try_from(decimal(length)?).ok()?;
    if address.contains(':') {
        return Ipv6Net::new(v6(address)?, length).ok().map(IpNet::V6);
    }
    Ipv4Net::new(v4(address)?, length).ok().map(IpNet::V4)
}

fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        *octet = u8::try_from(decimal(parts.next()?)?).ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// Reads an IPv6 address; its parts, and the IPv4 address at its end, if any, may have leading zeros.
fn v6(text: &str) -> Option<Ipv6Addr> {
    let tail = text.rfind(':')? + 1;
    let parts: Vec<&str> = text[..tail].split(':').map(short).collect();
    let tail = if text[tail..].contains('.') {
        Cow::Owned(v4(&text[tail..])?.to_string())
    } else {
        Cow::Borrowed(short(&text[tail..]))
    };
    format!("{}{tail}", parts.join(":")).parse().ok()
}

/// Takes the leading zeros off a part of an address that is too long.
fn short(part: &str) -> &str {
    let zeros = part.bytes().take_while(|byte| *byte == b'0').count();
    &part[zeros.min(part.len().saturating_sub(4))..]
}

/// Reads digits, leading zeros allowed.
fn decimal(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_took_of_old_is_read_as_they_mean_it() {
        for (text, expected) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("010.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/08", "10.0.0.0/8"),
            ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104"),
            ("::ffff:010.0.0.0/104", "::ffff:10.0.0.0/104"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
            ("2001:00db8::/32", "2001:db8::/32"),
            ("::00001/128", "::1/128"),
            ("::/0", "::/0"),
        ] {
            let read = cidr(text).unwrap();
            assert_eq!(read.net, Some(expected.parse().unwrap()), "{text}");
            assert_eq!(read.text, text);
        }
    }

    #[test]
    fn what_no_server_takes_is_refused() {
        for text in [
            "",
            "10.0.0.0",
            "10.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "256.0.0.0/8",
            "a/8",
            "::/129",
            " 10.0.0.0/8",
            "10.0.0.0.0/8",
            "fe80::1%eth0/64",
            "12345::/16",
        ] {
            assert_eq!(cidr(text), None, "{text}");
        }
    }

    #[test]
    fn a_variable_is_kept_and_never_interpreted() {
        assert_eq!(cidr("${POD_CIDR:=10.0.0.0/8}").unwrap().net, None);
    }

    #[test]
    fn a_hole_is_smaller_than_its_block_and_of_its_family() {
        for (inner, outer, fits) in [
            ("10.1.0.0/16", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.0.0.0/8", false),
            ("10.0.0.0/8", "10.1.0.0/16", false),
            ("fd00::/8", "0.0.0.0/0", false),
            ("::ffff:10.1.0.0/112", "10.0.0.0/8", true),
            ("::ffff:11.1.0.0/112", "10.0.0.0/8", false),
            ("10.1.0.0/16", "::ffff:10.0.0.0/104", false),
            ("::ffff:10.1.0.0/112", "::ffff:10.0.0.0/104", true),
            ("::ffff:10.1.0.0/112", "::/0", false),
            ("${X}", "10.0.0.0/8", true),
        ] {
            let (inner, outer) = (cidr(inner).unwrap(), cidr(outer).unwrap());
            assert_eq!(strictly_inside(&inner, &outer), fits, "{inner} in {outer}");
        }
    }
}
