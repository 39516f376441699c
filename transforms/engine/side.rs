//! What one side of a connection lets through, as a canonical set over atoms and ports.

use super::ports::{Port, Ports};
use super::space::Atoms;

/// Some atoms on some ports.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// Who.
    pub atoms: Atoms,
    /// On what.
    pub ports: Ports,
}

/// What a pod may receive or send: atoms grouped by their ports, sorted by these, so that equal sets are equal values.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Side {
    parts: Vec<Term>,
}

impl Side {
    /// Makes the union of terms.
    pub fn of(terms: impl IntoIterator<Item = Term>) -> Self {
        let mut parts = Vec::new();
        for term in terms {
            add(&mut parts, term);
        }
        Self::canonical(parts)
    }

    /// Returns the atoms with a port, grouped by their ports.
    pub fn parts(&self) -> &[Term] {
        &self.parts
    }

    /// Tells whether nothing is let through.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Tells whether an atom is let through on a port.
    pub fn contains(&self, atom: u32, port: Port) -> bool {
        let part = self.parts.iter().find(|part| part.atoms.contains(atom));
        part.is_some_and(|part| part.ports.contains(port))
    }

    /// Returns what is let through on both sides.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self.parts.iter().flat_map(|ours| other.parts.iter().map(move |theirs| (ours, theirs)));
        Self::canonical(
            pairs
                .map(|(ours, theirs)| Term {
                    atoms: &ours.atoms & &theirs.atoms,
                    ports: ours.ports.intersection(&theirs.ports),
                })
                .collect(),
        )
    }

    /// Returns what is let through here and not there.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut parts = Vec::new();
        for ours in &self.parts {
            let mut alone = ours.atoms.clone();
            for theirs in &other.parts {
                alone -= &theirs.atoms;
                parts.push(Term {
                    atoms: &ours.atoms & &theirs.atoms,
                    ports: ours.ports.difference(&theirs.ports),
                });
            }
            parts.push(Term {
                atoms: alone,
                ports: ours.ports.clone(),
            });
        }
        Self::canonical(parts)
    }

    /// Joins and sorts parts of which no two share an atom.
    fn canonical(mut parts: Vec<Term>) -> Self {
        parts.retain(|part| !part.atoms.is_empty() && !part.ports.is_empty());
        parts.sort_by(|a, b| a.ports.cmp(&b.ports));
        let mut joined: Vec<Term> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.last_mut() {
                Some(last) if last.ports == part.ports => last.atoms |= part.atoms,
                Some(_) | None => joined.push(part),
            }
        }
        Self { parts: joined }
    }
}

/// Adds a term to parts of which no two share an atom.
fn add(parts: &mut Vec<Term>, term: Term) {
    let mut left = term.atoms;
    let mut split = Vec::new();
    for part in parts.iter_mut() {
        let shared = &part.atoms & &left;
        if shared.is_empty() {
            continue;
        }
        left -= &shared;
        let ports = part.ports.union(&term.ports);
        if ports == part.ports {
            continue;
        }
        part.atoms -= &shared;
        split.push(Term { atoms: shared, ports });
    }
    split.push(Term {
        atoms: left,
        ports: term.ports,
    });
    parts.extend(split.into_iter().filter(|part| !part.atoms.is_empty()));
    parts.retain(|part| !part.atoms.is_empty());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert_eq, proptest};

    use super::*;
    use crate::engine::ports::Transport;

    fn terms() -> impl Strategy<Value = Vec<Term>> {
        let term = (proptest::collection::vec(0_u32..12, 1..6), 1_u16..6, 0_u16..4).prop_map(|(atoms, first, length)| Term {
            atoms: atoms.into_iter().collect(),
            ports: Ports::range(Transport::Tcp, first, first + length),
        });
        proptest::collection::vec(term, 0..6)
    }

    fn points(side: &Side) -> Vec<(u32, u16)> {
        let all = (0..12).flat_map(|atom| (0..12).map(move |number| (atom, number)));
        let port = |number| Port {
            transport: Transport::Tcp,
            number,
        };
        all.filter(|&(atom, number)| side.contains(atom, port(number))).collect()
    }

    proptest! {
        #[test]
        fn the_order_of_terms_does_not_matter(terms in terms()) {
            let reversed: Vec<_> = terms.iter().rev().cloned().collect();
            prop_assert_eq!(Side::of(terms), Side::of(reversed));
        }

        #[test]
        fn difference_and_intersection_part_the_points(a in terms(), b in terms()) {
            let (a, b) = (Side::of(a), Side::of(b));
            let in_both: Vec<_> = points(&a).into_iter().filter(|point| points(&b).contains(point)).collect();
            let in_one: Vec<_> = points(&a).into_iter().filter(|point| !points(&b).contains(point)).collect();
            prop_assert_eq!(points(&a.intersection(&b)), in_both);
            prop_assert_eq!(points(&a.difference(&b)), in_one);
        }
    }
}
