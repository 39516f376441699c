//! Label selectors.

use super::reader::Reader;
use super::syntax;
use crate::policy::{Operator, Requirement, Selector};
use crate::yaml::Node;

/// Reads the `LabelSelector` in the field `name`; `None` where it is missing or null.
pub(super) fn selector<'a>(reader: &mut Reader<'a>, object: Node<'a>, name: &str) -> Option<Selector> {
    let node = Reader::field(object, name)?;
    if !reader.is_object(node, name) {
        return Some(Selector::default());
    }
    Some(of(reader, node))
}

/// Reads a node that is a `LabelSelector`.
pub(super) fn of<'a>(reader: &mut Reader<'a>, node: Node<'a>) -> Selector {
    reader.known(node, &["matchLabels", "matchExpressions"]);
    let mut labels = Vec::new();
    for (key_node, key, value_node, value) in reader.strings(node, "matchLabels") {
        reader.substituted(key_node);
        reader.substituted(value_node);
        reader.check(key_node, syntax::label_key(&key));
        reader.check(value_node, syntax::label_value(&value));
        if value_node.is_null() {
            reader.null_labels.push(value_node.span());
        }
        labels.push((key, value.into_owned()));
    }
    let mut expressions = Vec::new();
    for item in reader.list(node, "matchExpressions") {
        expressions.extend(requirement(reader, item));
    }
    Selector { labels, expressions }
}

fn requirement<'a>(reader: &mut Reader<'a>, item: Node<'a>) -> Option<Requirement> {
    reader.known(item, &["key", "operator", "values"]);
    let Some(key_node) = item.get("key") else {
        reader.refuse(item, "an entry of `matchExpressions` needs a `key`");
        return None;
    };
    reader.substituted(key_node);
    let key = reader.text(key_node, "key")?.into_owned();
    reader.check(key_node, syntax::label_key(&key));
    let mut values = Vec::new();
    for node in reader.list(item, "values") {
        reader.substituted(node);
        let value = reader.text(node, "values")?;
        reader.check(node, syntax::label_value(&value));
        values.push(value.into_owned());
    }
    let operator = operator(reader, item)?;
    let wants_values = matches!(operator, Operator::In | Operator::NotIn);
    if wants_values && values.is_empty() {
        reader.refuse(item, format!("`{}` needs `values`", operator.name()));
    }
    if !wants_values && !values.is_empty() {
        reader.refuse(item, format!("`{}` takes no `values`", operator.name()));
    }
    Some(Requirement { key, operator, values })
}

fn operator<'a>(reader: &mut Reader<'a>, item: Node<'a>) -> Option<Operator> {
    let Some(node) = item.get("operator") else {
        reader.refuse(item, "an entry of `matchExpressions` needs an `operator`");
        return None;
    };
    let text = reader.text(node, "operator")?;
    let operators = [Operator::In, Operator::NotIn, Operator::Exists, Operator::DoesNotExist];
    let operator = operators.into_iter().find(|operator| operator.name() == text);
    if operator.is_none() {
        reader.refuse(
            node,
            format!("`{text}` is no operator: In, NotIn, Exists or DoesNotExist"),
        );
    }
    operator
}
