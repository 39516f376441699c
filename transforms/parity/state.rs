//! The policies of a cluster at one time.

use std::collections::BTreeSet;

use crate::overlay::name::name;
use crate::plan::{Plan, Status};
use crate::policy::cilium::CiliumNetworkPolicy;
use crate::policy::emit::render;
use crate::policy::{ObjectKey, Overlay, Policy};
use crate::source::FileId;
use crate::transform::Subject;
use crate::world::extract::{Wanted, extract};
use crate::world::mentions::mentions;
use crate::world::{CiliumPolicy, PolicyId, ServiceId, World};

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
        let written: Vec<Standing> = chosen
            .into_iter()
            .filter_map(|(overlay, subject, path)| read_back(overlay, subject, path, &plan.world))
            .collect();
        let replaced: BTreeSet<&ObjectKey> = written.iter().map(|new| &new.policy.key).collect();
        let goes =
            |policy: &CiliumPolicy| goes(policy.place.file) || policy.owned.is_some() && replaced.contains(&policy.key);
        let standing = plan.world.cilium_policies.iter().filter(|policy| !goes(policy));
        let standing: Vec<Standing> = standing.map(Standing::of).collect();
        Self {
            policies: plan.world.policies.clone(),
            cilium: standing.into_iter().chain(written).collect(),
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
    let text = render(overlay, &name(overlay, |_| false), None, &[]);
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
