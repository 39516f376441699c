//! How a Cilium is built and configured, as far as verdicts depend on it.

use super::reason::Reason;
use crate::world::MinorVersion;

/// A release line with its defaults, or with the settings that departures need.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, on or off")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The release line; what differs between lines and is no setting follows it.
    pub version: MinorVersion,
    /// `policy-default-local-cluster`: selectors match only what is in the cluster; on by default from 1.19.
    pub local_cluster_only: bool,
    /// Whether `enableDefaultDeny` counts; from 1.16.
    pub has_default_deny_switch: bool,
    /// Whether a range reaches beyond its first port; from 1.16.
    pub has_end_ports: bool,
    /// Whether IPv6 is on.
    pub ipv6: bool,
}

impl Config {
    /// Returns the defaults of a release line on AKS.
    ///
    /// # Source
    /// <https://docs.cilium.io/en/v1.19/operations/upgrade/>
    pub const fn of(version: MinorVersion, ipv6: bool) -> Self {
        Self {
            version,
            local_cluster_only: version.0 >= 19,
            has_default_deny_switch: version.has_default_deny_switch(),
            has_end_ports: version.0 >= 16,
            ipv6,
        }
    }

    /// Returns the rule by which egress names are resolved.
    pub(super) const fn egress_names(self) -> Reason {
        if self.version.resolves_egress_names_per_pod() {
            Reason::DestinationNamedPort
        } else {
            Reason::ClusterNamedPort
        }
    }

    /// Tells whether NetworkPolicies are checked before use, and bad ones refused whole: up to 1.18.
    pub(super) const fn checks_network_policies(self) -> bool {
        self.version.0 <= 18
    }

    /// Tells whether a selector with an illegal value matches everything: in 1.19; later ones match nothing.
    pub(super) const fn illegal_selector_matches_all(self) -> bool {
        self.version.0 == 19
    }

    /// Tells whether the block `::/0` admits all of world where IPv6 is off, whatever its holes: in 1.17 and 1.18.
    pub(super) const fn empty_v6_prefix_is_world(self) -> bool {
        matches!(self.version.0, 17 | 18)
    }

    /// Tells whether a block of length 0 with host bits, such as 10.0.0.0/0, is all of world: not in 1.17.
    pub(super) const fn zero_length_with_host_bits_is_world(self) -> bool {
        self.version.0 != 17
    }

    /// Tells whether an IPv4-mapped block is the IPv4 block that it maps: up to 1.16.
    pub(super) const fn unmaps_ipv4(self) -> bool {
        self.version.0 <= 16
    }

    /// Tells whether a policy of Cilium's own kinds without a rule is refused; before, it does nothing.
    pub(super) const fn refuses_empty_policies(self) -> bool {
        self.version.0 >= 17
    }
}
