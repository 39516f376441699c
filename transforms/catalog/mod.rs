//! The catalogue: every transform and finding, in the order in which they run.

pub mod cilium_cve;
pub mod dead_block;
pub mod edited_overlay;
pub mod end_port;
pub mod excluded_label;
pub mod existing_cilium_policy;
pub mod host_network_subject;
pub mod hydrated;
pub mod ip_block;
pub mod ipv6;
pub mod load_balancer;
pub mod missing_fact;
pub mod mixed_clusters;
pub mod named_port;
pub mod negative_namespace_selector;
pub mod node_address;
pub mod node_egress;
pub mod node_ingress;
pub mod odd_cidr;
pub mod other_policies;
pub mod policy_map;
pub mod policy_types;
pub mod rejected_policy;
pub mod sctp;
pub mod service_address_client;
pub mod substitution;
pub mod synced_overlays;
pub mod unenforced_policy;
pub mod unknown_namespace;
pub mod unused_ignore;
pub mod windows_pods;

use crate::transform::Transform;

/// Every entry, in run order: what edits policies first, then overlays, then findings.
pub static ALL: &[&Transform] = &[
    &policy_types::TRANSFORM,
    &end_port::TRANSFORM,
    &named_port::TRANSFORM,
    &ip_block::TRANSFORM,
    &node_egress::TRANSFORM,
    &node_ingress::TRANSFORM,
    &load_balancer::TRANSFORM,
    &unenforced_policy::TRANSFORM,
    &rejected_policy::TRANSFORM,
    &excluded_label::TRANSFORM,
    &odd_cidr::TRANSFORM,
    &ipv6::TRANSFORM,
    &windows_pods::TRANSFORM,
    &negative_namespace_selector::TRANSFORM,
    &existing_cilium_policy::TRANSFORM,
    &other_policies::TRANSFORM,
    &service_address_client::TRANSFORM,
    &policy_map::TRANSFORM,
    &node_address::TRANSFORM,
    &sctp::TRANSFORM,
    &cilium_cve::TRANSFORM,
    &dead_block::TRANSFORM,
    &host_network_subject::TRANSFORM,
    &unknown_namespace::TRANSFORM,
    &mixed_clusters::TRANSFORM,
    &missing_fact::TRANSFORM,
    &unused_ignore::TRANSFORM,
    &edited_overlay::TRANSFORM,
    &synced_overlays::TRANSFORM,
    &hydrated::TRANSFORM,
    &substitution::TRANSFORM,
];

/// Finds an entry by its name.
pub fn by_id(id: &str) -> Option<&'static Transform> {
    ALL.iter().copied().find(|transform| transform.id == id)
}
