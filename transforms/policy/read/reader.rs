//! Reads nodes as fields of an object, and remembers what the API server would refuse.

use std::borrow::Cow;

use super::key::{entries, key_text};
use super::scalar::Scalar;
use crate::policy::dns;
use crate::source::Span;
use crate::suggest::did_you_mean;
use crate::yaml::{Kind, Node, Style};

/// What is read of one object beside its values.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    /// What the API server refuses, each with the bytes at fault.
    pub(super) problems: Vec<(Span, String)>,
    /// The bytes of each `${VAR}`.
    pub(super) substitutions: Vec<Span>,
    /// The bytes of each label of a selector whose value is null.
    pub(super) null_labels: Vec<Span>,
}

impl<'a> Reader<'a> {
    /// Makes a reader of objects in `text`.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self {
            text,
            problems: Vec::new(),
            substitutions: Vec::new(),
            null_labels: Vec::new(),
        }
    }

    /// Remembers that the API server refuses what a node says.
    pub(super) fn refuse(&mut self, node: Node<'_>, problem: impl Into<String>) {
        self.problems.push((node.span(), problem.into()));
    }

    /// Remembers a problem with a node, if there is one.
    pub(super) fn check(&mut self, node: Node<'_>, result: Result<(), String>) {
        if let Err(problem) = result {
            self.refuse(node, problem);
        }
    }

    /// Returns the field `name` of an object, `None` where it is missing or null.
    pub(crate) fn field(object: Node<'a>, name: &str) -> Option<Node<'a>> {
        object.get(name).filter(|value| !value.is_null())
    }

    /// Returns the field `name` where it is a mapping.
    pub(super) fn mapping(&mut self, object: Node<'a>, name: &str) -> Option<Node<'a>> {
        let value = Self::field(object, name)?;
        self.is_object(value, name).then_some(value)
    }

    /// Tells whether a node is an object; null is one without fields.
    pub(super) fn is_object(&mut self, node: Node<'a>, name: &str) -> bool {
        let fits = node.resolved().kind() == Kind::Mapping;
        if !fits && !node.is_null() {
            self.refuse(node, format!("`{name}` must be a mapping"));
        }
        fits
    }

    /// Remembers each field of an object that its type does not have.
    ///
    /// The server refuses them of a client that asks it to be strict, and drops them for any other.
    pub(super) fn known(&mut self, object: Node<'a>, fields: &[&str]) {
        self.apart(object);
        for (key, _) in entries(object) {
            let name = key_text(key);
            if !fields.contains(&name.as_ref()) {
                let near = did_you_mean(&name, fields);
                self.refuse(
                    key,
                    format!(
                        "no field here is called `{name}`: strict clients (kubectl, Argo CD, Flux) are refused with it, \
                         for any other the server drops it{near}"
                    ),
                );
            }
        }
    }

    /// Refuses keys in brackets whose colon stands right before a comma or bracket: kubectl takes it for a part of the key.
    fn apart(&mut self, object: Node<'a>) {
        for (key, value) in object.resolved().set_pairs() {
            let end = value.outer().end as usize;
            let (before, behind) = self.text.split_at_checked(end).unwrap_or_default();
            let is_nothing = key.style() == Style::Plain && value.outer().start == value.outer().end;
            if is_nothing && before.ends_with(':') && behind.starts_with([',', '}', ']']) {
                let written = key.str().unwrap_or_default();
                self.refuse(
                    key,
                    format!("kubectl reads the key `{written}:`: put a blank behind its colon"),
                );
            }
        }
    }

    /// Returns the items of the list in field `name`, none where it is missing, null or empty.
    pub(super) fn list(&mut self, object: Node<'a>, name: &str) -> Vec<Node<'a>> {
        let Some(value) = Self::field(object, name) else {
            return Vec::new();
        };
        let list = value.resolved();
        if list.kind() != Kind::Sequence {
            self.refuse(value, format!("`{name}` must be a list"));
        }
        list.items().collect()
    }

    /// Returns the text of a node; null is the empty text, numbers and booleans are refused.
    pub(super) fn text(&mut self, node: Node<'a>, name: &str) -> Option<Cow<'a, str>> {
        match Scalar::of(node) {
            Some(Scalar::Text(text)) => return Some(text),
            Some(Scalar::Null) => return Some(Cow::Borrowed("")),
            Some(Scalar::Bool(_) | Scalar::Integer(_) | Scalar::Float(_)) => {
                self.refuse(
                    node,
                    format!(
                        "`{name}` must be a string: put `{}` in quotes",
                        node.str().unwrap_or("")
                    ),
                );
            }
            None => self.refuse(node, format!("`{name}` must be a string")),
        }
        None
    }

    /// Returns the entries of a mapping from strings to strings, each with the nodes of its key and value.
    pub(super) fn strings(&mut self, object: Node<'a>, name: &str) -> Vec<(Node<'a>, String, Node<'a>, Cow<'a, str>)> {
        let Some(mapping) = self.mapping(object, name) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        self.apart(mapping);
        for (key, value) in entries(mapping) {
            let written = key_text(key).into_owned();
            if let Some(text) = self.text(value, &written) {
                found.push((key, written, value, text));
            }
        }
        found
    }

    /// Remembers each `${VAR}` in a scalar's source, and tells whether its value has one.
    pub(super) fn substituted(&mut self, node: Node<'a>) -> bool {
        if !node.str().is_some_and(dns::is_substituted) {
            return false;
        }
        let whole = node.resolved().span();
        let source = whole.slice(self.text);
        let before = self.substitutions.len();
        let mut from = 0;
        while let Some(at) = source[from..].find("${").map(|at| from + at) {
            let end = source[at..].find('}').map_or(source.len(), |length| at + length + 1);
            let byte = |at: usize| whole.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            self.substitutions.push(Span::new(byte(at), byte(end)));
            from = end;
        }
        if self.substitutions.len() == before {
            self.substitutions.push(whole);
        }
        true
    }
}
