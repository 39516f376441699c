//! Alike pods, and the policies that changes move for them.

use std::collections::BTreeMap;

use super::bench::Bench;
use super::chain::Chain;
use crate::engine::cilium::{self, Cilium};
use crate::engine::npm::{self, Npm};
use crate::engine::{ClassId, Classes, Contribution, PolicyRef, Ports, Term};
use crate::parity::budget::{Budget, TooMuch};
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

/// What pods have in common that have one profile: the policies that select them, their named ports and the services
/// that lead to them.
type Kind = (usize, usize, usize, Vec<(usize, Ports)>);
/// What decides which pods are alike: what each engine goes by, and the services that lead to them.
type Profile = (npm::Profile, cilium::Profile, Vec<(usize, Ports)>);

/// Groups the pods of a namespace that some change bears on.
pub(super) fn groups<'b>(
    bench: &'b Bench<'_>,
    judges: &Judges<'_>,
    home: &Namespace,
    direction: Direction,
    budget: &mut Budget,
) -> Result<Vec<Group<'b>>, TooMuch> {
    let Judges { npm, cilium, reached } = judges;
    let inventory = &bench.ground.population.inventory;
    let Some(home) = inventory.home(home) else {
        return Ok(Vec::new());
    };
    let mut by_kind: BTreeMap<Kind, Classes> = BTreeMap::new();
    for class in &home.classes - inventory.host_network() {
        let id = ClassId(class);
        let kinds = (npm.kind(id, direction), cilium.kind(id, direction));
        let kind = (
            kinds.0,
            kinds.1,
            inventory.ports_kind(id),
            reached.profile(id, direction),
        );
        by_kind.entry(kind).or_default().insert(class);
    }
    budget.spend_groups(by_kind.values(), (npm, cilium), direction)?;
    let mut by_profile: BTreeMap<Profile, Classes> = BTreeMap::new();
    for ((_, _, _, reached), classes) in by_kind {
        if let Some(id) = classes.min().map(ClassId) {
            let profile = (npm.profile(id, direction), cilium.profile(id, direction), reached);
            *by_profile.entry(profile).or_default() |= classes;
        }
    }
    let group = |classes: Classes| {
        let class = ClassId(classes.min()?);
        let npm = npm.contributions(class, direction);
        let cilium = cilium.contributions(class, direction);
        let chains = bench.chains_of(npm.iter().chain(&cilium).map(|contribution| contribution.policy));
        let is_changed = chains.iter().any(|chain| !chain.changes.is_empty());
        let (of_npm, of_cilium) = (by_policy(&npm), by_policy(&cilium));
        let moves = |chain: &&Chain| {
            let mut steps = chain.steps();
            steps.any(|(_, step)| moves(step, &of_npm) || moves(step, &of_cilium))
        };
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
    Ok(by_profile.into_values().filter_map(group).collect())
}

type ByPolicy<'c> = BTreeMap<PolicyRef, Vec<&'c Contribution>>;

fn by_policy(contributions: &[Contribution]) -> ByPolicy<'_> {
    let mut by_policy = ByPolicy::new();
    for contribution in contributions {
        by_policy.entry(contribution.policy).or_default().push(contribution);
    }
    by_policy
}

/// Tells whether two versions of a policy contribute something else.
fn moves(step: [Option<PolicyRef>; 2], contributions: &ByPolicy<'_>) -> bool {
    let of_version = |version: Option<PolicyRef>| version.and_then(|version| contributions.get(&version));
    let [old, new] = step.map(|version| of_version(version).into_iter().flatten());
    !old.map(|it| it.effect()).eq(new.map(|it| it.effect()))
}
