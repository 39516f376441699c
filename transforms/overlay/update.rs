//! Brings an overlay that stands somewhere up to date, by edits that keep whatever people added around it.

use crate::policy::emit::{HASH_ANNOTATION, overlay_hash, spec};
use crate::policy::{Overlay, Place};
use crate::source::Span;
use crate::yaml::{self, Edit, Item, Kind, Node, Path, Scalar, Tree, Value};

/// Returns the edits that make the overlay at `place` say what `overlay` says; `None` where the document can't be read.
pub(crate) fn update(text: &str, place: &Place, overlay: &Overlay) -> Option<Vec<Edit>> {
    let tree = parsed(text, place)?;
    let (object, path) = object(&tree, text, place)?;
    let hash = path.key("metadata").key("annotations").key(HASH_ANNOTATION);
    let mut edits = vec![Edit::Set {
        at: hash,
        value: Scalar::string(overlay_hash(overlay)),
    }];
    differences(object.get("spec")?, &spec(overlay), &path.key("spec"), &mut edits)?;
    Some(edits)
}

/// Tells whether the overlay at `place` says all that `overlay` says, and perhaps has further rules.
pub(crate) fn holds(text: &str, place: &Place, overlay: &Overlay) -> bool {
    let all = || {
        let tree = parsed(text, place)?;
        let (object, _) = object(&tree, text, place)?;
        let (old, new) = (object.get("spec")?, spec(overlay));
        let Value::Map(pairs) = &new else { return None };
        let held = |(key, value): &(Value, Value)| {
            let node = key.str().and_then(|key| old.get(key));
            node.is_some_and(|node| match value {
                Value::Seq(rules) => rules.iter().all(|rule| node.items().any(|node| means(node, rule))),
                Value::Map(_) | Value::Scalar(_) | Value::Alias(_) => means(node, value),
            })
        };
        Some(old.pairs().count() == pairs.len() && pairs.iter().all(held))
    };
    all().unwrap_or(false)
}

fn parsed(text: &str, place: &Place) -> Option<Tree> {
    let document = *yaml::documents(text).get(place.document as usize)?;
    Tree::parse(text, document).ok()
}

/// Returns the node of the object at `place`, and its path in the document.
fn object<'t>(tree: &'t Tree, text: &'t str, place: &Place) -> Option<(Node<'t>, Path)> {
    let root = tree.root(text)?;
    match place.item {
        None => Some((root, Path::default())),
        Some(item) => {
            let item = usize::try_from(item).ok()?;
            let node = root.get("items")?.items().nth(item)?;
            Some((node, Path::default().key("items").index(item)))
        }
    }
}

/// Adds the edits that turn `old` into `new`; `None` where it becomes something of another kind.
fn differences(old: Node<'_>, new: &Value, at: &Path, edits: &mut Vec<Edit>) -> Option<()> {
    if means(old, new) {
        return Some(());
    }
    match (old.kind(), new) {
        (Kind::Mapping, Value::Map(pairs)) => {
            for (key, _) in old.pairs() {
                let key = key.str()?;
                if new.get(key).is_none() {
                    edits.push(Edit::Remove { at: at.key(key) });
                }
            }
            for (key, value) in pairs {
                let key = key.str()?;
                match old.get(key) {
                    Some(old) => differences(old, value, &at.key(key), edits)?,
                    None => edits.push(Edit::Insert {
                        at: at.clone(),
                        key: key.to_owned(),
                        value: value.clone(),
                    }),
                }
            }
            Some(())
        }
        (Kind::Sequence, Value::Seq(items)) => {
            edits.push(Edit::Items {
                at: at.clone(),
                items: kept(&old.items().collect::<Vec<_>>(), items),
            });
            Some(())
        }
        (Kind::Scalar, Value::Scalar(value)) => {
            edits.push(Edit::Set {
                at: at.clone(),
                value: value.clone(),
            });
            Some(())
        }
        (Kind::Mapping | Kind::Sequence | Kind::Scalar | Kind::Alias, _) => None,
    }
}

/// Returns the new items, those that stand there already in the same order as they are.
fn kept(old: &[Node<'_>], new: &[Value]) -> Vec<Item> {
    let mut from = 0;
    new.iter()
        .map(|value| {
            let found = old.iter().skip(from).position(|&node| means(node, value));
            found.map_or_else(
                || Item::New(value.clone()),
                |offset| {
                    let index = from + offset;
                    from = index + 1;
                    Item::Keep(index)
                },
            )
        })
        .collect()
}

/// Tells whether a node says what `value` says.
fn means(node: Node<'_>, value: &Value) -> bool {
    let node = node.resolved();
    match (node.kind(), value) {
        (Kind::Mapping, Value::Map(pairs)) => {
            node.pairs().count() == pairs.len()
                && pairs.iter().all(|(key, value)| {
                    key.str()
                        .and_then(|key| node.get(key))
                        .is_some_and(|node| means(node, value))
                })
        }
        (Kind::Sequence, Value::Seq(items)) => {
            node.items().count() == items.len() && node.items().zip(items).all(|(node, value)| means(node, value))
        }
        (Kind::Scalar, Value::Scalar(scalar)) => {
            let own = Scalar {
                text: node.str().unwrap_or_default().to_owned(),
                plain: node.is_plain(),
                tag: node.tag().map(str::to_owned),
            };
            own == *scalar
        }
        (Kind::Mapping | Kind::Sequence | Kind::Scalar | Kind::Alias, _) => false,
    }
}

/// Tells whether nothing but the object at `place` stands in `text`.
pub(crate) fn is_alone(text: &str, place: &Place) -> bool {
    let holds = |span: &Span| {
        let tree = Tree::parse(text, *span);
        tree.is_ok_and(|tree| tree.root(text).is_some_and(|root| !root.is_null()))
    };
    place.item.is_none() && yaml::documents(text).iter().filter(|span| holds(span)).count() <= 1
}
