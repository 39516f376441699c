//! Where the keys of a config stand, for messages about facts that it states.

use ciliate_transforms::source::{LineCol, LineIndex, Span};
use ciliate_transforms::yaml::{Kind, Node, Tree};

use crate::stop::Stop;

/// A config's text with its places.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    path: String,
    text: String,
    index: LineIndex,
    tree: Tree,
}

impl Default for Lines {
    /// The places of a config that is not there.
    fn default() -> Self {
        Self {
            path: String::new(),
            text: String::new(),
            index: LineIndex::new(""),
            tree: Tree::default(),
        }
    }
}

impl Lines {
    /// Reads where keys stand.
    ///
    /// What is read here is bounded: it nests no deeper and its aliases stand for no more than in a manifest, so that
    /// its values can be read too.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a text that is not YAML.
    pub(crate) fn new(path: &str, text: &str) -> Result<Self, Stop> {
        let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        let index = LineIndex::new(text);
        let tree = Tree::parse(text, whole).map_err(|error| {
            let LineCol { line, column } = index.line_col(text, error.offset);
            Stop::Usage(format!("{path}:{line}:{column}: {error}"))
        })?;
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            index,
            tree,
        })
    }

    /// Returns the file's path as people see it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns `path:line` of the key at a path of keys and indices; the file's path where it does not stand.
    pub(crate) fn place(&self, keys: &[&str]) -> String {
        let place = self.tree.root(&self.text).and_then(|root| find(root, keys));
        match place {
            Some(key) => {
                let at = self.index.line_col(&self.text, key.span().start);
                format!("{}:{}", self.path, at.line)
            }
            None => self.path.clone(),
        }
    }

    /// Makes the stop of a wrong value at a path of keys.
    pub(crate) fn wrong(&self, keys: &[&str], message: &str) -> Stop {
        let names = keys.join(".");
        Stop::Usage(format!("{}: {names}: {message}", self.place(keys)))
    }
}

/// Returns the node of the last key, or the item of a last index.
fn find<'t>(root: Node<'t>, keys: &[&str]) -> Option<Node<'t>> {
    let (last, way) = keys.split_last()?;
    let parent = way.iter().try_fold(root, |node, key| step(node, key))?;
    match parent.resolved().kind() {
        Kind::Mapping => parent.key_of(last),
        Kind::Sequence => step(parent, last),
        Kind::Scalar | Kind::Alias => None,
    }
}

fn step<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    match node.resolved().kind() {
        Kind::Mapping => node.get(key),
        Kind::Sequence => node.resolved().items().nth(key.parse().ok()?),
        Kind::Scalar | Kind::Alias => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_items_have_a_line() {
        let lines = Lines::new(
            "c.yaml",
            "version: 1\nclusters:\n- name: a\n- name: b\n  pod-cidrs:\n  - 10.0.0.0/8\n",
        )
        .unwrap();
        assert_eq!(lines.place(&["clusters", "1", "pod-cidrs"]), "c.yaml:5");
        assert_eq!(lines.place(&["clusters", "1", "pod-cidrs", "0"]), "c.yaml:6");
        assert_eq!(lines.place(&["clusters", "2", "name"]), "c.yaml");
    }
}
