//! Atoms in blocks that no set of some terms parts, so that many sides over the same sets are compared port by port.

use std::collections::HashMap;
use std::sync::Arc;

use super::blocks::{Blocks, Run, joined, runs};
use super::ports::Ports;
use super::side::Term;
use super::space::{Atoms, share};

/// Atoms in blocks that no set of some terms parts.
///
/// All sides that are held against each other go through one partition: of both engines, of each state, and of every
/// class that the same policies bear on, such as those of one namespace. Each side then sees [`Parts`] of it: blocks
/// that its own terms don't tell apart are one part, so that a side costs what is in its terms and not what is in all.
#[derive(Debug, Clone, Default)]
pub struct Partition {
    blocks: Blocks,
    /// The blocks of each set; equal sets are there once.
    members: Vec<Vec<Run>>,
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
        let whole = bounds.into_iter().fold(Atoms::new(), |all, one| all | one);
        let mut by_address: HashMap<usize, (Arc<Atoms>, usize)> = HashMap::new();
        let mut by_runs: HashMap<Vec<Run>, usize> = HashMap::new();
        for set in sets {
            by_address.entry(address(set)).or_insert_with(|| {
                let next = by_runs.len();
                (set.clone(), *by_runs.entry(runs(set)).or_insert(next))
            });
        }
        let mut distinct: Vec<(Vec<Run>, usize)> = by_runs.into_iter().collect();
        distinct.sort_unstable_by_key(|(_, at)| *at);
        let blocks = Blocks::of(&runs(&whole), distinct.iter().map(|(runs, _)| runs.as_slice()));
        Self {
            members: distinct.iter().map(|(runs, _)| blocks.within(runs)).collect(),
            blocks,
            sets: by_address,
        }
    }

    /// Joins the blocks that the sets of some terms don't part.
    ///
    /// A term whose set the partition was not made of counts for nothing.
    pub fn parts<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> Parts<'_> {
        let mut chosen: HashMap<usize, usize> = HashMap::new();
        let mut sets: Vec<&[Run]> = Vec::new();
        for term in terms {
            if let Some((_, set)) = self.sets.get(&address(&term.atoms)) {
                chosen.entry(*set).or_insert_with(|| {
                    sets.push(&self.members[*set]);
                    sets.len() - 1
                });
            }
        }
        let last = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX).checked_sub(1);
        let whole: Vec<Run> = last.map(|last| (0, last)).into_iter().collect();
        let joined = Blocks::of(&whole, sets.iter().copied());
        Parts {
            partition: self,
            members: sets.iter().map(|set| joined.within(set)).collect(),
            joined,
            chosen,
        }
    }
}

/// The parts of a partition that some terms tell apart.
#[derive(Debug)]
pub struct Parts<'p> {
    partition: &'p Partition,
    /// Numbers of blocks.
    joined: Blocks,
    /// The parts of each set that is chosen.
    members: Vec<Vec<Run>>,
    /// Where the parts of a set of the partition are.
    chosen: HashMap<usize, usize>,
}

impl Parts<'_> {
    /// Returns how many parts there are; no two share an atom.
    pub const fn len(&self) -> usize {
        self.joined.len()
    }

    /// Tells whether there is no part.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts the blocks of the partition in a part.
    pub fn blocks(&self, part: usize) -> u64 {
        self.joined.size(part)
    }

    /// Returns the atoms of some parts.
    pub fn atoms(&self, parts: impl IntoIterator<Item = usize>) -> Atoms {
        atoms(&self.runs(parts))
    }

    /// Returns the atoms of some parts as one of `known`, so that equal ones are there once.
    pub fn known_atoms(&self, parts: impl IntoIterator<Item = usize>, known: &mut KnownAtoms) -> Arc<Atoms> {
        let make = |runs: &Vec<Run>| share(atoms(runs));
        known.0.entry(self.runs(parts)).or_insert_with_key(make).clone()
    }

    fn runs(&self, parts: impl IntoIterator<Item = usize>) -> Vec<Run> {
        let blocks = parts.into_iter().flat_map(|part| self.joined.runs(part));
        let blocks = blocks.flat_map(|&(first, last)| first..=last);
        let mut runs: Vec<Run> = blocks
            .flat_map(|block| self.partition.blocks.runs(block as usize))
            .copied()
            .collect();
        runs.sort_unstable();
        joined(runs)
    }

    /// Counts what the terms say of the parts: each term of each part that it holds.
    pub fn count<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> u64 {
        let members = terms.into_iter().flat_map(|term| self.members(term));
        members.map(|&(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Returns what terms let through, by part; deny terms win.
    pub fn ports<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> Vec<Ports> {
        let mut ports = vec![Ports::NONE; self.len()];
        let [allowed, denied] = self.allowed_and_denied(terms);
        for (part, allowed) in allowed {
            ports[part] = allowed;
        }
        for (part, denied) in denied {
            ports[part] = ports[part].difference(&denied);
        }
        ports
    }

    /// Returns what terms allow and what they deny, each by part, sorted, without the parts of which they say nothing.
    pub fn allowed_and_denied<'t>(&self, terms: impl IntoIterator<Item = &'t Term>) -> [Vec<(usize, Ports)>; 2] {
        let mut said: [Vec<(u32, &Ports)>; 2] = [Vec::new(), Vec::new()];
        for term in terms {
            let of_term = self.members(term).iter().flat_map(|&(first, last)| first..=last);
            said[usize::from(term.denies)].extend(of_term.map(|part| (part, &term.ports)));
        }
        said.map(|mut said| {
            said.sort_by_key(|(part, _)| *part);
            let same_part = said.chunk_by(|(a, _), (b, _)| a == b);
            let union = |said: &[(u32, &Ports)]| {
                let ports = Ports::union_of(said.iter().map(|(_, ports)| *ports));
                (said[0].0 as usize, ports)
            };
            same_part.map(union).filter(|(_, ports)| !ports.is_empty()).collect()
        })
    }

    fn members(&self, term: &Term) -> &[Run] {
        let set = self.partition.sets.get(&address(&term.atoms));
        let chosen = set.and_then(|(_, set)| self.chosen.get(set));
        chosen.map_or(&[], |&at| self.members[at].as_slice())
    }
}

/// Atoms that are there once each.
#[derive(Debug, Clone, Default)]
pub struct KnownAtoms(HashMap<Vec<Run>, Arc<Atoms>>);

fn atoms(runs: &[Run]) -> Atoms {
    let mut atoms = Atoms::new();
    for &(first, last) in runs {
        atoms.insert_range(first..=last);
    }
    atoms
}

fn address(set: &Arc<Atoms>) -> usize {
    Arc::as_ptr(set).addr()
}
