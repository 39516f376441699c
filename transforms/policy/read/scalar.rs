//! What kubectl makes of a scalar: it reads YAML 1.1, with the words and numbers of `goyaml`.

use std::collections::BTreeMap;

use crate::yaml::{Kind, Node};

/// The value of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean, `yes` and `off` among them.
    Bool(bool),
    /// A whole number, however it is written.
    Integer(i64),
    /// Any other number.
    Fraction,
    /// A text.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Reads a node; `None` where it is a mapping or a sequence.
    pub(crate) fn of(node: Node<'a>) -> Option<Self> {
        let text = node.str()?;
        if node.is_null() {
            return Some(Self::Null);
        }
        let resolves = match node.tag() {
            None => node.is_plain(),
            Some(tag) => matches!(
                tag.strip_prefix("tag:yaml.org,2002:"),
                Some("int" | "float" | "bool" | "null")
            ),
        };
        Some(if resolves { Self::plain(text) } else { Self::Text(text) })
    }

    /// Returns the text of a node that is one; numbers and booleans are none.
    pub(crate) fn text_of(node: Node<'a>) -> Option<&'a str> {
        match Self::of(node)? {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Fraction => None,
        }
    }

    /// Reads a text without quotes.
    ///
    /// # Source
    /// <https://github.com/kubernetes-sigs/yaml/blob/v1.4.0/goyaml.v2/resolve.go>
    fn plain(text: &'a str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
                return Self::Bool(true);
            }
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
                return Self::Bool(false);
            }
            _ => {}
        }
        if !text.starts_with(|first: char| matches!(first, '0'..='9' | '+' | '-' | '.')) {
            return Self::Text(text);
        }
        if matches!(
            text.trim_start_matches(['+', '-']),
            ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
        ) {
            return Self::Fraction;
        }
        let digits = text.replace('_', "");
        if let Some(number) = integer(&digits) {
            return Self::Integer(number);
        }
        if is_decimal(&digits) {
            return digits.parse().map_or(Self::Fraction, whole);
        }
        Self::Text(text)
    }
}

/// Reads a whole number with Go's prefixes: `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefixed = digits.strip_prefix('0').filter(|rest| !rest.is_empty());
    let (radix, digits) = match prefixed {
        None => (10, digits),
        Some(rest) if rest.starts_with(['x', 'X']) => (16, &rest[1..]),
        Some(rest) if rest.starts_with(['o', 'O']) => (8, &rest[1..]),
        Some(rest) if rest.starts_with(['b', 'B']) => (2, &rest[1..]),
        Some(rest) => (8, rest),
    };
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let number = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

/// Tells whether `text` is a decimal number: digits with at most one point and an exponent.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    has_digits && all_digits(whole) && all_digits(fraction) && exponent_fits
}

/// Makes a whole number of a decimal that is one, as its JSON does on the way to the API server.
fn whole<'a>(number: f64) -> Scalar<'a> {
    // Beyond 2^53 a float is no longer exact, and nothing that is read here is that large.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 || number.abs() > EXACT {
        return Scalar::Fraction;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the exact range")]
    let number = number as i64;
    Scalar::Integer(number)
}

/// Returns the entries of a mapping as kubectl reads them, in the order of the file: the last of duplicate keys at the
/// place of the first, and what merge keys bring in behind the mapping's own.
pub(crate) fn entries(mapping: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    let mut found: Vec<(Node<'_>, Node<'_>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waiting = vec![mapping.resolved()];
    while let Some(mapping) = waiting.pop() {
        let inherited = found.len();
        let mut merged = Vec::new();
        for (key, value) in mapping.pairs() {
            if key.is_merge_key() {
                let value = value.resolved();
                match value.kind() {
                    Kind::Mapping => merged.push(value),
                    Kind::Sequence => merged.extend(value.items().map(Node::resolved)),
                    Kind::Scalar | Kind::Alias => {}
                }
                continue;
            }
            let Some(name) = key.str() else { continue };
            match places.get(name) {
                Some(&at) if at >= inherited => found[at] = (key, value),
                Some(_) => {}
                None => {
                    places.insert(name, found.len());
                    found.push((key, value));
                }
            }
        }
        waiting.extend(merged.into_iter().rev());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Tree, documents};

    #[test]
    fn numbers_are_read_as_kubectl_reads_them() {
        for text in [
            "80",
            "0x50",
            "0o120",
            "0120",
            "8_0",
            "80.0",
            "8e1",
            "+80",
            "080",
            "0b1010000",
        ] {
            assert_eq!(Scalar::plain(text), Scalar::Integer(80), "{text}");
        }
        for (text, expected) in [
            ("1:20", Scalar::Text("1:20")),
            ("-1", Scalar::Integer(-1)),
            ("80.5", Scalar::Fraction),
            (".inf", Scalar::Fraction),
            ("1e400", Scalar::Fraction),
            ("8e", Scalar::Text("8e")),
            (".", Scalar::Text(".")),
            ("-", Scalar::Text("-")),
            ("0x", Scalar::Text("0x")),
            ("10.0.0.0/8", Scalar::Text("10.0.0.0/8")),
            ("2026-01-01", Scalar::Text("2026-01-01")),
            ("off", Scalar::Bool(false)),
            ("Y", Scalar::Bool(true)),
            ("~", Scalar::Null),
        ] {
            assert_eq!(Scalar::plain(text), expected, "{text}");
        }
    }

    #[test]
    fn quotes_and_tags_decide_whether_a_text_is_a_number() {
        for (text, expected) in [
            ("'80'", Scalar::Text("80")),
            ("\"null\"", Scalar::Text("null")),
            ("!!str 80", Scalar::Text("80")),
            ("!!int '80'", Scalar::Integer(80)),
            ("80", Scalar::Integer(80)),
            ("", Scalar::Null),
        ] {
            let text = format!("a: {text}\n");
            let tree = Tree::parse(&text, documents(&text)[0]).unwrap();
            let node = tree.root(&text).unwrap().get("a").unwrap();
            assert_eq!(Scalar::of(node), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_last_of_duplicates_wins_and_merges_only_add() {
        let text = "base: &b {p: 1, q: 2, r: 3}\nx: {q: 4, s: 5, q: 6, <<: *b}\n";
        let tree = Tree::parse(text, documents(text)[0]).unwrap();
        let read: Vec<_> = entries(tree.root(text).unwrap().get("x").unwrap())
            .into_iter()
            .map(|(key, value)| (key.str().unwrap(), value.str().unwrap()))
            .collect();
        assert_eq!(read, [("q", "6"), ("s", "5"), ("p", "1"), ("r", "3")]);
    }
}
