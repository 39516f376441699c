//! What the two engines let through in each state, held against each other as sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::reached::Reached;
use super::setting::{Engines, Setting};
use crate::engine::{Atoms, ClassId, Classes, Partition, Ports, Term, cilium, npm};
use crate::policy::Direction;

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
    /// The other ends, as atoms of the space.
    pub peers: Atoms,
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
}

/// Compares every side of every pod in all states.
pub fn compare(setting: &Setting<'_>, engines: &Engines<'_>) -> Comparison {
    let reached = Reached::of(&setting.ground);
    let mut comparison = Comparison::default();
    for home in setting.ground.population.inventory.homes() {
        let pods = &home.classes - setting.ground.population.inventory.host_network();
        comparison.figures.classes += pods.len();
        for direction in Direction::BOTH {
            let groups = groups(&pods, direction, engines, &reached);
            compare_groups(&groups, direction, &mut comparison);
        }
    }
    comparison
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

/// Groups the pods of a namespace by what decides their sides.
fn groups(pods: &Classes, direction: Direction, engines: &Engines<'_>, reached: &Reached) -> Vec<Group> {
    let mut by_profile: BTreeMap<(Profile, Vec<(usize, Ports)>), Classes> = BTreeMap::new();
    for class in pods {
        let id = ClassId(class);
        let profile = (engines.profile(id, direction), reached.profile(id, direction));
        by_profile.entry(profile).or_default().insert(class);
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
    by_profile.into_values().filter_map(group).collect()
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
    fn sets(&self) -> impl Iterator<Item = &Arc<Atoms>> {
        let Sides {
            npm_today,
            npm_fixed,
            cilium_today,
            cilium_fixed,
        } = &self.sides;
        let all = [&self.reached, npm_today, npm_fixed, cilium_today, cilium_fixed];
        all.into_iter().flatten().map(|term| &term.atoms)
    }
}

/// Compares the groups of a namespace block by block.
fn compare_groups(groups: &[Group], direction: Direction, comparison: &mut Comparison) {
    let reached = groups.iter().flat_map(|group| &group.reached);
    let partition = Partition::within(reached.map(|term| &*term.atoms), groups.iter().flat_map(Group::sets));
    for group in groups {
        let ports = |terms: &[Term]| partition.ports(terms);
        let Sides {
            npm_today,
            npm_fixed,
            cilium_today,
            cilium_fixed,
        } = &group.sides;
        let (npm, npm_fixed) = (ports(npm_today), ports(npm_fixed));
        let (unchanged, fixed) = (ports(cilium_today), ports(cilium_fixed));
        let reached = ports(&group.reached);
        let mut gathered = Gathered::default();
        for (index, block) in partition
            .blocks()
            .iter()
            .enumerate()
            .filter(|(index, _)| !reached[*index].is_empty())
        {
            let within = |ports: &[Ports]| ports[index].intersection(&reached[index]);
            let (npm, npm_fixed) = (within(&npm), within(&npm_fixed));
            let (unchanged, fixed) = (within(&unchanged), within(&fixed));
            let figures = &mut comparison.figures;
            figures.sets += 1;
            figures.lost += u64::from(!npm.difference(&fixed).is_empty());
            figures.gained += u64::from(!fixed.difference(&npm).is_empty());
            gathered.add(
                Effect::Lost,
                [npm.difference(&unchanged), npm.difference(&fixed)],
                block,
            );
            gathered.add(
                Effect::Gained,
                [unchanged.difference(&npm), fixed.difference(&npm)],
                block,
            );
            gathered.add_moved(Effect::Lost, npm.difference(&npm_fixed), block);
            gathered.add_moved(Effect::Gained, npm_fixed.difference(&npm), block);
        }
        gathered.close(&group.classes, direction, comparison);
    }
}

/// The differences of a group, joined where they differ only in the peers.
#[derive(Default)]
struct Gathered {
    differences: BTreeMap<(Effect, Course, Ports), Atoms>,
    moved: BTreeMap<(Effect, Ports), Atoms>,
}

impl Gathered {
    /// Adds what differs with nothing changed and with the changes.
    fn add(&mut self, effect: Effect, [unchanged, fixed]: [Ports; 2], block: &Atoms) {
        let courses = [
            (Course::Mended, unchanged.difference(&fixed)),
            (Course::Left, unchanged.intersection(&fixed)),
            (Course::Brought, fixed.difference(&unchanged)),
        ];
        for (course, ports) in courses.into_iter().filter(|(_, ports)| !ports.is_empty()) {
            *self.differences.entry((effect, course, ports)).or_default() |= block;
        }
    }

    fn add_moved(&mut self, effect: Effect, ports: Ports, block: &Atoms) {
        if !ports.is_empty() {
            *self.moved.entry((effect, ports)).or_default() |= block;
        }
    }

    fn close(self, classes: &Classes, direction: Direction, comparison: &mut Comparison) {
        let difference = |effect, course, ports, peers| Difference {
            classes: classes.clone(),
            direction,
            effect,
            course,
            peers,
            ports,
        };
        let differences = self.differences.into_iter();
        comparison
            .differences
            .extend(differences.map(|((effect, course, ports), peers)| difference(effect, course, ports, peers)));
        let moved = self.moved.into_iter();
        comparison
            .moved
            .extend(moved.map(|((effect, ports), peers)| difference(effect, Course::Brought, ports, peers)));
    }
}
