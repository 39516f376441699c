//! Names, namespaces and labels of objects.

use std::borrow::Cow;
use std::sync::Arc;

use super::key::entries;
use super::reader::Reader;
use super::scalar::Scalar;
use super::syntax;
use crate::policy::{Labels, Namespace, ObjectKey, dns};
use crate::yaml::Node;

/// The fields of an object's metadata.
///
/// # Source
/// <https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/apis/meta/v1/types.go>, `ObjectMeta`
const FIELDS: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

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
///
/// An object that leaves its name to the server is called by the beginning of that name, as `web-`.
pub(super) fn metadata<'a>(reader: &mut Reader<'a>, object: Node<'a>) -> (ObjectKey, bool) {
    let metadata = reader.mapping(object, "metadata");
    let mut text = |name| {
        let node = metadata.and_then(|metadata| Reader::field(metadata, name))?;
        let judged = reader.text(node, name);
        // What is no string is refused there, and shown as it is written.
        let text = judged.clone().or(node.str().map(Cow::Borrowed)).unwrap_or_default();
        let is_written = judged.is_none() || !text.is_empty();
        is_written.then_some((node, text, judged.is_some()))
    };
    let (name, generated, namespace) = (text("name"), text("generateName"), text("namespace"));
    match (&name, &generated) {
        (Some((node, text, true)), _) => reader.check(*node, dns::object_name(text)),
        (Some((_, _, false)), _) | (None, Some(_)) => {}
        (None, None) => reader.refuse(object, "`metadata.name` is missing"),
    }
    if let Some((node, text, true)) = &generated {
        reader.check(*node, dns::generated_name(text));
    }
    if let Some(metadata) = metadata {
        details(reader, metadata);
    }
    let name = name.or(generated).map(|(_, text, _)| text);
    let namespace = namespace.filter(|(_, _, fits)| *fits).map(|(_, text, _)| text);
    (key(name.as_deref(), namespace.as_deref()), namespace.is_some())
}

/// Judges what stands in metadata beside the names.
fn details<'a>(reader: &mut Reader<'a>, metadata: Node<'a>) {
    reader.known(metadata, FIELDS);
    for (key_node, key, value_node, value) in reader.strings(metadata, "labels") {
        reader.check(key_node, syntax::label_key(&key));
        reader.check(value_node, syntax::label_value(&value));
    }
    for (key_node, key, ..) in reader.strings(metadata, "annotations") {
        let judged = syntax::label_key(&key.to_lowercase());
        reader.check(
            key_node,
            judged.map_err(|_| format!("`{key}` is no key of an annotation")),
        );
    }
    for name in ["uid", "resourceVersion", "selfLink"] {
        if let Some(node) = Reader::field(metadata, name) {
            reader.text(node, name);
        }
    }
    for name in ["generation", "deletionGracePeriodSeconds"] {
        let node = Reader::field(metadata, name);
        if let Some(node) = node.filter(|node| Scalar::of(*node).and_then(|scalar| scalar.whole()).is_none()) {
            reader.refuse(node, format!("`{name}` must be a whole number"));
        }
    }
    for name in ["creationTimestamp", "deletionTimestamp"] {
        if let Some(node) = Reader::field(metadata, name)
            && !reader.text(node, name).is_none_or(|text| is_time(&text))
        {
            reader.refuse(node, format!("`{name}` must be a time as RFC 3339 has it"));
        }
    }
    for name in ["finalizers", "ownerReferences", "managedFields"] {
        reader.list(metadata, name);
    }
}

/// Tells whether a text is a time such as `2024-01-01T00:00:00Z`.
fn is_time(text: &str) -> bool {
    let fits = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.bytes().zip(pattern.bytes()).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
    };
    let Some((time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    fits(time, "0000-00-00T00:00:00") && (zone == "Z" || fits(zone, "+00:00") || fits(zone, "-00:00"))
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
