//! What is judged together: the policies of namespaces with changes, in every version, and who is there for them.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Chain, Link};
use crate::engine::PolicyRef;
use crate::overlay::name::name;
use crate::overlay::standing::Identity;
use crate::parity::ground::Ground;
use crate::parity::state::{Standing, State};
use crate::plan::{Plan, Proposal, Step};
use crate::policy::cilium::{CiliumNetworkPolicy, CiliumSpec};
use crate::policy::{Namespace, ObjectKey, Overlay, Place, Policy};
use crate::transform::Subject;
use crate::world::{CiliumPolicy, PolicyId, ServiceId, World};

/// Namespaces that are judged together.
#[derive(Debug)]
pub(super) struct Bench<'w> {
    pub(super) ground: Ground<'w>,
    chains: Vec<Chain>,
    pub(super) homes: BTreeSet<Namespace>,
    /// Every version of every policy.
    versions: State,
    /// The number of each version's chain.
    chain_of: BTreeMap<PolicyRef, usize>,
}

impl Bench<'_> {
    /// Returns the chains that some of these versions are of, each once.
    pub(super) fn chains_of(&self, versions: impl Iterator<Item = PolicyRef>) -> Vec<&Chain> {
        let numbers: BTreeSet<usize> = versions
            .filter_map(|version| self.chain_of.get(&version))
            .copied()
            .collect();
        numbers.into_iter().map(|number| &self.chains[number]).collect()
    }

    /// Returns the changes of a namespace that claim to be safe.
    pub(super) fn claims_in(&self, home: &Namespace) -> impl Iterator<Item = &Link> {
        let here = self.chains.iter().filter(move |chain| {
            chain.last().is_some_and(|version| match version {
                PolicyRef::Network(index) => self.versions.policies[index].key.namespace == *home,
                PolicyRef::Cilium(index) => self.versions.cilium[index].policy.key.namespace == *home,
            })
        });
        let changes = here.flat_map(|chain| &chain.changes);
        changes.filter(|change| change.claims_safe)
    }

    /// Returns every version of the NetworkPolicies: what a [`PolicyRef::Network`] names.
    pub(super) fn policies(&self) -> &[Policy] {
        &self.versions.policies
    }

    /// Returns every version of Cilium's own kinds: what a [`PolicyRef::Cilium`] names.
    pub(super) fn own_kinds(&self) -> impl Iterator<Item = &CiliumNetworkPolicy> {
        self.versions.own_kinds()
    }
}

/// Parts the namespaces with changes into benches.
///
/// Policies bear on the pods of their own namespace alone. So without workloads, which would have to be counted as peers
/// again for each, every namespace is judged by itself.
pub(super) fn benches(plan: &Plan) -> Vec<Bench<'_>> {
    let mut parts = parts(plan);
    parts.retain(|_, part| !part.steps.is_empty() || !part.overlays.is_empty());
    if parts.is_empty() {
        return Vec::new();
    }
    let claims = claims(plan);
    let standing = standing(&plan.world);
    let groups = if plan.world.workloads_read {
        vec![parts]
    } else {
        let each = parts.into_iter();
        each.map(|one| [one].into_iter().collect()).collect()
    };
    groups
        .iter()
        .map(|parts| bench(parts, plan, &claims, &standing))
        .collect()
}

/// What a plan has of one namespace.
#[derive(Debug, Default)]
struct Part<'p> {
    policies: Vec<PolicyId>,
    steps: Vec<&'p Step>,
    overlays: Vec<(&'p Proposal, &'p Overlay)>,
}

type Parts<'p> = BTreeMap<&'p Namespace, Part<'p>>;
/// Whether the chosen changes of a transform to a subject all claim to be safe.
type ClaimsSafe = BTreeMap<(&'static str, Subject), bool>;

fn parts(plan: &Plan) -> Parts<'_> {
    let mut parts = Parts::new();
    for (index, policy) in plan.before.iter().enumerate() {
        parts
            .entry(&policy.key.namespace)
            .or_default()
            .policies
            .push(PolicyId(index));
    }
    for step in &plan.steps {
        let namespace = &plan.before[step.policy.0].key.namespace;
        parts.entry(namespace).or_default().steps.push(step);
    }
    for proposal in plan.proposals.iter().filter(|proposal| proposal.chosen().is_some()) {
        if let (Some(overlay), Some((key, _))) = (proposal.overlay(), source(proposal.subject, plan)) {
            parts
                .entry(&key.namespace)
                .or_default()
                .overlays
                .push((proposal, overlay));
        }
    }
    parts
}

/// Returns the object that an overlay is made for.
fn source(subject: Subject, plan: &Plan) -> Option<(&ObjectKey, Place)> {
    match subject {
        Subject::Policy(PolicyId(index)) => plan.before.get(index).map(|policy| (&policy.key, policy.place)),
        Subject::Service(ServiceId(index)) => {
            let service = plan.world.services.get(index)?;
            Some((&service.key, service.place))
        }
        Subject::Cluster => None,
    }
}

