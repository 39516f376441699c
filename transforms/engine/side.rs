//! What one side of a connection lets through, as exact sets over atoms and ports.

use std::collections::HashMap;
use std::sync::Arc;

use super::ports::{Port, Ports};
use super::space::Atoms;

/// Some atoms on some ports, which an engine lets through, or denies whatever else lets them through.
///
/// The atoms are shared: terms that speak of the same ones hold the same allocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Who.
    pub atoms: Arc<Atoms>,
    /// On what.
    pub ports: Ports,
    /// Whether it denies.
    pub denies: bool,
}

impl Term {
    /// Makes a term that lets through.
    pub const fn allow(atoms: Arc<Atoms>, ports: Ports) -> Self {
        Self {
            atoms,
            ports,
            denies: false,
        }
    }
}

/// Atoms in blocks that no set of some terms parts, so that many sides over the same sets are compared port by port.
///
/// All sides that are held against each other go through one partition: of both engines, of each state, and of every
/// class that the same policies bear on, such as those of one namespace.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    blocks: Vec<Atoms>,
    /// The blocks of each set; equal ones are there once.
    members: Vec<Vec<u32>>,
    /// Where a set's blocks are, by the set's address; the set is held so that the address stays its own.
    sets: HashMap<usize, (Arc<Atoms>, usize)>,
}

impl Partition {
    /// Parts the union of the sets.
    pub fn new<'s>(sets: impl IntoIterator<Item = &'s Arc<Atoms>, IntoIter: Clone>) -> Self {
        let sets = sets.into_iter();
        Self::within(sets.clone().map(|set| &**set), sets)
    }

    /// Parts the union of the `bounds`, outside of which no set counts.
    pub fn within<'s>(
        bounds: impl IntoIterator<Item = &'s Atoms>,
        sets: impl IntoIterator<Item = &'s Arc<Atoms>>,
    ) -> Self {
        let mut whole = bounds.into_iter().fold(Atoms::new(), |all, one| all | one);
        whole.remove_run_compression();
        let mut partition = Self {
            blocks: vec![whole],
            ..Self::default()
        };
        partition.blocks.retain(|block| !block.is_empty());
        let mut distinct: Vec<&Arc<Atoms>> = Vec::new();
        for set in sets {
            partition.sets.entry(address(set)).or_insert_with(|| {
                let known = distinct.iter().position(|other| *other == set);
                let at = known.unwrap_or(distinct.len());
                if known.is_none() {
                    distinct.push(set);
                }
                (set.clone(), at)
            });
        }
        for set in &distinct {
            partition.split(set);
        }
        partition.members = distinct.iter().map(|set| partition.blocks_of(set)).collect();
        partition
    }

    fn split(&mut self, set: &Atoms) {
        for index in 0..self.blocks.len() {
            let block = &mut self.blocks[index];
            if !block.is_disjoint(set) && !block.is_subset(set) {
                let shared = &*block & set;
                *block -= &shared;
                self.blocks.push(shared);
            }
        }
    }

    /// Returns the blocks of a set; each is in it as a whole or not at all, so one of its atoms tells.
    fn blocks_of(&self, set: &Atoms) -> Vec<u32> {
        let inside = |block: &Atoms| block.min().is_some_and(|atom| set.contains(atom));
        let blocks = (0..).zip(&self.blocks).filter(|(_, block)| inside(block));
        blocks.map(|(index, _)| index).collect()
    }

    /// Returns the blocks: no two share an atom.
    pub fn blocks(&self) -> &[Atoms] {
        &self.blocks
    }

    /// Returns what terms let through, by block; deny terms win.
    ///
    /// A term whose set the partition was not made of counts for nothing.
    pub fn ports<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> Vec<Ports> {
        let [mut allowed, denied] = self.allowed_and_denied(terms);
        allowed.resize(self.blocks.len(), Ports::NONE);
        for (allowed, denied) in allowed.iter_mut().zip(&denied) {
            *allowed = allowed.difference(denied);
        }
        allowed
    }

    /// Returns what terms allow and what they deny, by block; empty where there is no such term.
    pub fn allowed_and_denied<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> [Vec<Ports>; 2] {
        let [mut allowed, mut denied] = [Vec::new(), Vec::new()];
        for term in terms {
            let side = if term.denies { &mut denied } else { &mut allowed };
            side.resize(self.blocks.len(), Ports::NONE);
            let blocks = self.sets.get(&address(&term.atoms)).map(|(_, at)| &self.members[*at]);
            for &block in blocks.into_iter().flatten() {
                side[block as usize] |= &term.ports;
            }
        }
        [allowed, denied]
    }
}

fn address(set: &Arc<Atoms>) -> usize {
    Arc::as_ptr(set).addr()
}

/// Atoms that are let through on the same ports.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Who.
    pub atoms: Atoms,
    /// On what.
    pub ports: Ports,
}

/// What a pod may receive or send: atoms grouped by their ports, sorted by these, so that equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side {
    parts: Vec<Part>,
}

