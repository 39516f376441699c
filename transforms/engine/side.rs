//! What one side of a connection lets through, as exact sets over atoms and ports.

use std::sync::Arc;

use super::partition::Partition;
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
        let parts = partition.parts(terms);
        let pairs = parts.ports(terms).into_iter().enumerate();
        let part = |(part, ports)| Part {
            atoms: parts.atoms([part]),
            ports,
        };
        Self::canonical(pairs.map(part).collect())
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
    use std::collections::BTreeSet;

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
            let parts = partition.parts(&ours);
            let side = Side::of(&ours);
            for (part, ports) in parts.ports(&ours).iter().enumerate() {
                let block = parts.atoms([part]);
                let here = points(|atom, port| block.contains(atom) && ports.contains(port));
                prop_assert_eq!(here, points(|atom, port| block.contains(atom) && side.contains(atom, port)));
            }
        }

        #[test]
        fn a_part_counts_the_blocks_that_the_sets_of_others_cut_it_into(ours in terms(), others in terms()) {
            let all = || ours.iter().chain(&others);
            let partition = Partition::new(all().map(|term| &term.atoms));
            let parts = partition.parts(&ours);
            for part in 0..parts.len() {
                let holders = |atom: u32| all().map(|term| term.atoms.contains(atom)).collect::<Vec<_>>();
                let kinds: BTreeSet<Vec<bool>> = parts.atoms([part]).iter().map(holders).collect();
                prop_assert_eq!(parts.blocks(part), kinds.len() as u64);
            }
        }

        #[test]
        fn what_a_policy_does_part_by_part_is_what_its_terms_do(terms in terms()) {
            let parts_of = Partition::new(terms.iter().map(|term| &term.atoms));
            let parts = parts_of.parts(&terms);
            for (denies, found) in [false, true].into_iter().zip(parts.allowed_and_denied(&terms)) {
                let all = |part| {
                    let block = parts.atoms([part]);
                    let there = terms.iter().filter(|term| term.denies == denies && block.is_subset(&term.atoms));
                    there.fold(Ports::NONE, |all, term| all.union(&term.ports))
                };
                let plain = (0..parts.len()).map(|part| (part, all(part)));
                let plain: Vec<_> = plain.filter(|(_, ports)| !ports.is_empty()).collect();
                prop_assert_eq!(found, plain);
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
