//! Holds what changes claim against what both engines let through.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;
use super::chain::{Chain, Link};
use super::weight::{Scale, Weight};
use super::{Contradiction, Proof};
use crate::engine::cilium::{self, Cilium};
use crate::engine::npm::{self, Npm};
use crate::engine::{ClassId, Classes, Contribution, Partition, PolicyRef, Ports, Term};
use crate::parity::reached::Reached;
use crate::policy::{Direction, Namespace};

/// What is found of the claims so far.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) proof: Proof,
    pub(super) contradicted: BTreeSet<Contradiction>,
}

/// Alike pods of a namespace, and what each policy that selects them contributes.
struct Group {
    pods: u64,
    reached: Vec<Term>,
    npm: Vec<Contribution>,
    cilium: Vec<Contribution>,
}

/// The engines that judge a bench.
#[derive(Debug)]
pub(super) struct Judges<'a> {
    pub(super) npm: Npm<'a>,
    pub(super) cilium: Cilium<'a>,
    pub(super) reached: Reached,
}

impl Claims {
    /// Judges the changes that bear on the pods of a namespace in a direction.
    pub(super) fn judge(&mut self, bench: &Bench<'_>, judges: &Judges<'_>, home: &Namespace, direction: Direction) {
        let groups = groups(bench, judges, home, direction);
        let always = [Some(judges.npm.always()), judges.cilium.always(direction)];
        let sets = groups.iter().flat_map(Group::terms).chain(always.iter().flatten());
        let partition = Partition::new(sets.map(|term| term.atoms.clone()));
        let [npm_always, cilium_always] = always.map(|term| partition.ports(term.as_slice()));
        for group in &groups {
            let reached = partition.ports(&group.reached);
            let npm = Scale::new(&group.npm, &npm_always, &reached, &partition);
            let cilium = Scale::new(&group.cilium, &cilium_always, &reached, &partition);
            self.proof.classes += group.pods;
            self.proof.sets += reached.iter().filter(|ports| !ports.is_empty()).count() as u64;
            self.judge_group(&bench.chains_of(group.policies()), &npm, &cilium);
        }
    }

    fn judge_group(&mut self, chains: &[&Chain], npm: &Scale<'_>, cilium: &Scale<'_>) {
        let npm_states = States::of(chains, npm);
        let cilium_states = States::of(chains, cilium);
        let today = npm.passes(&npm_states.first);
        let (first, last) = (cilium.passes(&cilium_states.first), cilium.passes(&cilium_states.last));
        let (lost, gained) = moved(&first, &last, &today);
        self.proof.lost += lost;
        self.proof.gained += gained;
        for (index, chain) in chains.iter().enumerate() {
            for (change, versions) in chain.changes.iter().zip(chain.versions.windows(2)) {
                let step = |scale: &Scale<'_>, states: &States| {
                    let (old, new) = (scale.of(versions[0]), scale.of(versions[1]));
                    if old == new {
                        return Vec::new();
                    }
                    let others = [&states.others_first[index], &states.others_last[index]];
                    let sides = others.map(|others| (scale.passes(&others.with(old)), scale.passes(&others.with(new))));
                    sides.into()
                };
                let moves_npm = step(npm, &npm_states).iter().any(|(old, new)| old != new);
                let mut under_cilium = step(cilium, &cilium_states).into_iter();
                let breaks_parity = under_cilium.any(|(old, new)| moved(&old, &new, &today) != (0, 0));
                if change.claims_safe && (moves_npm || breaks_parity) {
                    self.contradict(change);
                }
            }
        }
    }

    fn contradict(&mut self, change: &Link) {
        self.contradicted.insert(Contradiction {
            transform: change.transform,
            subject: change.subject,
        });
    }
}

/// The weights of all policies together, as they are and as all changes leave them.
struct States {
    first: Weight,
    last: Weight,
    /// The same without one chain, by its index.
    others_first: Vec<Weight>,
    others_last: Vec<Weight>,
}

impl States {
    fn of(chains: &[&Chain], scale: &Scale<'_>) -> Self {
        let at = |version: fn(&Chain) -> Option<PolicyRef>| -> Vec<&Weight> {
            chains.iter().map(|chain| scale.of(version(chain))).collect()
        };
        let first = at(|chain| chain.versions.first().copied().flatten());
        let last = at(|chain| chain.versions.last().copied().flatten());
        let sum = |weights: &[&Weight]| {
            weights
                .iter()
                .fold(scale.of(None).clone(), |all, weight| all.with(weight))
        };
        Self {
            others_first: scale.others(&first),
            others_last: scale.others(&last),
            first: sum(&first),
            last: sum(&last),
        }
    }
}

/// Counts the blocks of which something goes that NPM allows `today`, and those that get something that it does not.
fn moved(old: &[Ports], new: &[Ports], today: &[Ports]) -> (u64, u64) {
    let mut moved = (0, 0);
    for ((old, new), today) in old.iter().zip(new).zip(today) {
        moved.0 += u64::from(!old.difference(new).intersection(today).is_empty());
        moved.1 += u64::from(!new.difference(old).difference(today).is_empty());
    }
    moved
}

impl Group {
    /// Returns the versions of policies that select the pods.
    fn policies(&self) -> impl Iterator<Item = PolicyRef> {
        let contributions = self.npm.iter().chain(&self.cilium);
        contributions.map(|contribution| contribution.policy)
    }

    fn terms(&self) -> impl Iterator<Item = &Term> {
        let contributions = self.npm.iter().chain(&self.cilium);
        self.reached
            .iter()
            .chain(contributions.flat_map(|contribution| &contribution.terms))
    }
}

/// Groups the pods of a namespace that some change bears on.
fn groups(bench: &Bench<'_>, judges: &Judges<'_>, home: &Namespace, direction: Direction) -> Vec<Group> {
    let Judges { npm, cilium, reached } = judges;
    let inventory = &bench.ground.population.inventory;
    let Some(home) = inventory.home(home) else {
        return Vec::new();
    };
    type Profile = (npm::Profile, cilium::Profile, Vec<(usize, Ports)>);
    let mut by_profile: BTreeMap<Profile, Classes> = BTreeMap::new();
    for class in &home.classes - inventory.host_network() {
        let id = ClassId(class);
        let services = reached.services_of(id, direction).iter();
        let services = services.map(|(number, term)| (*number, term.ports.clone())).collect();
        let profile = (npm.profile(id, direction), cilium.profile(id, direction), services);
        by_profile.entry(profile).or_default().insert(class);
    }
    let group = |classes: Classes| {
        let class = ClassId(classes.min()?);
        Some(Group {
            pods: classes.len(),
            reached: reached.terms(class, direction),
            npm: npm.contributions(class, direction),
            cilium: cilium.contributions(class, direction),
        })
    };
    let is_changed = |group: &Group| {
        bench
            .chains_of(group.policies())
            .iter()
            .any(|chain| !chain.changes.is_empty())
    };
    by_profile.into_values().filter_map(group).filter(is_changed).collect()
}