impl Side {
    /// Makes the side of terms; their order does not matter.
    pub fn of(terms: &[Term]) -> Self {
        let partition = Partition::new(terms.iter().map(|term| &term.atoms));
        let opened = partition.ports(terms);
        let pairs = partition.blocks.into_iter().zip(opened);
        Self::canonical(pairs.map(|(atoms, ports)| Part { atoms, ports }).collect())
    }

    /// Returns the atoms with a port, grouped by their ports.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Tells whether nothing is let through.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Tells whether an atom is let through on a port.
    pub fn contains(&self, atom: u32, port: Port) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.atoms.contains(atom) && part.ports.contains(port))
    }

    /// Returns what is let through on both sides.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self
            .parts
            .iter()
            .flat_map(|ours| other.parts.iter().map(move |theirs| (ours, theirs)));
        let shared = pairs.map(|(ours, theirs)| Part {
            atoms: &ours.atoms & &theirs.atoms,
            ports: ours.ports.intersection(&theirs.ports),
        });
        Self::canonical(shared.collect())
    }

    /// Returns what is let through here and not there.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut parts = Vec::new();
        for ours in &self.parts {
            let mut alone = ours.atoms.clone();
            for theirs in &other.parts {
                alone -= &theirs.atoms;
                parts.push(Part {
                    atoms: &ours.atoms & &theirs.atoms,
                    ports: ours.ports.difference(&theirs.ports),
                });
            }
            parts.push(Part {
                atoms: alone,
                ports: ours.ports.clone(),
            });
        }
        Self::canonical(parts)
    }

    /// Joins and sorts parts of which no two share an atom.
    fn canonical(mut parts: Vec<Part>) -> Self {
        parts.retain(|part| !part.atoms.is_empty() && !part.ports.is_empty());
        parts.sort_by(|a, b| a.ports.cmp(&b.ports));
        let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.last_mut() {
                Some(last) if last.ports == part.ports => last.atoms |= part.atoms,
                Some(_) | None => joined.push(part),
            }
        }
        Self { parts: joined }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};

    use super::*;
    use crate::engine::ports::Transport;

    fn terms() -> impl Strategy<Value = Vec<Term>> {
        let atoms = proptest::collection::vec(0_u32..12, 1..6);
        let term = (atoms, 1_u16..6, 0_u16..4, any::<bool>()).prop_map(|(atoms, first, length, denies)| Term {
            atoms: Arc::new(atoms.into_iter().collect()),
            ports: Ports::range(Transport::Tcp, first, first + length),
            denies,
        });
        proptest::collection::vec(term, 0..6)
    }

    /// Returns every atom with every port that a test of membership finds.
    fn points(contains: impl Fn(u32, Port) -> bool) -> Vec<(u32, u16)> {
        let all = (0..12).flat_map(|atom| (0..12).map(move |number| (atom, number)));
        let port = |number| Port {
            transport: Transport::Tcp,
            number,
        };
        all.filter(|&(atom, number)| contains(atom, port(number))).collect()
    }

    proptest! {
        #[test]
        fn a_side_holds_what_some_term_allows_and_none_denies(terms in terms()) {
            let hit = |denies, atom, port| {
                let mut hits = terms.iter().filter(|term: &&Term| term.denies == denies);
                hits.any(|term| term.atoms.contains(atom) && term.ports.contains(port))
            };
            let side = Side::of(&terms);
            prop_assert_eq!(
                points(|atom, port| side.contains(atom, port)),
                points(|atom, port| hit(false, atom, port) && !hit(true, atom, port))
            );
        }

        #[test]
        fn the_order_of_terms_does_not_matter(terms in terms()) {
            let reversed: Vec<_> = terms.iter().rev().cloned().collect();
            prop_assert_eq!(Side::of(&terms), Side::of(&reversed));
        }

        #[test]
        fn a_partition_of_more_sets_gives_the_same_side(ours in terms(), others in terms()) {
            let partition = Partition::new(ours.iter().chain(&others).map(|term| &term.atoms));
            let ports = partition.ports(&ours);
            let side = Side::of(&ours);
            for (block, ports) in partition.blocks().iter().zip(ports) {
                let here = points(|atom, port| block.contains(atom) && ports.contains(port));
                prop_assert_eq!(here, points(|atom, port| block.contains(atom) && side.contains(atom, port)));
            }
        }

        #[test]
        fn difference_and_intersection_part_the_points(a in terms(), b in terms()) {
            let (a, b) = (Side::of(&a), Side::of(&b));
            let (both, alone) = (a.intersection(&b), a.difference(&b));
            prop_assert_eq!(
                points(|atom, port| both.contains(atom, port)),
                points(|atom, port| a.contains(atom, port) && b.contains(atom, port))
            );
            prop_assert_eq!(
                points(|atom, port| alone.contains(atom, port)),
                points(|atom, port| a.contains(atom, port) && !b.contains(atom, port))
            );
        }
    }
}
