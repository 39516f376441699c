//! What the proposals of all overlays have in common: sources, grades, notes, and the proposal for nodes.

use super::nodes::{NodeRule, Nodes};
use crate::policy::{CnpRule, Direction, Overlay, Policy, SourceRef};
use crate::transform::{Act, Change, Decision, Grade, Manual};
use crate::world::{Service, World};

/// What an overlay for nodes is to say for a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// The transform that proposes it.
    pub(crate) transform: &'static str,
    /// The direction in which the policy isolates.
    pub(crate) direction: Direction,
    /// What is wrong without it.
    pub(crate) message: String,
    /// What stands under the policy's name.
    pub(crate) label: String,
    /// The rules that it has whatever is known of the other nodes.
    pub(crate) always: Vec<CnpRule>,
    /// What is known of the other nodes.
    pub(crate) nodes: Nodes,
}

impl Proposal {
    /// Decides it: the overlay with what is surely right, then the one with what needs a look too, then what is open.
    ///
    /// Both overlays have one source, so one name and one file; the later one holds the earlier one's rules.
    pub(crate) fn decisions(self, policy: &Policy, world: &World) -> Vec<Decision> {
        let of_nodes = |with_review: bool| {
            let kept = self
                .nodes
                .rules
                .iter()
                .filter(move |rule| with_review || rule.opens.is_none());
            let rules: Vec<_> = self.always.iter().chain(kept.map(|rule| &rule.rule)).cloned().collect();
            rules
        };
        let mut decisions = Vec::new();
        let sure = of_nodes(false);
        if !sure.is_empty() {
            decisions.push(self.change(policy, sure, self.message.clone(), Vec::new(), world));
        }
        let mut reasons: Vec<_> = self.nodes.rules.iter().filter_map(reason_of_part).collect();
        reasons.dedup();
        if !reasons.is_empty() {
            let message = "some blocks cover only some of the nodes; under Cilium they reach none".to_owned();
            decisions.push(self.change(policy, of_nodes(true), message, reasons, world));
        }
        decisions.extend(self.nodes.open);
        decisions
    }

    fn change(
        &self,
        policy: &Policy,
        rules: Vec<CnpRule>,
        message: String,
        reasons: Vec<String>,
        world: &World,
    ) -> Decision {
        let (ingress, egress) = match self.direction {
            Direction::Ingress => (rules, Vec::new()),
            Direction::Egress => (Vec::new(), rules),
        };
        let overlay = Overlay {
            sources: vec![policy_source(policy)],
            namespace_written: policy.namespace_written,
            transform: self.transform,
            selector: policy.selector.clone(),
            never_isolates: world.facts.target.cilium.has_default_deny_switch(),
            ingress,
            egress,
        };
        Decision::Change(Change {
            spot: policy.place.spot(),
            message,
            label: self.label.clone(),
            action: action(&overlay),
            notes: vec![note_of_form(&overlay, world)],
            grade: Grade::of(reasons.into_iter().chain(reason_of_target(world)).collect()),
            act: Act::Overlay(Box::new(overlay)),
        })
    }
}

fn reason_of_part(rule: &NodeRule) -> Option<String> {
    let nodes = rule.opens.as_ref()?;
    Some(format!(
        "`remote-node` stands for every other node: it also opens {nodes}"
    ))
}

/// Names a policy as a source.
pub(crate) fn policy_source(policy: &Policy) -> SourceRef {
    SourceRef {
        kind: "NetworkPolicy",
        namespace: policy.key.namespace.clone(),
        name: policy.key.name.clone(),
    }
}

/// Names a service as a source.
pub(crate) fn service_source(service: &Service) -> SourceRef {
    SourceRef {
        kind: "Service",
        namespace: service.key.namespace.clone(),
        name: service.key.name.clone(),
    }
}

/// Returns what a change with this overlay does, as an instruction.
pub(crate) fn action(overlay: &Overlay) -> String {
    let mut whom = Vec::new();
    for rule in overlay.egress.iter().chain(&overlay.ingress) {
        let peers = rule.peers.to_string();
        if !whom.contains(&peers) {
            whom.push(peers);
        }
    }
    let (verb, preposition) = if overlay.ingress.is_empty() {
        ("egress", "to")
    } else {
        ("ingress", "from")
    };
    format!(
        "add a CiliumNetworkPolicy that allows {verb} {preposition} {}",
        whom.join(", ")
    )
}

/// Returns why an overlay needs a look whatever it says: its form hangs on the version, and nobody stated one.
pub(crate) fn reason_of_target(world: &World) -> Option<String> {
    let target = &world.facts.target;
    (!target.stated).then(|| {
        format!(
            "no target version is stated: this is the overlay for Cilium {}, and other versions need another",
            target.cilium
        )
    })
}

/// Returns what a reader must know of an overlay's form: what it relies on, or that it must go with its source.
pub(crate) fn note_of_form(overlay: &Overlay, world: &World) -> String {
    if overlay.never_isolates {
        return "it relies on `enableDefaultDeny`, so on Cilium 1.16 or later: an older one drops the field, and then \
                the overlay isolates its pods"
            .to_owned();
    }
    let sources = overlay
        .sources
        .iter()
        .map(|source| format!("{} {}", source.kind, source.name));
    format!(
        "Cilium {} has no `enableDefaultDeny`: delete the overlay when {} goes, or it isolates the pods by itself",
        world.facts.target.cilium,
        sources.collect::<Vec<_>>().join(" or ")
    )
}

/// Returns what a person must do where a `${VAR}` stands in a policy's own selector.
pub(crate) fn substituted_selector(policy: &Policy) -> Decision {
    Decision::Manual(Manual {
        spot: policy.place.at(policy.selector_span),
        message: "no overlay can be written: a `${VAR}` in `podSelector` decides which pods it is for".to_owned(),
        label: "filled in later, by something else".to_owned(),
        supply: "write the labels out, or run on the rendered manifests".to_owned(),
        notes: Vec::new(),
    })
}
