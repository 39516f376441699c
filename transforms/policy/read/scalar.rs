//! What kubectl makes of a scalar: it reads YAML 1.1, with the words and numbers of `goyaml`.

use std::borrow::Cow;

use crate::yaml::{Dialect, Node};

use super::base64;

/// What the tags of YAML's own types begin with.
const TAGS: &str = "tag:yaml.org,2002:";

/// The value of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean, `yes` and `off` among them.
    Bool(bool),
    /// A whole number of at most 64 bits, with or without a sign.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(Cow<'a, str>),
}

impl<'a> Scalar<'a> {
    /// Reads a node; `None` where it is a mapping or a sequence. What kubectl can't read is a text, see [`Scalar::fault`].
    pub(crate) fn of(node: Node<'a>) -> Option<Self> {
        let text = node.str()?;
        Some(Self::decode(node, text).unwrap_or(Self::Text(Cow::Borrowed(text))))
    }

    /// Says why kubectl can't read a scalar, if it can't.
    pub(crate) fn fault(node: Node<'a>) -> Option<String> {
        Self::decode(node, node.str()?).err()
    }

    /// Returns the text of a node that is one; numbers and booleans are none.
    pub(crate) fn text_of(node: Node<'a>) -> Option<Cow<'a, str>> {
        match Self::of(node)? {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Float(_) => None,
        }
    }

    /// Returns the whole number that the API server reads, which `8080.0` and `1e3` are too.
    pub(crate) fn whole(&self) -> Option<i64> {
        // Beyond 2^53 a float is no longer exact, and nothing that is read here is that large.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Integer(number) => i64::try_from(*number).ok(),
            Self::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and within the exact range")]
                let number = *number as i64;
                Some(number)
            }
            Self::Float(_) | Self::Null | Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// Reads a node's text by its tag, else by its quotes.
    ///
    /// # Source
    /// <https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go>
    fn decode(node: Node<'a>, text: &'a str) -> Result<Self, String> {
        let Some(tag) = node.tag() else {
            let plain = node.is_plain().then(|| Self::plain_to(node.dialect(), text));
            return Ok(plain.unwrap_or(Self::Text(Cow::Borrowed(text))));
        };
        let kind = tag.strip_prefix(TAGS).unwrap_or_default();
        let decoded = match (kind, Self::plain(text)) {
            ("null", read @ Self::Null)
            | ("bool", read @ Self::Bool(_))
            | ("int", read @ Self::Integer(_))
            | ("float", read @ Self::Float(_)) => Some(read),
            #[expect(clippy::cast_precision_loss, reason = "the reader loses it too")]
            ("float", Self::Integer(number)) => i64::try_from(number).ok().map(|number| Self::Float(number as f64)),
            ("null" | "bool" | "int" | "float", _) => None,
            ("timestamp", _) => is_date(text).then_some(Self::Text(Cow::Borrowed(text))),
            ("binary", _) => {
                base64::decode(text).map(|bytes| Self::Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
            }
            (_, _) => Some(Self::Text(Cow::Borrowed(text))),
        };
        decoded.ok_or_else(|| format!("`{text}` is no `!!{kind}`"))
    }

    /// Reads a text without quotes as kubectl does, or as it reads what kustomize makes of it.
    fn plain_to(dialect: Dialect, text: &'a str) -> Self {
        match dialect {
            Dialect::Kustomize if is_word(text) => Self::Text(Cow::Borrowed(text)),
            Dialect::Kustomize if is_date(text) => Self::Text(Cow::Owned(format!("{text}T00:00:00Z"))),
            Dialect::Kustomize | Dialect::Kubectl => Self::plain(text),
        }
    }

    /// Reads a text without quotes.
    fn plain(text: &'a str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Self::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Self::Bool(false),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            _ => number(text).unwrap_or(Self::Text(Cow::Borrowed(text))),
        }
    }
}

/// Tells whether a text without quotes is a boolean to YAML 1.1 alone.
pub(crate) fn is_word(text: &str) -> bool {
    let is_of_both = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    !is_of_both && matches!(Scalar::plain(text), Scalar::Bool(_))
}

/// Reads a number; none where the text is something else or too large for a float.
fn number<'a>(text: &str) -> Option<Scalar<'a>> {
    let first = text.chars().next()?;
    if !matches!(first, '0'..='9' | '+' | '-' | '.') {
        return None;
    }
    // Only digits and signs make the reader overlook underscores.
    let digits = if first == '.' {
        text.to_owned()
    } else {
        text.replace('_', "")
    };
    if let Some(number) = integer(&digits) {
        return Some(Scalar::Integer(number));
    }
    let float = is_decimal(&digits).then(|| digits.parse::<f64>().ok()).flatten()?;
    float.is_finite().then_some(Scalar::Float(float))
}

/// Reads a whole number with Go's prefixes: `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<i128> {
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
    let number = i128::from(u64::from_str_radix(digits, radix).ok()?);
    match text.as_bytes()[0] {
        b'-' | b'+' => i64::try_from(if negative { -number } else { number })
            .ok()
            .map(i128::from),
        _ => Some(number),
    }
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

/// Tells whether a text is a date, a time behind it or not.
pub(crate) fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<u8>().ok())
            .flatten()
    };
    match parts[..] {
        [year, month, day] if year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()) => {
            number(month).is_some_and(|month| (1..=12).contains(&month))
                && number(day).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
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
            assert_eq!(Scalar::plain(text).whole(), Some(80), "{text}");
        }
        for (text, expected) in [
            ("1:20", Scalar::Text("1:20".into())),
            ("-1", Scalar::Integer(-1)),
            ("80.5", Scalar::Float(80.5)),
            (".inf", Scalar::Float(f64::INFINITY)),
            ("1e400", Scalar::Text("1e400".into())),
            ("18446744073709551615", Scalar::Integer(u64::MAX.into())),
            ("18446744073709551616", Scalar::Float(18_446_744_073_709_551_616.0)),
            ("8e", Scalar::Text("8e".into())),
            (".", Scalar::Text(".".into())),
            ("-", Scalar::Text("-".into())),
            ("0x", Scalar::Text("0x".into())),
            ("10.0.0.0/8", Scalar::Text("10.0.0.0/8".into())),
            ("2026-01-01", Scalar::Text("2026-01-01".into())),
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
            ("'80'", Scalar::Text("80".into())),
            ("\"null\"", Scalar::Text("null".into())),
            ("!!str 80", Scalar::Text("80".into())),
            ("! 80", Scalar::Text("80".into())),
            ("!!binary aGk=", Scalar::Text("hi".into())),
            ("!!float 80", Scalar::Float(80.0)),
            ("!!null ''", Scalar::Null),
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
    fn a_tag_that_its_text_does_not_fit_is_a_fault() {
        for (text, expected) in [
            ("!!int 80.0", Some("`80.0` is no `!!int`")),
            ("!!int 80", None),
            ("!!null x", Some("`x` is no `!!null`")),
            ("!!float 80", None),
            ("!!binary aG", Some("`aG` is no `!!binary`")),
            ("!!timestamp 2024-01-01", None),
            ("!!timestamp web", Some("`web` is no `!!timestamp`")),
            ("!local x", None),
        ] {
            let text = format!("a: {text}\n");
            let tree = Tree::parse(&text, documents(&text)[0]).unwrap();
            let node = tree.root(&text).unwrap().get("a").unwrap();
            assert_eq!(Scalar::fault(node).as_deref(), expected, "{text}");
        }
    }
}
