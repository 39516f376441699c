//! Types of ICMP in the rules of Cilium's own kinds.

use super::reader::Reader;
use crate::policy::cilium::{Fault, IcmpType};
use crate::yaml::Node;

/// The names of ICMP types in camel case, with the type; the second list is `ICMPv6`.
///
/// # Source
/// <https://github.com/cilium/cilium/blob/v1.18.6/pkg/policy/api/icmp.go>
const ICMP_NAMES: [&[(&str, u8)]; 2] = [
    &[
        ("EchoReply", 0),
        ("DestinationUnreachable", 3),
        ("Redirect", 5),
        ("Echo", 8),
        ("EchoRequest", 8),
        ("RouterAdvertisement", 9),
        ("RouterSelection", 10),
        ("TimeExceeded", 11),
        ("ParameterProblem", 12),
        ("Timestamp", 13),
        ("TimestampReply", 14),
        ("Photuris", 40),
        ("ExtendedEchoRequest", 42),
        ("ExtendedEchoReply", 43),
    ],
    &[
        ("DestinationUnreachable", 1),
        ("PacketTooBig", 2),
        ("TimeExceeded", 3),
        ("ParameterProblem", 4),
        ("EchoRequest", 128),
        ("EchoReply", 129),
        ("MulticastListenerQuery", 130),
        ("MulticastListenerReport", 131),
        ("MulticastListenerDone", 132),
        ("RouterSolicitation", 133),
        ("RouterAdvertisement", 134),
        ("NeighborSolicitation", 135),
        ("NeighborAdvertisement", 136),
        ("RedirectMessage", 137),
        ("RouterRenumbering", 138),
        ("ICMPNodeInformationQuery", 139),
        ("ICMPNodeInformationResponse", 140),
        ("InverseNeighborDiscoverySolicitation", 141),
        ("InverseNeighborDiscoveryAdvertisement", 142),
        ("HomeAgentAddressDiscoveryRequest", 144),
        ("HomeAgentAddressDiscoveryReply", 145),
        ("MobilePrefixSolicitation", 146),
        ("MobilePrefixAdvertisement", 147),
        ("DuplicateAddressRequestCodeSuffix", 157),
        ("DuplicateAddressConfirmationCodeSuffix", 158),
        ("ExtendedEchoRequest", 160),
        ("ExtendedEchoReply", 161),
    ],
];

/// Reads an entry of `fields`: a number or a name of its family.
pub(super) fn icmp_type(field: Node<'_>, faults: &mut Vec<Fault>) -> Option<IcmpType> {
    let v6 = Reader::field(field, "family").and_then(Node::str) == Some("IPv6");
    let text = Reader::field(field, "type").and_then(Node::str).unwrap_or_default();
    let named = || {
        ICMP_NAMES[usize::from(v6)]
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, number)| *number)
    };
    let number = text.parse().ok().or_else(named);
    if number.is_none() {
        faults.push(Fault::NoIcmpType(text.to_owned()));
    }
    Some(IcmpType { v6, number: number? })
}
