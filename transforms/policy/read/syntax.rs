//! The API server's rules for labels and ports' names.

use crate::policy::dns::{is_subdomain, is_substituted};

use super::Selector;

/// The longest label value, and the longest name in a label's key.
const LABEL_LENGTH: usize = 63;
/// The longest name of a port.
const PORT_NAME_LENGTH: usize = 15;

/// Says what is wrong with a label's key, which may have a DNS subdomain before a `/`.
pub(crate) fn label_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let fits = prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_text(name);
    if fits || is_substituted(key) {
        return Ok(());
    }
    Err(format!("`{key}` is no label key"))
}

/// Says what is wrong with a label's value.
pub(crate) fn label_value(value: &str) -> Result<(), String> {
    if is_label_text(value) || is_substituted(value) {
        return Ok(());
    }
    Err(format!(
        "`{value}` is no label value: it takes letters, digits, `-`, `_` and `.`, starts and ends with a letter or \
         digit, and has at most {LABEL_LENGTH} characters"
    ))
}

/// Says what is wrong with a selector that is made of the labels of pods or of the name of a namespace.
pub(crate) fn selected(selector: &Selector) -> Result<(), String> {
    for (key, value) in &selector.labels {
        label_key(key)?;
        label_value(value)?;
    }
    for term in &selector.expressions {
        label_key(&term.key)?;
        term.values.iter().try_for_each(|value| label_value(value))?;
    }
    Ok(())
}

/// Says what is wrong with the name of a port.
///
/// # Source
/// <https://github.com/kubernetes/kubernetes/blob/v1.32.0/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go>
pub(crate) fn port_name(name: &str) -> Result<(), String> {
    let wrong = if name.is_empty() || name.len() > PORT_NAME_LENGTH {
        "it takes 1 to 15 characters"
    } else if !name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    {
        "it takes only lower-case letters, digits and `-`"
    } else if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        "it must contain at least one letter (a number is written without quotes)"
    } else if name.contains("--") {
        "it has no `--`"
    } else if name.starts_with('-') || name.ends_with('-') {
        "it neither starts nor ends with `-`"
    } else {
        return Ok(());
    };
    Err(format!("\"{name}\" is no port name: {wrong}"))
}

fn is_label_text(text: &str) -> bool {
    let ends_fit = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LABEL_LENGTH
        && ends_fit(text.bytes().next())
        && ends_fit(text.bytes().last())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_name_has_a_letter_and_at_most_15_characters_and_no_stray_dash() {
        for name in ["http", "a", "8080-tcp", "x234567890-2345"] {
            assert_eq!(port_name(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "80",
            "8080",
            "HTTP",
            "a--b",
            "-a",
            "a-",
            "a_b",
            "x2345678901-3456",
            "1:20",
        ] {
            assert!(port_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_label_key_may_have_a_dns_prefix_and_a_value_may_be_empty() {
        for key in ["app", "app.kubernetes.io/name", "a_B.c-d", "${KEY}"] {
            assert_eq!(label_key(key), Ok(()), "{key}");
        }
        for key in ["", "/app", "a/b/c", "App.Io/name", "-a", "a b"] {
            assert!(label_key(key).is_err(), "{key}");
        }
        for value in ["", "web", "Web_1.0", "${APP}"] {
            assert_eq!(label_value(value), Ok(()), "{value}");
        }
        let long = "a".repeat(64);
        for value in ["a b", "-a", "a/b", "ä", &long] {
            assert!(label_value(value).is_err(), "{value}");
        }
    }
}
