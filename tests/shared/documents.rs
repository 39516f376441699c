//! What may differ between two texts of one file: the rules of NetworkPolicies, and nothing else.

use serde_yaml::Value;

/// Cuts a stream in front of every line that starts with `---`; YAML forbids such a line inside a document.
pub fn documents(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") && offset > 0 {
            starts.push(offset);
        }
        offset += line.len();
    }
    starts.push(text.len());
    starts.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect()
}

/// Reads a document with a parser that the program does not edit with.
pub fn read(document: &str) -> Result<Value, String> {
    serde_yaml::from_str(document.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
}

/// Tells whether a value is a NetworkPolicy of Kubernetes itself.
pub fn is_policy(value: &Value) -> bool {
    value["kind"] == "NetworkPolicy" && value["apiVersion"] == "networking.k8s.io/v1"
}

/// Returns the objects of a document: itself, or the items of a list.
pub fn objects(value: &Value) -> Vec<&Value> {
    match value["items"].as_sequence() {
        Some(items) if value["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) => items.iter().collect(),
        _ => vec![value],
    }
}

/// Returns the objects of a stream, also those in lists; documents that don't parse have none.
pub fn objects_of(text: &str) -> Vec<Value> {
    let values = documents(text).into_iter().filter_map(|document| read(document).ok());
    values
        .flat_map(|value| objects(&value).into_iter().cloned().collect::<Vec<_>>())
        .collect()
}

/// Says where two texts of a file differ in anything but the rules and types of NetworkPolicies.
///
/// Documents without a policy must be equal to the byte; of the others every value but these fields.
pub fn unintended(before: &str, after: &str) -> Option<String> {
    let (old, new) = (documents(before), documents(after));
    if old.len() != new.len() {
        return Some(format!("{} documents became {}", old.len(), new.len()));
    }
    let mut pairs = old.iter().zip(&new).enumerate().filter(|(_, (old, new))| old != new);
    pairs.find_map(|(index, (old, new))| unintended_in(old, new).map(|why| format!("document {index}: {why}")))
}

fn unintended_in(old: &str, new: &str) -> Option<String> {
    let (old, new) = match (read(old), read(new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(error), _) => return Some(format!("it was edited and does not parse: {error}")),
        (_, Err(error)) => return Some(format!("it does not parse any more: {error}")),
    };
    if !objects(&old).into_iter().any(is_policy) {
        return Some("it was edited and is no NetworkPolicy".to_owned());
    }
    (without_rules(old) != without_rules(new)).then(|| "another field than rules and types changed".to_owned())
}

/// Takes away what transforms may change.
fn without_rules(mut value: Value) -> Value {
    if is_policy(&value) {
        if let Some(spec) = value["spec"].as_mapping_mut() {
            for key in ["ingress", "egress", "policyTypes"] {
                spec.remove(key);
            }
        }
    } else if let Some(items) = value.get_mut("items").and_then(Value::as_sequence_mut) {
        for item in items {
            *item = without_rules(std::mem::take(item));
        }
    }
    value
}
