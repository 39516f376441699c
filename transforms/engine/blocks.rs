//! Numbers in blocks that none of many sets parts, found in one sweep over where the sets begin and end.

use std::collections::HashMap;

use roaring::RoaringBitmap;

/// The first and the last of numbers that follow one another.
pub(super) type Run = (u32, u32);

/// Returns a set as sorted runs that do not touch.
pub(super) fn runs(set: &RoaringBitmap) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut numbers = set.iter();
    while let Some(run) = numbers.next_range() {
        extend(&mut runs, (*run.start(), *run.end()));
    }
    runs
}

/// Joins those of sorted runs that touch.
pub(super) fn joined(sorted: Vec<Run>) -> Vec<Run> {
    let mut runs = Vec::new();
    for run in sorted {
        extend(&mut runs, run);
    }
    runs
}

/// Adds a run behind the others; those that touch become one.
fn extend(runs: &mut Vec<Run>, (first, last): Run) {
    match runs.last_mut() {
        Some(open) if open.1 + 1 == first => open.1 = last,
        Some(_) | None => runs.push((first, last)),
    }
}

/// Some numbers in blocks: two are in one block where the same sets hold them.
///
/// Blocks are numbered by their first number.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    /// Runs in order, each of one block.
    pieces: Vec<(Run, u32)>,
    of_block: Vec<Vec<Run>>,
    holders: Holders,
    /// The sets that hold each block.
    held_by: Vec<Held>,
}

