//! What the two engines let through in each state, held against each other as sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::budget::{Budget, TooMuch};
use super::reached::Reached;
use super::setting::{Engines, Setting};
use crate::engine::{Atoms, ClassId, Classes, Inventory, KnownAtoms, Partition, Parts, Ports, Term, cilium, npm};
use crate::policy::{Direction, Namespace};

/// Which way flows differ from what NPM allows today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// NPM allows them, Cilium does not.
    Lost,
    /// Cilium allows them, NPM does not.
    Gained,
}

/// In which states of Cilium flows differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// Only with nothing changed: the changes mend it.
    Mended,
    /// With nothing changed and with the changes.
    Left,
    /// Only with the changes: they bring it.
    Brought,
}

/// Flows of alike pods that differ between NPM today and Cilium.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The pods whose side differs.
    pub classes: Classes,
    /// The side.
    pub direction: Direction,
    /// Which way.
    pub effect: Effect,
    /// In which states of Cilium.
    pub course: Course,
    /// The other ends, as atoms of the space; differences share equal ones.
    pub peers: Arc<Atoms>,
    /// On which ports.
    pub ports: Ports,
}

/// How much was compared: a set is what alike pods have in common with ends that no policy tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// Classes of pods.
    pub classes: u64,
    /// Flow sets.
    pub sets: u64,
    /// Those of which NPM lets through something that Cilium with the changes does not.
    pub lost: u64,
    /// Those of which Cilium with the changes lets through something that NPM does not.
    pub gained: u64,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// How much was compared.
    pub figures: Figures,
    /// What differs between NPM today and Cilium.
    pub differences: Vec<Difference>,
    /// What the changes move under NPM, where they must move nothing: lost or gained against today.
    pub moved: Vec<Difference>,
    /// The namespaces that hold more than is compared, of whose pods nothing is said.
    pub cut: Vec<Namespace>,
}

/// Compares every side of every pod in all states.
pub fn compare(setting: &Setting<'_>, engines: &Engines<'_>) -> Comparison {
    let reached = Reached::of(&setting.ground);
    let mut comparison = Comparison::default();
    let inventory = &setting.ground.population.inventory;
    let mut known = KnownAtoms::default();
    for home in inventory.homes() {
        let pods = &home.classes - inventory.host_network();
        let mut here = Comparison::default();
        here.figures.classes = pods.len();
        let compared = Direction::BOTH.into_iter().try_for_each(|direction| {
            let mut budget = Budget::new();
            let groups = groups(&pods, direction, engines, &reached, inventory, &mut budget)?;
            compare_groups(&groups, direction, &mut budget, &mut known, &mut here)
        });
        match compared {
            Ok(()) => comparison.add(here),
            Err(TooMuch) => comparison.cut.push(home.namespace.clone()),
        }
    }
    comparison
}

impl Comparison {
    fn add(&mut self, other: Self) {
        let Figures {
            classes,
            sets,
            lost,
            gained,
        } = other.figures;
        self.figures.classes += classes;
        self.figures.sets += sets;
        self.figures.lost += lost;
        self.figures.gained += gained;
        self.differences.extend(other.differences);
        self.moved.extend(other.moved);
        self.cut.extend(other.cut);
    }
}

/// Classes with equal sides in every state.
struct Group {
    classes: Classes,
    sides: Sides,
    reached: Vec<Term>,
}

/// One side in every state.
struct Sides {
    npm_today: Vec<Term>,
    npm_fixed: Vec<Term>,
    cilium_today: Vec<Term>,
    cilium_fixed: Vec<Term>,
}

/// What decides a side in every state.
type Profile = (npm::Profile, npm::Profile, cilium::Profile, cilium::Profile);

/// What pods have in common of which every engine has one profile: the policies that select them, their named ports and
/// the services that lead to them.
type Kind = (usize, usize, usize, Vec<(usize, Ports)>);

/// Groups the pods of a namespace by what decides their sides.
fn groups(
    pods: &Classes,
    direction: Direction,
    engines: &Engines<'_>,
    reached: &Reached,
    inventory: &Inventory,
    budget: &mut Budget,
) -> Result<Vec<Group>, TooMuch> {
    let mut by_kind: BTreeMap<Kind, Classes> = BTreeMap::new();
    for class in pods {
        let id = ClassId(class);
        let (npm, cilium) = (&engines.npm_today, &engines.cilium_today);
        let kinds = (npm.kind(id, direction), cilium.kind(id, direction));
        let kind = (
            kinds.0,
            kinds.1,
            inventory.ports_kind(id),
            reached.profile(id, direction),
        );
        by_kind.entry(kind).or_default().insert(class);
    }
    budget.spend_groups(by_kind.values(), (&engines.npm_today, &engines.cilium_today), direction)?;
    let mut by_profile: BTreeMap<(Profile, Vec<(usize, Ports)>), Classes> = BTreeMap::new();
    for ((_, _, _, reached), classes) in by_kind {
        if let Some(class) = classes.min() {
            let profile = (engines.profile(ClassId(class), direction), reached);
            by_profile.entry(profile).or_default().extend(classes);
        }
    }
    let group = |classes: Classes| {
        let class = ClassId(classes.min()?);
        let sides = engines.sides(class, direction);
        let reached = reached.terms(class, direction);
        Some(Group {
            classes,
            sides,
            reached,
        })
    };
    Ok(by_profile.into_values().filter_map(group).collect())
}

