//! Bytes → text: UTF-8, and UTF-16 with a byte-order mark, which kustomize reads.

use std::borrow::Cow;

use super::Unread;
use crate::source::{LineCol, LineIndex};

/// Returns the bytes of a file to search for words: those of UTF-16 as UTF-8, all others as they are.
pub fn searchable(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units = bytes[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Cow::Owned(text.into_bytes())
    };
    if bytes.starts_with(&[0xff, 0xfe]) {
        wide(u16::from_le_bytes)
    } else if bytes.starts_with(&[0xfe, 0xff]) {
        wide(u16::from_be_bytes)
    } else {
        Cow::Borrowed(bytes)
    }
}

/// Says of a file that is UTF-16 what kubectl and kustomize make of it.
pub fn foreign() -> Unread {
    Unread {
        document: 0,
        at: LineCol { line: 1, column: 1 },
        message: "kubectl refuses UTF-16, kustomize reads it: save the file as UTF-8".to_owned(),
    }
}

/// Returns the text of searchable bytes.
///
/// # Errors
/// [`Unread`] at the first byte that is no UTF-8, as kubectl and kustomize have it too.
pub fn text(searchable: &[u8]) -> Result<&str, Unread> {
    std::str::from_utf8(searchable).map_err(|error| {
        let (read, _) = searchable.split_at(error.valid_up_to());
        let read = String::from_utf8_lossy(read);
        let offset = u32::try_from(read.len()).unwrap_or(u32::MAX);
        Unread {
            document: 0,
            at: LineIndex::new(&read).line_col(&read, offset),
            message: "a byte here is no UTF-8, so that kubectl and kustomize refuse the file: save it as UTF-8"
                .to_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_with_a_mark_is_searched_and_read_as_text() {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = "\u{feff}kind: \u{1f642}\n".encode_utf16().flat_map(order).collect();
            assert_eq!(text(&searchable(&bytes)), Ok("kind: \u{1f642}\n"));
        }
    }

    #[test]
    fn a_byte_that_is_no_utf_8_is_told_with_its_place() {
        let unread = text(&searchable(b"kind: x\n# caf\xe9\n")).unwrap_err();
        assert_eq!((unread.at.line, unread.at.column), (2, 6));
    }
}
