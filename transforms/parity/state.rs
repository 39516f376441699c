//! The policies of a cluster at one time.

use std::collections::BTreeSet;

use crate::overlay::name::name;
use crate::overlay::standing::Identity;
use crate::plan::{Plan, Status};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::emit::render;
use crate::policy::{Overlay, Policy};
use crate::source::FileId;
use crate::transform::Subject;
use crate::world::extract::{Wanted, extract};
use crate::world::mentions::mentions;
use crate::world::{CiliumPolicy, PolicyId, ServiceId, World};
use crate::yaml::Sequences;

/// The policies of a cluster at one time.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// The NetworkPolicies, at the world's indices.
    pub policies: Vec<Policy>,
    /// The policies of Cilium's own kinds.
    pub cilium: Vec<Standing>,
}

/// A policy of Cilium's own kinds, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it says.
    pub policy: CiliumNetworkPolicy,
    /// Whether it stands in the tree; else a change wants it, and the place of the policy says nothing.
    pub in_tree: bool,
    /// The file that a change puts it into, where it has one.
    pub path: Option<String>,
}

impl State {
    /// Returns the policies of a world for which nothing is planned.
    pub fn of(world: &World) -> Self {
        Self {
            policies: world.policies.clone(),
            cilium: world.cilium_policies.iter().map(Standing::of).collect(),
        }
    }

    /// Returns the policies as they are.
    pub fn today(plan: &Plan) -> Self {
        Self {
            policies: plan.before.clone(),
            ..Self::of(&plan.world)
        }
    }

    /// Returns the policies as the chosen changes leave them; `goes` tells which files a run removes.
    ///
    /// Overlays are read back from the text that is written, so that what is judged is what the cluster gets.
    pub fn fixed(plan: &Plan, goes: impl Fn(FileId) -> bool) -> Self {
        let chosen: Vec<(&Overlay, Subject, Option<&String>)> = plan
            .proposals
            .iter()
            .filter(|proposal| proposal.status == Some(Status::Chosen))
            .filter_map(|proposal| Some((proposal.overlay()?, proposal.subject, proposal.overlay_path.as_ref())))
            .collect();
        let replaced: BTreeSet<Identity> = chosen
            .iter()
            .filter_map(|(overlay, ..)| Identity::of(overlay))
            .collect();
        let is_replaced = |policy: &CiliumPolicy| {
            let marks = policy.owned.as_ref();
            let identity = marks.and_then(|owned| Identity::of_marks(owned, &policy.key.namespace));
            identity.is_some_and(|identity| replaced.contains(&identity))
        };
        let goes = |policy: &CiliumPolicy| goes(policy.place.file) || is_replaced(policy);
        let written = chosen
            .into_iter()
            .filter_map(|(overlay, subject, path)| read_back(overlay, subject, path, &plan.world));
        let standing = plan.world.cilium_policies.iter().filter(|policy| !goes(policy));
        Self {
            policies: plan.world.policies.clone(),
            cilium: standing.map(Standing::of).chain(written).collect(),
        }
    }

    /// Returns the policies of Cilium's own kinds as an engine takes them.
    pub fn own_kinds(&self) -> impl Iterator<Item = &CiliumNetworkPolicy> {
        self.cilium.iter().map(|standing| &standing.policy)
    }
}

impl Standing {
    fn of(policy: &CiliumPolicy) -> Self {
        Self {
            policy: policy.model(),
            in_tree: true,
            path: None,
        }
    }
}

/// Reads an overlay as the cluster will: from its text.
fn read_back(overlay: &Overlay, subject: Subject, path: Option<&String>, world: &World) -> Option<Standing> {
    let text = render(overlay, &name(overlay, |_| false), None, &[], Sequences::Indented);
    let mut found = extract(FileId(0), "", &text, mentions(text.as_bytes()), Wanted::default()).cilium_policies;
    let mut policy = found.pop()?.model();
    policy.key.namespace = match subject {
        Subject::Policy(PolicyId(index)) => world.policies.get(index)?.key.namespace.clone(),
        Subject::Service(ServiceId(index)) => world.services.get(index)?.key.namespace.clone(),
        Subject::Cluster => return None,
    };
    Some(Standing {
        policy,
        in_tree: false,
        path: path.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::sample::world_of;
    use crate::plan::{Fix, Options, plan};

    #[test]
    fn an_overlay_takes_the_place_of_ours_for_the_same_source_whatever_that_is_called() {
        const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n\
                              spec: {podSelector: {}, policyTypes: [Egress]}\n";
        let planned =
            |files: &[(&str, &str)]| plan(world_of(18, files.iter().copied()), &Options::of_everything(Fix::Safe));
        let first = planned(&[("web.yaml", POLICY)]);
        let overlay = first.proposals.iter().find_map(|proposal| proposal.overlay()).unwrap();
        let renamed = render(overlay, "renamed", Some("shop"), &[], Sequences::Level);
        let again = planned(&[("web.yaml", POLICY), ("overlay.yaml", &renamed)]);
        let names = |state: State| {
            state
                .cilium
                .into_iter()
                .map(|standing| standing.policy.key.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(State::today(&again)), ["renamed"]);
        assert_eq!(names(State::fixed(&again, |_| false)), [name(overlay, |_| false)]);
    }
}
