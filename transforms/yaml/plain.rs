//! Which strings can stand without quotes.

/// Tells whether some reader takes the plain scalar `text` for something else than a string.
///
/// Covers YAML 1.1 (the API server's reader) and YAML 1.2: null, booleans, numbers in all bases, dates, `<<`, `=`.
/// What only looks like one of them to the letter of YAML 1.1 (`1.2.3.4`) counts too.
///
/// # Source
/// <https://yaml.org/type/> (1.1), <https://yaml.org/spec/1.2.2/#1032-tag-resolution> (1.2)
pub(super) fn is_special(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "~", "null", "y", "n", "yes", "no", "on", "off", "true", "false", "<<", "=",
    ];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    text.is_empty()
        || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || [".inf", ".nan"].iter().any(|word| word.eq_ignore_ascii_case(unsigned))
        || is_number(unsigned)
        || is_date(text)
}

/// Tells whether `text` means null without quotes.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Tells whether `text` can be written without quotes in block and in flow style, as a key and as a value.
pub(super) fn is_writable(text: &str) -> bool {
    const FIRST: &[char] = &[
        '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', ' ',
    ];
    !text.is_empty()
        && !text.starts_with(FIRST)
        && !text.starts_with("...")
        && !text.ends_with([' ', ':'])
        && !text.contains([',', '[', ']', '{', '}'])
        && !text.contains(": ")
        && !text.contains(" #")
        && text.chars().all(|char| !needs_escape(char))
}

/// Tells whether `char` can only be written as an escape, or is a line break or tab, which we escape too.
pub(super) fn needs_escape(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Tells whether `text`, its sign taken off, is a number of YAML 1.1 or 1.2: decimal, binary, octal, hexadecimal,
/// sexagesimal or floating, with `_` anywhere.
fn is_number(text: &str) -> bool {
    let based = |prefixes: [&str; 2], digits: fn(u8) -> bool| {
        prefixes.iter().any(|prefix| {
            let rest = text.strip_prefix(prefix);
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| digits(byte) || byte == b'_'))
        })
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    based(["0x", "0X"], |byte| byte.is_ascii_hexdigit())
        || based(["0o", "0O"], |byte| byte.is_ascii_digit())
        || based(["0b", "0B"], |byte| byte.is_ascii_digit())
        || mantissa.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && mantissa
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b':'))
            && exponent.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Tells whether `text` starts as a date, `2001-12-14`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let day = rest.split(['T', 't', ' ', '\t']).next().unwrap_or(rest);
    year.len() == 4 && digits(year, 4) && digits(month, 2) && digits(day, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_of_yaml_1_1_takes_for_something_else_is_special() {
        for text in [
            "",
            "~",
            "null",
            "NULL",
            "y",
            "N",
            "yes",
            "No",
            "on",
            "OFF",
            "true",
            "False",
            "012",
            "0o12",
            "08",
            "0x1F",
            "0b11",
            "1_000",
            "1e3",
            ".5",
            "1.",
            "+1",
            "-1",
            "80",
            "8e1",
            "1.5e-3",
            ".inf",
            "-.INF",
            ".NaN",
            "12:30",
            "2001-12-14",
            "2001-12-14T21:59:43Z",
            "2001-1-1 10:00:00",
            "<<",
            "=",
            "1.2.3.4",
        ] {
            assert!(is_special(text), "{text:?}");
        }
    }

    #[test]
    fn names_and_addresses_are_strings_as_they_stand() {
        for text in [
            "web",
            "yesterday",
            "nope",
            "10.0.0.0/8",
            "e3",
            "0xz",
            "1a",
            "a1",
            "TCP",
            "shop/web",
            "v1.2",
            "fd00::/8",
            "2001-12",
            "k8s:io.kubernetes.pod.namespace",
            "Service/shop/web NetworkPolicy/shop/deny",
            "+",
            "x-1",
        ] {
            assert!(!is_special(text) && is_writable(text), "{text:?}");
        }
    }

    #[test]
    fn indicators_blanks_and_controls_need_quotes() {
        for text in [
            "- a",
            "?",
            ": a",
            "a: b",
            "a:",
            "a #b",
            "#a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a",
            "\"a",
            "%a",
            "@a",
            "`a",
            " a",
            "a ",
            "a\nb",
            "a\tb",
            "[a",
            "{a",
            "a,b",
            "...",
            "---",
            "\u{feff}a",
            "a\u{85}b",
            "\u{7f}",
        ] {
            assert!(!is_writable(text), "{text:?}");
        }
    }
}
