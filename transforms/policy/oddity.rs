//! CIDRs that are not written in their plain form, and what that form is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::net::Cidr;

/// How a CIDR departs from its plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddForm {
    /// A number with leading zeros: `010.0.0.0/8`, `10.0.0.0/08`.
    LeadingZeros,
    /// Bits behind the prefix: `10.1.2.3/8`.
    HostBits,
    /// An IPv4 address written as IPv6: `::ffff:10.0.0.0/104`.
    Mapped,
}

/// An odd form and the plain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// What is odd, the worst where several things are.
    pub form: OddForm,
    /// The plain form, leading zeros read as decimal.
    pub plain: String,
}

impl Cidr {
    /// Returns what is odd about the text; `None` where it is plain, holds a `${VAR}` or is no CIDR at all.
    ///
    /// # Source
    /// What Kubernetes 1.36 refuses on create:
    /// <https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/networking/validation/validation.go>
    pub fn oddity(&self) -> Option<Oddity> {
        let (address, length) = self.text.split_once('/')?;
        let (head, dotted) = split_dotted(address);
        let parts: Vec<&str> = dotted.split('.').collect();
        let decimal: Vec<&str> = parts.iter().map(|part| without_leading_zeros(part)).collect();
        let address: IpAddr = format!("{head}{}", decimal.join(".")).parse().ok()?;
        let net = IpNet::new(address, without_leading_zeros(length).parse().ok()?).ok()?;
        let form = if self.has_leading_zeros() {
            OddForm::LeadingZeros
        } else if mapped(address).is_some() {
            OddForm::Mapped
        } else if net.trunc() != net {
            OddForm::HostBits
        } else {
            return None;
        };
        let plain = plain(net).to_string();
        Some(Oddity { form, plain })
    }

    /// Tells whether a number of the text has leading zeros, which engines read differently.
    pub fn has_leading_zeros(&self) -> bool {
        let Some((address, length)) = self.text.split_once('/') else {
            return false;
        };
        let (_, dotted) = split_dotted(address);
        has_leading_zeros(length) || dotted.split('.').count() == 4 && dotted.split('.').any(has_leading_zeros)
    }
}

/// Splits an address before the part that is written with dots: all of IPv4, the tail of some IPv6.
fn split_dotted(address: &str) -> (&str, &str) {
    if address.contains('.') {
        address.split_at(address.rfind(':').map_or(0, |colon| colon + 1))
    } else {
        (address, "")
    }
}

fn has_leading_zeros(number: &str) -> bool {
    number.len() > 1 && number.starts_with('0')
}

fn without_leading_zeros(number: &str) -> &str {
    let rest = number.trim_start_matches('0');
    if rest.is_empty() && !number.is_empty() {
        "0"
    } else {
        rest
    }
}

fn mapped(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Ipv6Addr::to_ipv4_mapped(&address),
    }
}

fn plain(net: IpNet) -> IpNet {
    let as_v4 = mapped(net.addr()).zip(net.prefix_len().checked_sub(96));
    let net = as_v4
        .and_then(|(address, length)| IpNet::new(address.into(), length).ok())
        .unwrap_or(net);
    net.trunc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oddity(text: &str) -> Option<(OddForm, String)> {
        let cidr = Cidr {
            text: text.to_owned(),
            net: None,
        };
        cidr.oddity().map(|oddity| (oddity.form, oddity.plain))
    }

    #[test]
    fn every_odd_form_has_its_plain_one() {
        for (text, form, plain) in [
            ("010.0.0.0/8", OddForm::LeadingZeros, "10.0.0.0/8"),
            ("10.0.0.0/08", OddForm::LeadingZeros, "10.0.0.0/8"),
            ("010.1.2.3/8", OddForm::LeadingZeros, "10.0.0.0/8"),
            ("192.168.000.0/16", OddForm::LeadingZeros, "192.168.0.0/16"),
            ("2001:db8::/032", OddForm::LeadingZeros, "2001:db8::/32"),
            ("::ffff:010.0.0.0/104", OddForm::LeadingZeros, "10.0.0.0/8"),
            ("198.51.100.7/24", OddForm::HostBits, "198.51.100.0/24"),
            ("2001:db8::1/32", OddForm::HostBits, "2001:db8::/32"),
            ("::ffff:10.0.0.0/104", OddForm::Mapped, "10.0.0.0/8"),
        ] {
            assert_eq!(oddity(text), Some((form, plain.to_owned())), "{text}");
        }
    }

    #[test]
    fn plain_forms_variables_and_nonsense_are_not_odd() {
        for text in [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "10.20.30.40/32",
            "::/0",
            "2001:0db8::/32",
            "${OFFICE}",
            "${NET}/16",
            "x/8",
        ] {
            assert_eq!(oddity(text), None, "{text}");
        }
    }
}
