//! Manifests as the API server takes them: a tree's node becomes a [`Policy`], or a [`Rejected`] that says why not.

mod base64;
mod cidr;
mod cilium;
mod cilium_rule;
mod icmp;
mod ignores;
mod json;
mod key;
mod metadata;
mod peer;
mod port;
mod reader;
mod scalar;
mod selector;
mod syntax;
mod unreadable;

pub use cilium::cilium_policy;
pub(crate) use ignores::COMMENT_MARK;
pub(crate) use json::json;
pub(crate) use key::entries;
pub(crate) use metadata::{key_of, labels};
pub(crate) use reader::Reader;
pub(crate) use scalar::{Scalar, is_date, is_word};
pub(crate) use syntax::selected;
pub(crate) use unreadable::unreadable;

use super::model::{Direction, Entry, Ignore, Origin, Policy, PolicyTypes, Rejected, Rule, Section};
use super::object::{ObjectKey, Place};
use super::selector::Selector;
use crate::source::{FileId, Span};
use crate::yaml::{Node, Tree};

/// A parsed document, with what is needed to say where its objects are.
#[derive(Debug)]
pub struct Source<'a> {
    file: FileId,
    document: u32,
    text: &'a str,
    /// Where the root starts: a comment before it speaks of every object of the document.
    root: u32,
    /// The comments that are ours.
    marks: Vec<Span>,
}

impl<'a> Source<'a> {
    /// Takes the document with the index `document` of a file's `text`.
    pub fn new(file: FileId, document: u32, text: &'a str, tree: &Tree) -> Self {
        Self {
            file,
            document,
            text,
            root: tree.root(text).map_or(0, |root| root.span().start),
            marks: ignores::marks(tree, text),
        }
    }

    /// Returns the document's index in its file, from 0.
    pub(crate) const fn document(&self) -> u32 {
        self.document
    }
}

/// An object of a document: the document's root, or an item of its `List`.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// Its node.
    pub node: Node<'a>,
    /// Its index in the `List`.
    pub item: Option<u32>,
    /// Where the item before it ends, 0 for the first.
    pub before: u32,
}

/// What reading a NetworkPolicy ends in.
///
/// Where the file writes no namespace, the key has [`Namespace::Unnamed`](super::object::Namespace::Unnamed) of the empty
/// root until the world is built.
#[derive(Debug, Clone)]
pub enum Read {
    /// The API server takes it.
    Policy(Box<Policy>),
    /// The API server refuses it.
    Rejected(Rejected),
}

/// Reads a NetworkPolicy of `networking.k8s.io/v1`.
///
/// Unknown fields are refused, as the server does of a client that asks it to be strict.
///
/// # Source
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/networking/validation/validation.go>
pub fn policy<'a>(object: Object<'a>, source: &Source<'a>) -> Read {
    let (policy, problems) = parts(object, source);
    if problems.is_empty() {
        Read::Policy(Box::new(policy))
    } else {
        Read::Rejected(rejected(policy.key, object, source, problems))
    }
}

/// Reads a NetworkPolicy as a server from before today's checks may have stored it: what they refuse stays as written.
pub fn stored_policy<'a>(object: Object<'a>, source: &Source<'a>) -> Policy {
    parts(object, source).0
}

fn parts<'a>(object: Object<'a>, source: &Source<'a>) -> (Policy, Vec<(Span, String)>) {
    let mut reader = Reader::new(source.text);
    let (key, namespace_written) = metadata::metadata(&mut reader, object.node);
    let place = place(object, source);
    reader.known(object.node, &["apiVersion", "kind", "metadata", "spec"]);
    let spec = reader.mapping(object.node, "spec");
    if let Some(spec) = spec {
        reader.known(spec, &["podSelector", "policyTypes", "ingress", "egress"]);
    }
    let selector = spec.and_then(|spec| selector::selector(&mut reader, spec, "podSelector"));
    let selector_span = spec.and_then(|spec| Reader::field(spec, "podSelector")).map(Node::span);
    let ingress = section(&mut reader, spec, Direction::Ingress);
    let egress = section(&mut reader, spec, Direction::Egress);
    let types = policy_types(&mut reader, spec, !egress.rules.is_empty());
    let policy = Policy {
        key,
        place,
        namespace_written,
        editable: true,
        selector: selector.unwrap_or_default(),
        selector_span: selector_span.unwrap_or(place.name),
        types,
        ingress,
        egress,
        ignores: ignores(object, source),
        substitutions: reader.substitutions,
        null_labels: reader.null_labels,
    };
    (policy, reader.problems)
}

/// Tells whether a NetworkPolicy's `apiVersion` is one that Kubernetes does not serve, or never did; other groups have
/// kinds of their own of this name.
pub fn is_gone(version: &str) -> bool {
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let ours = ["", "extensions", "networking.k8s.io"];
    version != "networking.k8s.io/v1" && ours.iter().any(|name| group.eq_ignore_ascii_case(name))
}

