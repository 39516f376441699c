//! The same edits made on a value, independent of bytes: what the new text has to mean.

use std::collections::BTreeMap;

use super::edit::{Edit, Item, Path, Place, Refusal, Step};
use super::plan::{Own, Plan};
use super::value::Value;

/// Returns `value` with `edits` made.
///
/// # Errors
/// [`Refusal`] where a path leads nowhere, through an alias or to a key that is there twice, or where edits contradict
/// each other.
pub fn apply<'e>(value: &Value, edits: impl IntoIterator<Item = &'e Edit>) -> Result<Value, Refusal> {
    changed(value, &Plan::new(edits)?, &mut Path::default())
}

/// Makes one node's changes; as deep as the edits' paths.
fn changed(value: &Value, plan: &Plan<'_>, path: &mut Path) -> Result<Value, Refusal> {
    let not_found = |path: &Path| Refusal::NotFound(place(path));
    if matches!(plan.own, Own::Nothing) && !plan.has_inner() {
        return Ok(value.clone());
    }
    match (value, &plan.own) {
        (Value::Alias(_), _) => Err(Refusal::Alias(place(path))),
        (Value::Scalar(_), Own::Set(scalar)) => Ok(Value::Scalar((*scalar).clone())),
        (Value::Map(pairs), Own::Nothing | Own::Insert(_)) => map(pairs, plan, path),
        (Value::Seq(items), Own::Nothing) => {
            let keep = |index| Item::Keep(index);
            seq(items, &(0..items.len()).map(keep).collect::<Vec<_>>(), plan, path)
        }
        (Value::Seq(items), Own::Items(list)) => seq(items, list, plan, path),
        (Value::Scalar(scalar), Own::Insert(_)) if scalar.is_null() => map(&[], plan, path),
        (Value::Scalar(scalar), Own::Items(list)) if scalar.is_null() => seq(&[], list, plan, path),
        (Value::Scalar(_) | Value::Map(_) | Value::Seq(_), _) => Err(not_found(path)),
    }
}

fn map(pairs: &[(Value, Value)], plan: &Plan<'_>, path: &mut Path) -> Result<Value, Refusal> {
    has_keys_once(pairs, plan, path)?;
    if !plan.indices.is_empty() {
        return Err(Refusal::NotFound(place(path)));
    }
    let mut changed_pairs = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let value = match key.str().and_then(|name| plan.keys.get_key_value(name)) {
            Some((_, Plan { own: Own::Remove, .. })) => continue,
            Some((name, plan)) => {
                path.0.push(Step::Key((*name).to_owned()));
                let value = changed(value, plan, path)?;
                path.0.pop();
                value
            }
            None => value.clone(),
        };
        changed_pairs.push((key.clone(), value));
    }
    if let Own::Insert(inserts) = &plan.own {
        for (key, value) in inserts {
            if changed_pairs.iter().any(|(name, _)| name.str() == Some(key)) {
                return Err(Refusal::DuplicateKey(place(&path.key(key))));
            }
            changed_pairs.push((Value::string(*key), (*value).clone()));
        }
    }
    changed_pairs.shrink_to_fit();
    Ok(Value::Map(changed_pairs))
}

/// Refuses keys that the plan leads through and that are not there, or twice.
fn has_keys_once(pairs: &[(Value, Value)], plan: &Plan<'_>, path: &Path) -> Result<(), Refusal> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in pairs.iter().filter_map(|(name, _)| name.str()) {
        *counts.entry(name).or_default() += 1;
    }
    for key in plan.keys.keys() {
        match counts.get(key) {
            None => return Err(Refusal::NotFound(place(&path.key(key)))),
            Some(1) => {}
            Some(_) => return Err(Refusal::DuplicateKey(place(&path.key(key)))),
        }
    }
    Ok(())
}

fn seq(items: &[Value], list: &[Item], plan: &Plan<'_>, path: &mut Path) -> Result<Value, Refusal> {
    if !plan.keys.is_empty() || plan.indices.keys().any(|index| *index >= items.len()) {
        return Err(Refusal::NotFound(place(path)));
    }
    let original = |index: usize, path: &Path| {
        items
            .get(index)
            .ok_or_else(|| Refusal::NotFound(place(&path.index(index))))
    };
    let mut changed_items = Vec::with_capacity(list.len());
    for item in list {
        changed_items.push(match item {
            Item::New(value) => value.clone(),
            Item::Copy { of, changes } => apply(original(*of, path)?, changes)?,
            Item::Keep(index) => match plan.indices.get(index) {
                None => original(*index, path)?.clone(),
                Some(plan) => {
                    path.0.push(Step::Index(*index));
                    let item = changed(original(*index, path)?, plan, path)?;
                    path.0.pop();
                    item
                }
            },
        });
    }
    Ok(Value::Seq(changed_items))
}

fn place(path: &Path) -> Place {
    Place {
        path: path.clone(),
        span: None,
    }
}