/// The policies of Cilium's own kinds, with their numbers, by the namespace that they bear on; `None` for all.
type Own<'w> = BTreeMap<Option<&'w Namespace>, Vec<(usize, &'w CiliumPolicy)>>;

fn standing(world: &World) -> Own<'_> {
    let mut own = Own::new();
    for (index, policy) in world.cilium_policies.iter().enumerate() {
        let home = (!policy.clusterwide).then_some(&policy.key.namespace);
        own.entry(home).or_default().push((index, policy));
    }
    own
}

fn claims(plan: &Plan) -> ClaimsSafe {
    let mut claims = ClaimsSafe::new();
    for proposal in &plan.proposals {
        if let Some(change) = proposal.chosen() {
            let claim = claims.entry((proposal.transform.id, proposal.subject)).or_insert(true);
            *claim &= change.grade.is_safe();
        }
    }
    claims
}

fn bench<'p>(parts: &Parts<'p>, plan: &'p Plan, claims: &ClaimsSafe, standing: &Own<'_>) -> Bench<'p> {
    let mut rows = Rows {
        versions: State::default(),
        chains: Vec::new(),
        claims,
    };
    let homes: BTreeSet<Namespace> = parts.keys().map(|&namespace| namespace.clone()).collect();
    let mut standing = rows.add_standing(standing, &homes);
    for part in parts.values() {
        rows.add_policies(part, plan);
        for &(proposal, overlay) in &part.overlays {
            rows.add_overlay(proposal, overlay, plan, &mut standing);
        }
    }
    let numbered = rows.chains.iter().enumerate();
    let chain_of = numbered.flat_map(|(number, chain)| chain.versions.iter().flatten().map(move |&it| (it, number)));
    Bench {
        ground: Ground::new(&plan.world, None, [&rows.versions]),
        chain_of: chain_of.collect(),
        chains: rows.chains,
        homes,
        versions: rows.versions,
    }
}

/// The chains of a bench while they grow.
struct Rows<'c> {
    versions: State,
    chains: Vec<Chain>,
    claims: &'c ClaimsSafe,
}

impl Rows<'_> {
    /// Adds Cilium's own kinds that stand in some namespaces or everywhere; returns where our overlays are.
    fn add_standing(&mut self, own: &Own<'_>, homes: &BTreeSet<Namespace>) -> BTreeMap<Identity, usize> {
        let mut ours = BTreeMap::new();
        let here = [None].into_iter().chain(homes.iter().map(Some));
        let mut here: Vec<_> = here.filter_map(|home| own.get(&home)).flatten().collect();
        here.sort_unstable_by_key(|(index, _)| *index);
        for (_, policy) in here {
            let owned = policy.owned.as_ref();
            if let Some(identity) = owned.and_then(|owned| Identity::of_marks(owned, &policy.key.namespace)) {
                ours.insert(identity, self.chains.len());
            }
            let version = self.own_kind(policy.model());
            self.chains.push(Chain::of(Some(version)));
        }
        ours
    }

    fn add_policies(&mut self, part: &Part<'_>, plan: &Plan) {
        let mut steps: BTreeMap<PolicyId, Vec<&Step>> = BTreeMap::new();
        for &step in &part.steps {
            steps.entry(step.policy).or_default().push(step);
        }
        for id in &part.policies {
            let mut chain = Chain::of(Some(self.network(plan.before[id.0].clone())));
            for step in steps.remove(id).unwrap_or_default() {
                let change = self.link(step.transform, Subject::Policy(*id));
                chain.push(self.network(step.after.clone()), change);
            }
            self.chains.push(chain);
        }
    }

    /// Adds an overlay, which takes the place of the one that stands for the same source and transform.
    fn add_overlay(
        &mut self,
        proposal: &Proposal,
        overlay: &Overlay,
        plan: &Plan,
        standing: &mut BTreeMap<Identity, usize>,
    ) {
        let (Some((source, place)), Some(identity)) = (source(proposal.subject, plan), Identity::of(overlay)) else {
            return;
        };
        let version = self.own_kind(CiliumNetworkPolicy {
            key: ObjectKey {
                namespace: source.namespace.clone(),
                name: name(overlay, |_| false),
            },
            place,
            clusterwide: false,
            specs: vec![CiliumSpec::from(overlay)],
            faults: Vec::new(),
        });
        // Of two overlays for one source the later one holds the earlier one's rules, and may claim less.
        let change = Link {
            transform: proposal.transform.id,
            subject: proposal.subject,
            claims_safe: proposal.chosen().is_some_and(|change| change.grade.is_safe()),
        };
        let chains = &mut self.chains;
        let chain = *standing.entry(identity).or_insert_with(|| {
            chains.push(Chain::of(None));
            chains.len() - 1
        });
        chains[chain].push(version, change);
    }

    fn link(&self, transform: &'static str, subject: Subject) -> Link {
        let claims_safe = self.claims.get(&(transform, subject)).copied().unwrap_or(false);
        Link {
            transform,
            subject,
            claims_safe,
        }
    }

    fn network(&mut self, policy: Policy) -> PolicyRef {
        self.versions.policies.push(policy);
        PolicyRef::Network(self.versions.policies.len() - 1)
    }

    fn own_kind(&mut self, policy: CiliumNetworkPolicy) -> PolicyRef {
        self.versions.cilium.push(Standing {
            policy,
            in_tree: true,
            path: None,
        });
        PolicyRef::Cilium(self.versions.cilium.len() - 1)
    }
}
