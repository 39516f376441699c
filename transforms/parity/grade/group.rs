//! Alike pods, and the policies that changes move for them.

use std::collections::BTreeMap;

use super::bench::Bench;
use super::chain::Chain;
use crate::engine::cilium::{self, Cilium};
use crate::engine::npm::{self, Npm};
use crate::engine::{ClassId, Classes, Contribution, PolicyRef, Ports, Term};
use crate::parity::reached::Reached;
use crate::policy::{Direction, Namespace};

/// The engines that judge a bench.
#[derive(Debug)]
pub(super) struct Judges<'a> {
    pub(super) npm: Npm<'a>,
    pub(super) cilium: Cilium<'a>,
    pub(super) reached: Reached,
}

/// Alike pods of a namespace, and what each policy that selects them contributes.
pub(super) struct Group<'b> {
    pub(super) classes: Classes,
    pub(super) reached: Vec<Term>,
    pub(super) npm: Vec<Contribution>,
    pub(super) cilium: Vec<Contribution>,
    /// The chains of which some version does something else to the pods than the one before.
    pub(super) moving: Vec<&'b Chain>,
    pub(super) still: Vec<&'b Chain>,
}

impl Group<'_> {
    /// Returns every term that counts.
    pub(super) fn terms(&self) -> impl Iterator<Item = &Term> {
        let contributions = self.npm.iter().chain(&self.cilium);
        let terms = contributions.flat_map(|contribution| &contribution.terms);
        self.reached.iter().chain(terms)
    }
}

/// What decides which pods are alike: what each engine goes by, and the services that lead to them.
type Profile = (npm::Profile, cilium::Profile, Vec<(usize, Ports)>);

/// Groups the pods of a namespace that some change bears on.
pub(super) fn groups<'b>(
    bench: &'b Bench<'_>,
    judges: &Judges<'_>,
    home: &Namespace,
    direction: Direction,
) -> Vec<Group<'b>> {
    let Judges { npm, cilium, reached } = judges;
    let inventory = &bench.ground.population.inventory;
    let Some(home) = inventory.home(home) else {
        return Vec::new();
    };
    let mut by_profile: BTreeMap<Profile, Classes> = BTreeMap::new();
    for class in &home.classes - inventory.host_network() {
        let id = ClassId(class);
        let profile = (
            npm.profile(id, direction),
            cilium.profile(id, direction),
            reached.profile(id, direction),
        );
        by_profile.entry(profile).or_default().insert(class);
    }
    let group = |classes: Classes| {
        let class = ClassId(classes.min()?);
        let npm = npm.contributions(class, direction);
        let cilium = cilium.contributions(class, direction);
        let chains = bench.chains_of(npm.iter().chain(&cilium).map(|contribution| contribution.policy));
        let is_changed = chains.iter().any(|chain| !chain.changes.is_empty());
        let moves = |chain: &&Chain| chain.steps().any(|(_, step)| moves(step, &npm) || moves(step, &cilium));
        let (moving, still): (Vec<&Chain>, Vec<&Chain>) = chains.into_iter().partition(moves);
        is_changed.then(|| Group {
            classes,
            reached: reached.terms(class, direction),
            npm,
            cilium,
            moving,
            still,
        })
    };
    by_profile.into_values().filter_map(group).collect()
}

/// Tells whether two versions of a policy contribute something else.
fn moves(step: [Option<PolicyRef>; 2], contributions: &[Contribution]) -> bool {
    let [old, new] = step.map(|version| contributions.iter().filter(move |it| Some(it.policy) == version));
    !old.map(Contribution::effect).eq(new.map(Contribution::effect))
}
