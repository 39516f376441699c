//! Invents edits for a value.

use ciliate_transforms::yaml::{Edit, Item, Path, Scalar, Value};

use crate::choices::Choices;

/// How many decisions one value may ask for: each level of nested sequences may copy all that is below it.
const DECISIONS: usize = 10_000;

/// Invents edits of `value`, which stands at `at`.
pub(crate) fn edits(value: &Value, at: &Path, choices: &mut Choices<'_>, found: &mut Vec<Edit>) {
    match value {
        _ if choices.at > DECISIONS => {}
        Value::Scalar(scalar) if scalar.is_null() && choices.one_in(4) => {
            found.push(Edit::Items {
                at: at.clone(),
                items: vec![Item::New(new(choices)), Item::New(new(choices))],
            });
        }
        Value::Scalar(scalar) if scalar.is_null() && choices.one_in(4) => {
            found.push(Edit::Insert {
                at: at.clone(),
                key: "fresh".to_owned(),
                value: new(choices),
            });
        }
        Value::Scalar(_) if choices.one_in(3) => found.push(Edit::Set {
            at: at.clone(),
            value: new_scalar(choices),
        }),
        Value::Scalar(_) | Value::Alias(_) => {}
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let at = at.key(key.str().unwrap_or_default());
                if choices.one_in(5) {
                    found.push(Edit::Remove { at });
                } else {
                    edits(value, &at, choices, found);
                }
            }
            if choices.one_in(4) {
                found.push(Edit::Insert {
                    at: at.clone(),
                    key: "fresh".to_owned(),
                    value: new(choices),
                });
            }
        }
        Value::Seq(items) => {
            let mut list = Vec::new();
            let changes_list = choices.one_in(2);
            for (index, item) in items.iter().enumerate() {
                if changes_list && choices.one_in(6) {
                    list.push(Item::New(new(choices)));
                }
                if changes_list && choices.one_in(4) {
                    continue;
                }
                list.push(Item::Keep(index));
                edits(item, &at.index(index), choices, found);
                if changes_list && choices.one_in(3) {
                    let mut changes = Vec::new();
                    edits(item, &Path::default(), choices, &mut changes);
                    list.push(Item::Copy { of: index, changes });
                }
            }
            if changes_list && choices.one_in(6) {
                list.push(Item::New(new(choices)));
            }
            if changes_list {
                found.push(Edit::Items {
                    at: at.clone(),
                    items: list,
                });
            }
        }
    }
}

/// Invents edits that only add: copies, new items, new pairs.
pub(crate) fn additions(value: &Value, at: &Path, choices: &mut Choices<'_>, found: &mut Vec<Edit>) {
    match value {
        Value::Scalar(_) | Value::Alias(_) => {}
        Value::Map(pairs) => {
            for (key, value) in pairs {
                additions(value, &at.key(key.str().unwrap_or_default()), choices, found);
            }
            if choices.one_in(3) {
                found.push(Edit::Insert {
                    at: at.clone(),
                    key: "fresh".to_owned(),
                    value: new(choices),
                });
            }
        }
        Value::Seq(items) => {
            let mut list = Vec::new();
            for (index, item) in items.iter().enumerate() {
                list.push(Item::Keep(index));
                additions(item, &at.index(index), choices, found);
                if choices.one_in(3) {
                    list.push(Item::Copy {
                        of: index,
                        changes: Vec::new(),
                    });
                }
                if choices.one_in(5) {
                    list.push(Item::New(new(choices)));
                }
            }
            found.push(Edit::Items {
                at: at.clone(),
                items: list,
            });
        }
    }
}

fn new(choices: &mut Choices<'_>) -> Value {
    match choices.below(5) {
        0 => Value::map([("namespaceSelector", Value::map::<&str>([]))]),
        1 => Value::map([
            ("one", Value::plain("1")),
            ("two", Value::seq([Value::string("x y"), Value::string("on")])),
        ]),
        2 => Value::seq([Value::seq([Value::string("a")])]),
        _ => Value::Scalar(new_scalar(choices)),
    }
}

fn new_scalar(choices: &mut Choices<'_>) -> Scalar {
    match choices.below(4) {
        0 => Scalar::string("no"),
        1 => Scalar::string("it's: new"),
        2 => Scalar::string("web"),
        _ => Scalar::plain("8080"),
    }
}
