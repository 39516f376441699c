//! Names, namespaces and labels of objects.

use std::sync::Arc;

use super::reader::Reader;
use super::scalar::entries;
use super::syntax;
use crate::policy::{Labels, Namespace, ObjectKey, dns};
use crate::yaml::Node;

/// Returns namespace and name as written, and whether the namespace is written, without judging them.
pub(crate) fn key_of(object: Node<'_>) -> (ObjectKey, bool) {
    let metadata = Reader::field(object, "metadata");
    let field = |name| {
        metadata
            .and_then(|metadata| Reader::field(metadata, name))
            .and_then(Node::str)
    };
    let namespace = field("namespace").filter(|namespace| !namespace.is_empty());
    (key(field("name"), namespace), namespace.is_some())
}

/// Reads labels that are not judged: what is no text is taken as it is written.
pub(crate) fn labels(node: Option<Node<'_>>) -> Labels {
    let pairs = node.map(entries).unwrap_or_default().into_iter();
    pairs
        .filter_map(|(key, value)| Some((key.str()?.to_owned(), value.str()?.to_owned())))
        .collect()
}

/// Reads and judges an object's metadata; returns its key, and whether its namespace is written.
pub(super) fn metadata<'a>(reader: &mut Reader<'a>, object: Node<'a>) -> (ObjectKey, bool) {
    let metadata = reader.mapping(object, "metadata");
    let field = |name| metadata.and_then(|metadata| Reader::field(metadata, name));
    let name = field("name");
    match name.map(|node| (node, reader.text(node, "name"))) {
        Some((node, Some(text))) => reader.check(node, dns::object_name(text)),
        Some((_, None)) => {} // Refused where it was read.
        None => reader.refuse(object, "`metadata.name` is missing"),
    }
    let namespace = field("namespace")
        .and_then(|node| reader.text(node, "namespace"))
        .filter(|namespace| !namespace.is_empty());
    if let Some(metadata) = metadata {
        for (key_node, key, value_node, value) in reader.strings(metadata, "labels") {
            reader.check(key_node, syntax::label_key(&key));
            reader.check(value_node, syntax::label_value(value));
        }
        reader.strings(metadata, "annotations");
    }
    (key(name.and_then(Node::str), namespace), namespace.is_some())
}

fn key(name: Option<&str>, namespace: Option<&str>) -> ObjectKey {
    ObjectKey {
        namespace: namespace.map_or_else(
            || Namespace::Unnamed(Arc::from("")),
            |namespace| Namespace::Named(Arc::from(namespace)),
        ),
        name: name.unwrap_or_default().to_owned(),
    }
}