/// Refuses a NetworkPolicy of a `version` that no server takes.
pub fn gone_policy<'a>(object: Object<'a>, version: &str, source: &Source<'a>) -> Rejected {
    let (key, _) = metadata::metadata(&mut Reader::new(source.text), object.node);
    let node = object.node.get("apiVersion").unwrap_or(object.node);
    let problem = match version {
        "extensions/v1beta1" => "`extensions/v1beta1` is gone since Kubernetes 1.16".to_owned(),
        "" => "`apiVersion` is missing".to_owned(),
        other => format!("`{other}` has no NetworkPolicy"),
    };
    let problem = format!("{problem}: write `networking.k8s.io/v1`");
    rejected(key, object, source, vec![(node.span(), problem)])
}

/// Returns where an object is written.
pub fn place<'a>(object: Object<'a>, source: &Source<'a>) -> Place {
    let metadata = Reader::field(object.node, "metadata");
    let field = |name| metadata.and_then(|metadata| Reader::field(metadata, name));
    // Where nothing is named, a message points at the object's first key, not at all of it.
    let first = object.node.pairs().next().map_or(object.node, |(key, _)| key);
    Place {
        file: source.file,
        document: source.document,
        item: object.item,
        span: object.node.span(),
        name: field("name").or_else(|| field("generateName")).unwrap_or(first).span(),
        namespace: field("namespace").map(Node::span),
    }
}

/// Reads the ignores on an object.
pub fn ignores<'a>(object: Object<'a>, source: &Source<'a>) -> Vec<Ignore> {
    ignores::of(object.node, source.root, object.before, &source.marks, source.text)
}

/// Reads a `LabelSelector` of an object that is not judged: what is wrong in it is left out.
pub(crate) fn lenient_selector(node: Node<'_>) -> Selector {
    selector::of(&mut Reader::new(""), node)
}

fn rejected<'a>(key: ObjectKey, object: Object<'a>, source: &Source<'a>, problems: Vec<(Span, String)>) -> Rejected {
    let place = place(object, source);
    let at = |(span, problem)| (place.at(span), problem);
    Rejected {
        kind: "NetworkPolicy",
        key,
        place,
        problems: problems.into_iter().map(at).collect(),
        ignores: ignores(object, source),
    }
}

fn section<'a>(reader: &mut Reader<'a>, spec: Option<Node<'a>>, direction: Direction) -> Section {
    let Some(spec) = spec else {
        return Section::default();
    };
    let name = direction.section_key();
    let pair = spec.key_of(name).zip(spec.get(name));
    let mut rules = Vec::new();
    for (index, item) in reader.list(spec, name).into_iter().enumerate() {
        reader.is_object(item, name);
        reader.known(item, &[direction.peers_key(), "ports"]);
        let rule = Rule {
            peers: list_entries(reader, item, direction.peers_key(), peer::peer),
            ports: list_entries(reader, item, "ports", port::port),
        };
        rules.push(Entry {
            value: rule,
            origin: Origin::Written(index),
            span: item.span(),
        });
    }
    Section {
        span: pair.map(|(key, value)| Span::new(key.outer().start, value.outer().end)),
        rules,
    }
}

fn list_entries<'a, T>(
    reader: &mut Reader<'a>,
    object: Node<'a>,
    name: &str,
    read: fn(&mut Reader<'a>, Node<'a>) -> Option<T>,
) -> Vec<Entry<T>> {
    let mut found = Vec::new();
    for (index, item) in reader.list(object, name).into_iter().enumerate() {
        found.extend(read(reader, item).map(|value| Entry {
            value,
            origin: Origin::Written(index),
            span: item.span(),
        }));
    }
    found
}

fn policy_types<'a>(reader: &mut Reader<'a>, spec: Option<Node<'a>>, has_egress: bool) -> PolicyTypes {
    let items = spec.map(|spec| reader.list(spec, "policyTypes")).unwrap_or_default();
    let node = spec.and_then(|spec| Reader::field(spec, "policyTypes"));
    let Some(node) = node.filter(|_| !items.is_empty()) else {
        return PolicyTypes {
            written: None,
            ingress: true,
            egress: has_egress,
        };
    };
    let mut types = PolicyTypes {
        written: Some(node.span()),
        ingress: false,
        egress: false,
    };
    if items.len() > Direction::BOTH.len() {
        reader.refuse(node, "`policyTypes` takes at most two entries");
    }
    for item in items {
        match reader.text(item, "policyTypes").as_deref() {
            Some("Ingress") => types.ingress = true,
            Some("Egress") => types.egress = true,
            Some(other) => reader.refuse(item, format!("`{other}` is no policy type: Ingress or Egress")),
            None => {}
        }
    }
    types
}

#[cfg(test)]
mod cilium_tests;
#[cfg(test)]
mod tests;
