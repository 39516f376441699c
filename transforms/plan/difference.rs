//! The difference between a policy as it is and as the plan leaves it, as edits in meaning.

use crate::policy::write;
use crate::policy::{Direction, Entry, Origin, Peer, Place, Policy, Port, PortTarget, Rule};
use crate::yaml::{Edit, Item, Path, Value};

/// Returns the edits that turn the manifest of `before` into the one of `after`; none where they say the same.
pub(crate) fn edits(before: &Policy, after: &Policy) -> Vec<Edit> {
    let spec = object_path(&before.place).key("spec");
    let mut edits = Vec::new();
    for direction in Direction::BOTH {
        let (old, new) = (before.section(direction), after.section(direction));
        let at = spec.key(direction.section_key());
        if old.span.is_some() && new.span.is_none() {
            edits.push(Edit::Remove { at });
        } else {
            list(
                &at,
                &old.rules,
                &new.rules,
                |rule| write::rule(rule, direction),
                &mut edits,
                &|at, old, new, edits| {
                    rule(at, direction, old, new, edits);
                },
            );
        }
    }
    if before.types.written.is_none() && after.types.written.is_some() {
        let in_effect = Direction::BOTH
            .into_iter()
            .filter(|direction| before.in_effect(*direction));
        let types = in_effect
            .map(|direction| Value::string(direction.type_name()))
            .collect();
        edits.push(Edit::Insert {
            at: spec,
            key: "policyTypes".to_owned(),
            value: Value::Seq(types),
        });
    }
    edits
}

/// Returns the path of an object in its document.
fn object_path(place: &Place) -> Path {
    match place.item {
        Some(item) => Path::default().key("items").index(item as usize),
        None => Path::default(),
    }
}

/// How the entries of a kept item differ.
type Within<'w, T> = &'w dyn Fn(&Path, &T, &T, &mut Vec<Edit>);

/// Adds the edits of a list: one `Items` where entries come or go, and those within the entries that stay.
fn list<T: PartialEq>(
    at: &Path,
    old: &[Entry<T>],
    new: &[Entry<T>],
    value: impl Fn(&T) -> Value,
    edits: &mut Vec<Edit>,
    within: Within<'_, T>,
) {
    let stays = |origin| matches!(origin, Origin::Written(_));
    if old.len() != new.len() || !new.iter().all(|entry| stays(entry.origin)) {
        edits.push(Edit::Items {
            at: at.clone(),
            items: new.iter().map(|entry| item(old, entry, &value, within)).collect(),
        });
    }
    for entry in new {
        if let Origin::Written(index) = entry.origin
            && let Some(old) = old.get(index)
            && old.value != entry.value
        {
            within(&at.index(index), &old.value, &entry.value, edits);
        }
    }
}

/// Returns what a list's entry becomes.
fn item<T>(old: &[Entry<T>], entry: &Entry<T>, value: &impl Fn(&T) -> Value, within: Within<'_, T>) -> Item {
    match entry.origin {
        Origin::Written(index) => Item::Keep(index),
        Origin::CopyOf(index) if index < old.len() => {
            let mut changes = Vec::new();
            within(&Path::default(), &old[index].value, &entry.value, &mut changes);
            changes.shrink_to_fit(); // A range may become a thousand copies.
            Item::Copy { of: index, changes }
        }
        Origin::CopyOf(_) | Origin::New => Item::New(value(&entry.value)),
    }
}

fn rule(at: &Path, direction: Direction, old: &Rule, new: &Rule, edits: &mut Vec<Edit>) {
    let peers = at.key(direction.peers_key());
    if new.peers.is_empty() && !old.peers.is_empty() {
        edits.push(Edit::Remove { at: peers });
    } else if old.peers.is_empty() && !new.peers.is_empty() {
        let value = Value::Seq(new.peers.iter().map(|entry| write::peer(&entry.value)).collect());
        edits.push(Edit::Insert {
            at: at.clone(),
            key: direction.peers_key().to_owned(),
            value,
        });
    } else {
        list(&peers, &old.peers, &new.peers, write::peer, edits, &peer);
    }
    list(&at.key("ports"), &old.ports, &new.ports, write::port, edits, &port);
}

/// Adds the edits of a peer that stays: the one that a transform makes adds terms to the namespaces' selector.
fn peer(at: &Path, old: &Peer, new: &Peer, edits: &mut Vec<Edit>) {
    let (
        Peer::Pods {
            namespaces: Some(old), ..
        },
        Peer::Pods {
            namespaces: Some(new), ..
        },
    ) = (old, new)
    else {
        return;
    };
    let kept = old.expressions.len();
    let items = (0..kept).map(Item::Keep);
    let added = new
        .expressions
        .iter()
        .skip(kept)
        .map(|requirement| Item::New(write::requirement(requirement)));
    let at = at.key("namespaceSelector").key("matchExpressions");
    edits.push(Edit::Items {
        at,
        items: items.chain(added).collect(),
    });
}

/// Adds the edits of a port that stays or is copied.
fn port(at: &Path, old: &Port, new: &Port, edits: &mut Vec<Edit>) {
    let (old, new) = (&old.target, &new.target);
    let first = |target: &PortTarget| match target {
        PortTarget::Range(first, _) => PortTarget::Number(*first),
        other => other.clone(),
    };
    if first(old) != first(new)
        && let Some(value) = write::port_scalar(new)
    {
        edits.push(Edit::Set {
            at: at.key("port"),
            value,
        });
    }
    if matches!(old, PortTarget::Range(..)) && !matches!(new, PortTarget::Range(..)) {
        edits.push(Edit::Remove { at: at.key("endPort") });
    }
}
