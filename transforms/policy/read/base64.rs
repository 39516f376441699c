//! The bytes of a `!!binary`.

/// Decodes padded base64, in which line breaks count for nothing; none where it is something else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::new();
    for (index, group) in digits.chunks(4).enumerate() {
        let is_last = (index + 1) * 4 == digits.len();
        let padding = group.iter().rev().take_while(|digit| **digit == b'=').count();
        if padding > 2 || (padding > 0 && !is_last) {
            return None;
        }
        let mut bits = 0;
        for digit in &group[..4 - padding] {
            bits = bits << 6 | value(*digit)?;
        }
        let [_, decoded @ ..] = (bits << (6 * padding)).to_be_bytes();
        bytes.extend(&decoded[..3 - padding]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_says_how_many_bytes_end_the_text() {
        for (text, expected) in [
            ("aGk=", Some("hi")),
            ("aA==", Some("h")),
            ("VENQ", Some("TCP")),
            ("aG\nk=\n", Some("hi")),
            ("", Some("")),
            ("aGk", None),
            ("a===", None),
            ("aA==aA==", None),
            ("a_k=", None),
        ] {
            let decoded = decode(text).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(decoded.as_deref(), expected, "{text:?}");
        }
    }
}
