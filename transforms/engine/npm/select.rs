//! Selectors as NPM reads them.

use super::reason::Reason;
use crate::engine::inventory::{Classes, Inventory};
use crate::policy::{Labels, Namespace, Operator, Requirement, Selector};

/// Returns the pods of a namespace that match, on a network of their own (NPM-R10).
pub(super) fn pods_in(inventory: &Inventory, namespace: &Namespace, pods: &Selector) -> Classes {
    let home = inventory.home(namespace).map(|home| home.classes.clone());
    matching(inventory, home.unwrap_or_default() - inventory.host_network(), pods)
}

/// Returns those of `classes` whose labels match, as the specification has it (NPM-D3).
pub(super) fn matching(inventory: &Inventory, mut classes: Classes, pods: &Selector) -> Classes {
    for (key, value) in &pods.labels {
        let having = inventory.labelled(key).and_then(|values| values.get(value));
        classes = having.map(|having| classes & having).unwrap_or_default();
    }
    for term in &pods.expressions {
        let values = inventory.labelled(&term.key);
        let among = |wanted: &dyn Fn(&String) -> bool| {
            let found = values.into_iter().flatten().filter(|(value, _)| wanted(value));
            found.fold(Classes::new(), |all, (_, having)| all | having)
        };
        match term.operator {
            Operator::In => classes &= among(&|value| term.values.contains(value)),
            Operator::NotIn => classes -= among(&|value| term.values.contains(value)),
            Operator::Exists => classes &= among(&|_| true),
            Operator::DoesNotExist => classes -= among(&|_| true),
        }
    }
    classes
}

/// Tells whether a selector matches a namespace with these labels.
pub(super) fn selects_namespace(namespaces: &Selector, labels: &Labels) -> bool {
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
