//! What aliases may make of a document: how much they stand for together, and how deep that nests.
//!
//! Whoever follows aliases of a [`Tree`](super::Tree) meets no more than this, and comes to an end.

use std::collections::BTreeMap;

/// How many values the aliases of a document may stand for together.
///
/// From here on kubectl's reader asks that a document also writes values itself.
///
/// # Source
/// <https://github.com/kubernetes-sigs/yaml/blob/v1.4.0/goyaml.v2/decode.go#L267-L286>
const VALUES: u64 = 400_000;

/// How deep a document may nest where its aliases are followed, as deep as one may be written.
const DEPTH: u32 = 255;

/// How many bytes of a scalar's text count as much as a value.
const BYTES: u64 = 64;

/// Why an alias is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Excess {
    /// It stands inside of what it stands for.
    #[error("the alias stands inside of its own anchor's value, which so has no end")]
    Cycle,
    /// Together with those before it, it stands for too much.
    #[error("the aliases up to here stand for more than {VALUES} values; use fewer")]
    Values,
    /// What it stands for nests too deep.
    #[error("with what the alias stands for, values nest deeper than {DEPTH} levels")]
    Depth,
}

/// How much a node is where its aliases are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extent {
    /// Its values, itself among them; long texts count as several.
    values: u64,
    /// How many collections are in one another, itself included.
    depth: u32,
}

impl Extent {
    /// Returns the extent of a scalar with so many bytes of text.
    pub(super) fn of_scalar(bytes: u32) -> Self {
        Self {
            values: 1 + u64::from(bytes) / BYTES,
            depth: 0,
        }
    }

    /// Returns the extent of a collection that holds nothing yet.
    pub(super) const fn of_collection() -> Self {
        Self { values: 1, depth: 1 }
    }

    /// Adds a child.
    pub(super) fn hold(&mut self, child: Self) {
        self.values = self.values.saturating_add(child.values);
        self.depth = self.depth.max(child.depth.saturating_add(1));
    }
}

/// What the aliases of a document have taken so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    taken: u64,
    /// The extent of each collection with an anchor, once it has ended.
    ended: BTreeMap<u32, Extent>,
}

impl Budget {
    /// Notes that the collection `id`, which has an anchor, has ended.
    pub(super) fn end(&mut self, id: u32, extent: Extent) {
        self.ended.insert(id, extent);
    }

    /// Takes an alias of the collection `id`, and returns how much that is.
    ///
    /// # Errors
    /// [`Excess::Cycle`] where the collection has not ended, else as [`Budget::take`].
    pub(super) fn take_collection(&mut self, id: u32, level: usize) -> Result<Extent, Excess> {
        let extent = *self.ended.get(&id).ok_or(Excess::Cycle)?;
        self.take(extent, level)
    }

    /// Takes an alias, inside of `level` collections, of something of this extent.
    ///
    /// # Errors
    /// [`Excess`] where that is too much or too deep.
    pub(super) fn take(&mut self, extent: Extent, level: usize) -> Result<Extent, Excess> {
        self.taken = self.taken.saturating_add(extent.values);
        if self.taken > VALUES {
            return Err(Excess::Values);
        }
        let level = u32::try_from(level).unwrap_or(u32::MAX);
        if level.saturating_add(extent.depth) > DEPTH {
            return Err(Excess::Depth);
        }
        Ok(extent)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::yaml::{Tree, documents};

    fn message(text: &str) -> Option<String> {
        Tree::parse(text, documents(text)[0])
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn an_alias_inside_of_its_own_value_is_refused_where_it_stands() {
        for text in [
            "a: &a {b: *a}",
            "&a [*a]",
            "a: &a {<<: *a}",
            "a: &a\n  b: &b\n  - *a\n",
            "&a\n? *a\n: b\n",
        ] {
            assert_eq!(message(text), Some(Excess::Cycle.to_string()), "{text}");
        }
        let text = "b: 1\na: &a {b: *a}";
        let error = Tree::parse(text, documents(text)[0]).unwrap_err();
        assert_eq!(error.offset, 15);
    }

    #[test]
    fn an_anchor_that_is_used_again_is_another_one() {
        assert_eq!(
            message("a: &a [x]\nb: &a [*a, y]\nc: *a\n"),
            Some(Excess::Cycle.to_string())
        );
        assert_eq!(message("a: &a [x]\nb: [*a]\nc: &a [y]\nd: *a\n"), None);
    }

    /// Each level holds the one below twice.
    fn doubled(levels: usize, open: &str, close: &str) -> String {
        let mut text = "a0: &a0 {x: 1}\n".to_owned();
        for level in 1..=levels {
            let below = level - 1;
            writeln!(text, "a{level}: &a{level} {open}*a{below}, *a{below}{close}").unwrap();
        }
        text
    }

    #[test]
    fn what_all_aliases_stand_for_is_counted() {
        for (open, close) in [("[", "]"), ("{<<: [", "]}")] {
            assert_eq!(message(&doubled(14, open, close)), None);
            assert_eq!(message(&doubled(60, open, close)), Some(Excess::Values.to_string()));
        }
        let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(64_000), "*a, ".repeat(500));
        assert_eq!(
            message(&text),
            Some(Excess::Values.to_string()),
            "texts count by their length"
        );
    }

    #[test]
    fn a_chain_of_aliases_nests_no_deeper_than_what_is_written() {
        let chain = |levels: usize| {
            let mut text = "a0: &a0 x\n".to_owned();
            for level in 1..=levels {
                writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
            }
            text
        };
        assert_eq!(message(&chain(254)), None);
        assert_eq!(message(&chain(300)), Some(Excess::Depth.to_string()));
    }
}
