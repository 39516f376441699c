//! How far the tree is, by the sections of Microsoft's guide.
//!
//! # Source
//! <https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy>

use super::{Item, ItemKind, Readiness, Section, Status};

/// Each section with the transforms that serve it.
const SECTIONS: &[(&str, &[&str])] = &[
    ("NetworkPolicy with endPort", &["end-port"]),
    ("NetworkPolicy with ipBlock: pods", &["ip-block"]),
    ("NetworkPolicy with ipBlock: nodes", &["node-egress", "node-ingress"]),
    ("NetworkPolicy with named ports", &["named-port"]),
    ("Egress policies: the own node", &["node-egress"]),
    ("Ingress policies behind load balancers", &["load-balancer"]),
];

/// What no section of the guide names.
const BEYOND: &str = "What the guide does not name";

/// Counts the items of every section; `made` tells whether the chosen changes are behind us.
pub(super) fn sections(items: &[Item], made: bool) -> Vec<Section> {
    let named = SECTIONS
        .iter()
        .map(|(title, ids)| section(title, made, items.iter().filter(|item| concerns(item, ids))));
    let is_beyond = |item: &&Item| !SECTIONS.iter().any(|(_, ids)| concerns(item, ids));
    let asks = |item: &&Item| {
        is_beyond(item)
            && !matches!(item.kind, ItemKind::Finding { severity } if severity == crate::transform::Severity::Note)
    };
    named
        .chain([section(BEYOND, made, items.iter().filter(asks))])
        .collect()
}

/// Tells whether one of the transforms says the item, or waits for the fact that it asks for.
fn concerns(item: &Item, ids: &[&str]) -> bool {
    ids.iter().any(|id| item.name == *id || item.waiting.contains_key(id))
}

fn section<'i>(title: &'static str, made: bool, items: impl Iterator<Item = &'i Item>) -> Section {
    let mut section = Section {
        title,
        state: Readiness::NotApplicable,
        chosen: 0,
        other_phase: 0,
        open: 0,
    };
    let mut any = false;
    for item in items {
        any = true;
        if item.ignored.is_some() {
            continue;
        }
        match &item.kind {
            ItemKind::Change { status, .. } => match status {
                Status::Done => {}
                Status::Chosen => section.chosen += 1,
                Status::OtherPhase => section.other_phase += 1,
                Status::NotChosen | Status::Disagrees | Status::Blocked | Status::Failed | Status::Contradicted => {
                    section.open += 1;
                }
            },
            ItemKind::Manual { .. } | ItemKind::Finding { .. } => section.open += 1,
        }
    }
    let to_make = if made { 0 } else { section.chosen };
    section.state = match (any, to_make + section.other_phase + section.open) {
        (false, _) => Readiness::NotApplicable,
        (true, 0) => Readiness::Done,
        (true, _) => Readiness::ToDo,
    };
    section
}
