//! All edits of one document as a tree of their paths, so that one walk makes them.

use std::collections::BTreeMap;

use super::edit::{Edit, Item, Path, Place, Refusal, Step};
use super::value::{Scalar, Value};

/// What happens at one node and below it.
#[derive(Debug, Default)]
pub(super) struct Plan<'e> {
    pub(super) own: Own<'e>,
    pub(super) keys: BTreeMap<&'e str, Plan<'e>>,
    pub(super) indices: BTreeMap<usize, Plan<'e>>,
}

/// What happens to the node itself.
#[derive(Debug, Default)]
pub(super) enum Own<'e> {
    /// Nothing, but perhaps something below it.
    #[default]
    Nothing,
    Set(&'e Scalar),
    /// The pair whose value this is leaves its mapping.
    Remove,
    Insert(Vec<(&'e str, &'e Value)>),
    Items(&'e [Item]),
}

impl<'e> Plan<'e> {
    /// Sorts `edits` by their paths.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] where two edits cannot both be made, [`Refusal::NotFound`] for the removal of an item or
    /// of the root.
    pub(super) fn new(edits: impl IntoIterator<Item = &'e Edit>) -> Result<Self, Refusal> {
        let mut root = Self::default();
        for edit in edits {
            root.add(edit)?;
        }
        root.check(&mut Path::default())?;
        Ok(root)
    }

    /// Tells whether something is changed below the node.
    pub(super) fn has_inner(&self) -> bool {
        !self.keys.is_empty() || !self.indices.is_empty()
    }

    fn add(&mut self, edit: &'e Edit) -> Result<(), Refusal> {
        let (at, own) = match edit {
            Edit::Set { at, value } => (at, Own::Set(value)),
            Edit::Remove { at } => match at.0.last() {
                Some(Step::Key(_)) => (at, Own::Remove),
                Some(Step::Index(_)) | None => return Err(Refusal::NotFound(place(at))),
            },
            Edit::Insert { at, key, value } => (at, Own::Insert(vec![(key.as_str(), value)])),
            Edit::Items { at, items } => (at, Own::Items(items)),
        };
        let node = at.0.iter().fold(self, |node, step| match step {
            Step::Key(key) => node.keys.entry(key).or_default(),
            Step::Index(index) => node.indices.entry(*index).or_default(),
        });
        match (&mut node.own, own) {
            (Own::Insert(pairs), Own::Insert(more))
                if !pairs.iter().any(|(key, _)| more.iter().any(|(other, _)| key == other)) =>
            {
                pairs.extend(more);
            }
            (empty @ Own::Nothing, own) => *empty = own,
            (Own::Set(_) | Own::Remove | Own::Insert(_) | Own::Items(_), _) => {
                return Err(Refusal::Conflict(place(at)));
            }
        }
        Ok(())
    }

    /// Finds edits below a node that goes or becomes something else; the walk is as deep as the edits' paths.
    fn check(&self, path: &mut Path) -> Result<(), Refusal> {
        let conflict = match &self.own {
            Own::Set(_) | Own::Remove => self.has_inner(),
            Own::Insert(_) => !self.indices.is_empty(),
            Own::Items(items) => !self.keys.is_empty() || !ascends(items) || !self.keeps_edited(items),
            Own::Nothing => !self.keys.is_empty() && !self.indices.is_empty(),
        };
        if conflict {
            return Err(Refusal::Conflict(place(path)));
        }
        for (key, plan) in &self.keys {
            path.0.push(Step::Key((*key).to_owned()));
            plan.check(path)?;
            path.0.pop();
        }
        for (index, plan) in &self.indices {
            path.0.push(Step::Index(*index));
            plan.check(path)?;
            path.0.pop();
        }
        Ok(())
    }

    fn keeps_edited(&self, items: &[Item]) -> bool {
        let mut edited = self.indices.keys().peekable();
        for kept in items.iter().filter_map(kept) {
            edited.next_if(|edited| **edited == kept);
        }
        edited.peek().is_none()
    }
}

fn ascends(items: &[Item]) -> bool {
    items.iter().filter_map(kept).is_sorted_by(|one, other| one < other)
}

fn kept(item: &Item) -> Option<usize> {
    match item {
        Item::Keep(index) => Some(*index),
        Item::Copy { .. } | Item::New(_) => None,
    }
}

fn place(path: &Path) -> Place {
    Place {
        path: path.clone(),
        span: None,
    }
}
