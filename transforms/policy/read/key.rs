//! Keys of mappings as kubectl makes JSON of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::scalar::Scalar;
use crate::yaml::Node;

/// Returns a key's text as JSON has it: a boolean or a number without quotes becomes its plain form.
pub(super) fn key_text(key: Node<'_>) -> Cow<'_, str> {
    match Scalar::of(key) {
        Some(Scalar::Text(text)) => text,
        Some(Scalar::Bool(value)) => Cow::Owned(value.to_string()),
        Some(Scalar::Integer(value)) => Cow::Owned(value.to_string()),
        Some(Scalar::Float(value)) => Cow::Owned(float_text(value)),
        Some(Scalar::Null) => Cow::Borrowed("null"),
        None => Cow::Borrowed(key.str().unwrap_or_default()),
    }
}

/// Says why kubectl can't make a key of a scalar, if it can't.
pub(super) fn key_fault(key: Node<'_>) -> Option<String> {
    match Scalar::of(key)? {
        Scalar::Null => Some("null is no key: put it in quotes, or write the key that is missing".to_owned()),
        Scalar::Integer(number) if i64::try_from(number).is_err() => {
            Some(format!("{number} is too large for a key: put it in quotes"))
        }
        Scalar::Bool(_) | Scalar::Integer(_) | Scalar::Float(_) | Scalar::Text(_) => None,
    }
}

/// Writes a number as Go's shortest `%g` of 32 bits.
///
/// # Source
/// <https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/yaml.go>, `convertToJSONableObject`
fn float_text(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "kubectl cuts it too")]
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Returns the entries of a mapping as kubectl reads them, each key once, at the place where it is first met.
pub(crate) fn entries(mapping: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    let mut found: Vec<(Node<'_>, Node<'_>)> = Vec::new();
    let mut places: BTreeMap<Cow<'_, str>, usize> = BTreeMap::new();
    for (key, value) in mapping.resolved().set_pairs() {
        if key.str().is_none() {
            continue;
        }
        if let Some(&at) = places.get(&key_text(key)) {
            found[at] = (key, value);
        } else {
            places.insert(key_text(key), found.len());
            found.push((key, value));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Tree, documents};

    fn read(text: &str) -> Vec<(String, String)> {
        let tree = Tree::parse(text, documents(text)[0]).unwrap();
        let x = tree.root(text).unwrap().get("x").unwrap();
        let entries = entries(x).into_iter();
        entries
            .map(|(key, value)| (key_text(key).into_owned(), value.str().unwrap().to_owned()))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_comes_last_wins_be_it_an_own_key_or_a_merge() {
        let base = "base: &b {p: 1, q: 2}\nmore: &m {q: 3, r: 4}\n";
        for (mapping, expected) in [
            ("{q: 4, s: 5, q: 6, <<: *b}", &[("q", "2"), ("s", "5"), ("p", "1")][..]),
            ("{<<: *b, q: 6}", &[("p", "1"), ("q", "6")]),
            ("{<<: *b, <<: *m}", &[("p", "1"), ("q", "3"), ("r", "4")]),
            ("{<<: [*b, *m]}", &[("q", "2"), ("r", "4"), ("p", "1")]),
            ("{'<<': a}", &[("<<", "a")]),
        ] {
            assert_eq!(read(&format!("{base}x: {mapping}\n")), pairs(expected), "{mapping}");
        }
    }

    #[test]
    fn words_and_numbers_become_texts() {
        for (key, expected) in [
            ("on", "true"),
            ("n", "false"),
            ("1.0", "1"),
            ("1.50", "1.5"),
            ("0x1F", "31"),
            ("1e6", "1e+06"),
            ("1e5", "100000"),
            ("1e-7", "1e-07"),
            ("123456789.5", "1.2345679e+08"),
            (".inf", ".inf"),
            ("!!binary aGk=", "hi"),
            ("2024-01-01", "2024-01-01"),
        ] {
            assert_eq!(read(&format!("x: {{{key}: a}}\n")), pairs(&[(expected, "a")]), "{key}");
        }
    }
}
