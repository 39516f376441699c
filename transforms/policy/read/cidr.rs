//! CIDRs as the API server takes them, also those that it only takes from of old.

use std::net::{Ipv4Addr, Ipv6Addr};

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

/// Tells whether `inner` is smaller than `outer` and inside of it; true where a `${VAR}` hides one of them.
pub(super) fn strictly_inside(inner: &Cidr, outer: &Cidr) -> bool {
    match (inner.net, outer.net) {
        (Some(inner), Some(outer)) => outer.contains(&inner) && inner != outer,
        (None, _) | (_, None) => true,
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

/// Reads an IPv6 address; the IPv4 address at its end, if any, may have leading zeros.
fn v6(text: &str) -> Option<Ipv6Addr> {
    let tail = text.rfind(':')? + 1;
    if !text[tail..].contains('.') {
        return text.parse().ok();
    }
    format!("{}{}", &text[..tail], v4(&text[tail..])?).parse().ok()
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
            ("${X}", "10.0.0.0/8", true),
        ] {
            let (inner, outer) = (cidr(inner).unwrap(), cidr(outer).unwrap());
            assert_eq!(strictly_inside(&inner, &outer), fits, "{inner} in {outer}");
        }
    }
}
