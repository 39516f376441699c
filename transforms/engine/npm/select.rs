//! Selectors as NPM reads them.

use std::borrow::Cow;

use super::reason::Reason;
use crate::engine::inventory::{Classes, Inventory};
use crate::policy::{Labels, Namespace, Operator, Requirement, Selector};

/// Returns the pods of a namespace that match, on a network of their own (NPM-R10).
pub(super) fn pods_in(inventory: &Inventory, namespace: &Namespace, pods: &Selector) -> Classes {
    let home = inventory.home(namespace);
    home.map(|home| matching(inventory, &home.classes, pods))
        .unwrap_or_default()
}

/// Returns those of `classes` whose labels match, as the specification has it (NPM-D3), on a network of their own.
pub(super) fn matching(inventory: &Inventory, classes: &Classes, pods: &Selector) -> Classes {
    let mut found = Cow::Borrowed(classes);
    for (key, value) in &pods.labels {
        let having = inventory.labelled(key);
        found = Cow::Owned(having.having(Some(std::slice::from_ref(value)), &found));
    }
    for term in &pods.expressions {
        let labelled = inventory.labelled(&term.key);
        found = Cow::Owned(match term.operator {
            Operator::In => labelled.having(Some(&term.values), &found),
            Operator::NotIn => &*found - labelled.having(Some(&term.values), &found),
            Operator::Exists => labelled.having(None, &found),
            Operator::DoesNotExist => &*found - labelled.having(None, &found),
        });
    }
    found.into_owned() - inventory.host_network()
}

/// Returns the pods of the namespaces that a selector matches.
pub(super) fn pods_of(inventory: &Inventory, namespaces: &Selector) -> Classes {
    let of_label = namespaces
        .labels
        .iter()
        .map(|(key, value)| (key, std::slice::from_ref(value)));
    let of_terms = namespaces
        .expressions
        .iter()
        .filter(|term| term.operator == Operator::In);
    let mut wanted = of_label.chain(of_terms.map(|term| (&term.key, term.values.as_slice())));
    // A term that names values leads to the few namespaces that can match.
    let Some((key, values)) = wanted.next() else {
        let homes = inventory.homes().iter();
        let selected = homes.filter(|home| selects_namespace(namespaces, &home.labels));
        return selected.fold(Classes::new(), |all, home| all | &home.classes);
    };
    let homes = inventory.homes_labelled(key, values);
    let selected = homes.filter(|home| selects_namespace(namespaces, &home.labels));
    selected.fold(Classes::new(), |all, home| all | &home.classes)
}

/// Tells whether a selector matches a namespace with these labels.
fn selects_namespace(namespaces: &Selector, labels: &Labels) -> bool {
    let mut wanted = namespaces.labels.iter();
    wanted.all(|(key, value)| labels.get(key) == Some(value))
        && namespaces
            .expressions
            .iter()
            .all(|term| holds_for_namespace(term, labels))
}

/// Tells whether a namespace matches a term; a `NotIn` of several values always does (NPM-D1).
fn holds_for_namespace(term: &Requirement, labels: &Labels) -> bool {
    let value = labels.get(&term.key);
    match term.operator {
        Operator::In => value.is_some_and(|value| term.values.contains(value)),
        Operator::NotIn if is_choice_of_negations(term) => true,
        Operator::NotIn => value.is_none_or(|value| !term.values.contains(value)),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
    }
}

fn is_choice_of_negations(term: &Requirement) -> bool {
    term.operator == Operator::NotIn && term.values.iter().any(|value| *value != term.values[0])
}

/// Tells whether a namespace selector of negative terms alone stands beside no positive term on pods (NPM-D2).
pub(super) fn asks_for_no_pod(pods: Option<&Selector>, namespaces: &Selector) -> bool {
    namespaces.is_negative_only() && !pods.is_some_and(Selector::has_positive_term)
}

/// Returns the rule that explains whom selectors match.
pub(super) fn reading(pods: Option<&Selector>, namespaces: Option<&Selector>) -> Reason {
    let Some(namespaces) = namespaces else {
        return Reason::Selectors;
    };
    if namespaces.expressions.iter().any(is_choice_of_negations) {
        Reason::NotInSeveral
    } else if asks_for_no_pod(pods, namespaces) {
        Reason::NegativeOnly
    } else {
        Reason::Selectors
    }
}