impl Engines<'_> {
    fn profile(&self, class: ClassId, direction: Direction) -> Profile {
        (
            self.npm_today.profile(class, direction),
            self.npm_fixed.profile(class, direction),
            self.cilium_today.profile(class, direction),
            self.cilium_fixed.profile(class, direction),
        )
    }

    fn sides(&self, class: ClassId, direction: Direction) -> Sides {
        Sides {
            npm_today: self.npm_today.terms(class, direction),
            npm_fixed: self.npm_fixed.terms(class, direction),
            cilium_today: self.cilium_today.terms(class, direction),
            cilium_fixed: self.cilium_fixed.terms(class, direction),
        }
    }
}

impl Group {
    fn terms(&self) -> impl Iterator<Item = &Term> {
        let Sides {
            npm_today,
            npm_fixed,
            cilium_today,
            cilium_fixed,
        } = &self.sides;
        let all = [&self.reached, npm_today, npm_fixed, cilium_today, cilium_fixed];
        all.into_iter().flatten()
    }
}

/// Compares the groups of a namespace part by part.
fn compare_groups(
    groups: &[Group],
    direction: Direction,
    budget: &mut Budget,
    known: &mut KnownAtoms,
    comparison: &mut Comparison,
) -> Result<(), TooMuch> {
    let reached = groups.iter().flat_map(|group| &group.reached);
    let sets = groups.iter().flat_map(Group::terms).map(|term| &term.atoms);
    let partition = Partition::within(reached.map(|term| &*term.atoms), sets);
    for group in groups {
        let parts = partition.parts(group.terms());
        budget.spend_words(group.terms(), &parts)?;
        let gathered = compare_group(group, &parts, &mut comparison.figures);
        gathered.close(&group.classes, &parts, direction, known, comparison);
    }
    Ok(())
}

fn compare_group(group: &Group, parts: &Parts<'_>, figures: &mut Figures) -> Gathered {
    let by_part = |terms: &[Term]| parts.ports(terms);
    let Sides {
        npm_today,
        npm_fixed,
        cilium_today,
        cilium_fixed,
    } = &group.sides;
    let (npm, npm_fixed) = (by_part(npm_today), by_part(npm_fixed));
    let (unchanged, fixed) = (by_part(cilium_today), by_part(cilium_fixed));
    let reached = by_part(&group.reached);
    let mut gathered = Gathered::default();
    for part in (0..parts.len()).filter(|&part| !reached[part].is_empty()) {
        let within = |ports: &[Ports]| ports[part].intersection(&reached[part]);
        let (npm, npm_fixed) = (within(&npm), within(&npm_fixed));
        let (unchanged, fixed) = (within(&unchanged), within(&fixed));
        let (lost, gained) = (npm.difference(&fixed), fixed.difference(&npm));
        let blocks = parts.blocks(part);
        figures.sets += blocks;
        figures.lost += if lost.is_empty() { 0 } else { blocks };
        figures.gained += if gained.is_empty() { 0 } else { blocks };
        gathered.add(Effect::Lost, [npm.difference(&unchanged), lost], part);
        gathered.add(Effect::Gained, [unchanged.difference(&npm), gained], part);
        gathered.add_moved(Effect::Lost, npm.difference(&npm_fixed), part);
        gathered.add_moved(Effect::Gained, npm_fixed.difference(&npm), part);
    }
    gathered
}

/// The differences of a group by the parts in which they are, joined where they differ only in the peers.
#[derive(Default)]
struct Gathered {
    differences: BTreeMap<(Effect, Course, Ports), Vec<usize>>,
    moved: BTreeMap<(Effect, Ports), Vec<usize>>,
}

impl Gathered {
    /// Adds what differs with nothing changed and with the changes.
    fn add(&mut self, effect: Effect, [unchanged, fixed]: [Ports; 2], part: usize) {
        let courses = [
            (Course::Mended, unchanged.difference(&fixed)),
            (Course::Left, unchanged.intersection(&fixed)),
            (Course::Brought, fixed.difference(&unchanged)),
        ];
        for (course, ports) in courses.into_iter().filter(|(_, ports)| !ports.is_empty()) {
            self.differences.entry((effect, course, ports)).or_default().push(part);
        }
    }

    fn add_moved(&mut self, effect: Effect, ports: Ports, part: usize) {
        if !ports.is_empty() {
            self.moved.entry((effect, ports)).or_default().push(part);
        }
    }

    fn close(
        self,
        classes: &Classes,
        parts: &Parts<'_>,
        direction: Direction,
        known: &mut KnownAtoms,
        comparison: &mut Comparison,
    ) {
        let mut difference = |effect, course, ports, differing| Difference {
            classes: classes.clone(),
            direction,
            effect,
            course,
            peers: parts.known_atoms(differing, known),
            ports,
        };
        let differences = self.differences.into_iter();
        let differences = differences.map(|((effect, course, ports), parts)| difference(effect, course, ports, parts));
        comparison.differences.extend(differences);
        let moved = self.moved.into_iter();
        let moved = moved.map(|((effect, ports), parts)| difference(effect, Course::Brought, ports, parts));
        comparison.moved.extend(moved);
    }
}