impl Blocks {
    /// Parts the numbers of `whole` by the sets, each of sorted runs that do not touch.
    pub(super) fn of<'r>(whole: &[Run], sets: impl ExactSizeIterator<Item = &'r [Run]>) -> Self {
        let mut blocks = Self {
            holders: Holders::of(sets.len()),
            ..Self::default()
        };
        let mut edges = edges(sets);
        edges.sort_unstable();
        let mut edges = edges.into_iter().peekable();
        let mut known: HashMap<Held, u32> = HashMap::new();
        let mut held = Held::default();
        for &(first, last) in whole {
            let mut at = u64::from(first);
            while at <= u64::from(last) {
                while let Some((_, set)) = edges.next_if(|&(edge, _)| edge <= at) {
                    held = blocks.holders.toggled(held, set);
                }
                let next = edges.peek().map_or(u64::MAX, |&(edge, _)| edge);
                let end = next.min(u64::from(last) + 1);
                let number = u32::try_from(blocks.held_by.len()).unwrap_or(u32::MAX);
                let block = *known.entry(held).or_insert(number);
                if block == number {
                    blocks.held_by.push(held);
                    blocks.of_block.push(Vec::new());
                }
                blocks.add((narrow(at), narrow(end - 1)), block);
                at = end;
            }
        }
        blocks
    }

    fn add(&mut self, run: Run, block: u32) {
        match self.pieces.last_mut() {
            Some((open, of)) if *of == block && open.1 + 1 == run.0 => open.1 = run.1,
            Some(_) | None => self.pieces.push((run, block)),
        }
        extend(&mut self.of_block[block as usize], run);
    }

    /// Returns how many blocks there are.
    pub(super) const fn len(&self) -> usize {
        self.of_block.len()
    }

    /// Returns the numbers of a block.
    pub(super) fn runs(&self, block: usize) -> &[Run] {
        &self.of_block[block]
    }

    /// Counts the numbers of a block.
    pub(super) fn size(&self, block: usize) -> u64 {
        let runs = self.of_block[block].iter();
        runs.map(|&(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Returns the block of a number, where it has one.
    pub(super) fn block(&self, number: u32) -> Option<usize> {
        let at = self.pieces.partition_point(|((_, last), _)| *last < number);
        let ((first, _), block) = self.pieces.get(at)?;
        (*first <= number).then_some(*block as usize)
    }

    /// Returns the blocks of one of the sets that the numbers were parted by, as runs.
    pub(super) fn within(&self, set: &[Run]) -> Vec<Run> {
        let mut found: Vec<u32> = Vec::new();
        for &(first, last) in set {
            let from = self.pieces.partition_point(|(run, _)| run.1 < first);
            let inside = self.pieces[from..].iter().take_while(|(run, _)| run.0 <= last);
            found.extend(inside.map(|(_, block)| *block));
        }
        found.sort_unstable();
        found.dedup();
        let mut runs = Vec::new();
        for block in found {
            extend(&mut runs, (block, block));
        }
        runs
    }

    /// Returns the sets that hold a block, sorted.
    pub(super) fn sets_of(&self, block: usize) -> Vec<u32> {
        self.holders.sets(self.held_by[block])
    }
}

/// Returns where each set begins and where it no longer holds, with its number.
fn edges<'r>(sets: impl Iterator<Item = &'r [Run]>) -> Vec<(u64, u32)> {
    let mut edges = Vec::new();
    for (set, runs) in (0..).zip(sets) {
        for &(first, last) in runs {
            edges.extend([(u64::from(first), set), (u64::from(last) + 1, set)]);
        }
    }
    edges
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The sets that hold a number, by a number that equal ones share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Held(u32);

/// Every selection of some sets that was ever met, each once.
///
/// A selection is a tree over the sets' numbers, of which equal parts are there once: with one set more or less it
/// costs as many new parts as the tree is high, and two selections are compared by their numbers.
#[derive(Debug, Clone)]
struct Holders {
    /// Of how many levels the trees are, above their leaves.
    height: u32,
    /// A bit for each of as many sets.
    leaves: Interned<u128>,
    /// Two parts of the level below.
    forks: Interned<[u32; 2]>,
}

impl Default for Holders {
    fn default() -> Self {
        Self::of(0)
    }
}

impl Holders {
    fn of(sets: usize) -> Self {
        let leaves = sets.div_ceil(u128::BITS as usize).max(1);
        Self {
            height: leaves.next_power_of_two().trailing_zeros(),
            leaves: Interned::with(0),
            forks: Interned::with([0, 0]),
        }
    }

    /// Returns a selection with a set more, or without it where it holds it.
    fn toggled(&mut self, held: Held, set: u32) -> Held {
        Held(self.part(held.0, self.height, set))
    }

    fn part(&mut self, part: u32, level: u32, set: u32) -> u32 {
        let Some(below) = level.checked_sub(1) else {
            let leaf = self.leaves.get(part) ^ (1 << (set % u128::BITS));
            return self.leaves.number(leaf);
        };
        let mut fork = self.forks.get(part);
        let side = ((set / u128::BITS) >> below) & 1;
        let branch = &mut fork[side as usize];
        *branch = self.part(*branch, below, set);
        self.forks.number(fork)
    }

    fn sets(&self, held: Held) -> Vec<u32> {
        let mut found = Vec::new();
        self.collect(held.0, self.height, 0, &mut found);
        found
    }

    fn collect(&self, part: u32, level: u32, leaf: u32, found: &mut Vec<u32>) {
        // The first of each kind is the empty one.
        if part == 0 {
            return;
        }
        let Some(below) = level.checked_sub(1) else {
            let mut bits = self.leaves.get(part);
            while bits != 0 {
                found.push(leaf * u128::BITS + bits.trailing_zeros());
                bits &= bits - 1;
            }
            return;
        };
        for (branch, side) in self.forks.get(part).into_iter().zip(0..) {
            self.collect(branch, below, leaf + (side << below), found);
        }
    }
}

/// Values that are there once each, by their numbers.
#[derive(Debug, Clone)]
struct Interned<T> {
    all: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T: Copy + Eq + std::hash::Hash> Interned<T> {
    /// Starts with one value, which gets the number 0.
    fn with(first: T) -> Self {
        Self {
            all: vec![first],
            numbers: HashMap::from([(first, 0)]),
        }
    }

    fn get(&self, number: u32) -> T {
        self.all[number as usize]
    }

    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with(|| {
            self.all.push(value);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn set() -> impl Strategy<Value = RoaringBitmap> {
        proptest::collection::vec(0_u32..60, 0..40).prop_map(|numbers| numbers.into_iter().collect())
    }

    /// Parts numbers one by one.
    fn plainly(whole: &RoaringBitmap, sets: &[RoaringBitmap]) -> Vec<(Vec<u32>, RoaringBitmap)> {
        let mut blocks: BTreeMap<Vec<u32>, RoaringBitmap> = BTreeMap::new();
        for number in whole {
            let holding = (0..).zip(sets).filter(|(_, set)| set.contains(number));
            let holding = holding.map(|(index, _)| index).collect();
            blocks.entry(holding).or_default().insert(number);
        }
        let mut blocks: Vec<_> = blocks.into_iter().collect();
        blocks.sort_by_key(|(_, block)| block.min());
        blocks
    }

    fn numbers(runs: &[Run]) -> RoaringBitmap {
        runs.iter().flat_map(|&(first, last)| first..=last).collect()
    }

    proptest! {
        #[test]
        fn one_sweep_parts_numbers_as_one_look_at_each_does(
            whole in set(),
            few in proptest::collection::vec(set(), 0..8),
            copies in 1_usize..50,
        ) {
            // More sets than a leaf holds.
            let sets: Vec<_> = few.iter().cycle().take(few.len() * copies).cloned().collect();
            let of_sets: Vec<Vec<Run>> = sets.iter().map(runs).collect();
            let blocks = Blocks::of(&runs(&whole), of_sets.iter().map(Vec::as_slice));
            let found: Vec<_> = (0..blocks.len()).map(|at| (blocks.sets_of(at), numbers(blocks.runs(at)))).collect();
            prop_assert_eq!(&found, &plainly(&whole, &sets));
            for (at, (_, block)) in found.iter().enumerate() {
                prop_assert_eq!(blocks.size(at), block.len());
                prop_assert!(block.iter().all(|number| blocks.block(number) == Some(at)));
            }
            for (set, runs) in sets.iter().zip(&of_sets) {
                let inside = (0_u32..).zip(&found).filter(|(_, (_, block))| !block.is_disjoint(set));
                let inside: RoaringBitmap = inside.map(|(at, _)| at).collect();
                prop_assert_eq!(numbers(&blocks.within(runs)), inside);
            }
        }
    }
}
