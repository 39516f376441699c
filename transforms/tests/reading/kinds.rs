//! The kinds of documents that we read otherwise than the server does.

use super::answers::Answered;

/// A kind of document, and why it is read otherwise.
pub(crate) struct Kind {
    /// Why we differ.
    pub(crate) why: &'static str,
    /// Tells whether a document is of this kind.
    pub(crate) is: fn(&Answered) -> bool,
}

/// Each must be met by a document that differs.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        why: "JSON objects one after the other are read as one document",
        is: |document| document.frame() == "json-stream",
    },
    Kind {
        why: "text on the line of a document's marker is read",
        is: |document| document.frame() == "marker-text",
    },
    Kind {
        why: "what follows `...` is read",
        is: |document| document.frame() == "end-marker",
    },
    Kind {
        why: "directives are read",
        is: |document| document.frame() == "directive",
    },
    Kind {
        why: "a mark of the byte order at a later document is not read",
        is: |document| document.frame() == "byte-order-mark",
    },
    Kind {
        why: "U+0085, U+2028 and U+2029 are read as parts of a line",
        is: |document| document.frame() == "line-break",
    },
    Kind {
        why: "tabs are read where kubectl's reader takes none",
        is: |document| document.frame() == "tab",
    },
    Kind {
        why: "a bracket that closes at its key's column is not read",
        is: |document| document.frame() == "bracket-at-key",
    },
    Kind {
        why: "a quoted text that goes on at its key's column is not read",
        is: |document| document.frame() == "continued-text",
    },
    Kind {
        why: "a list in a list is passed over in silence",
        is: |document| document.frame() == "list-in-list",
    },
    Kind {
        why: "a document that can't be read does not hide those behind it",
        is: |document| matches!(document.frame(), "several" | "bad-neighbour") && !document.unread.is_empty(),
    },
    Kind {
        why: "a document that is no object, or that says no kind, is passed over in silence",
        is: |document| {
            let says = |what| document.unread.iter().any(|message| message.contains(what));
            let no_kind = [
                "invalid object to validate",
                "kind not set",
                "kind isn't string type",
                "Kind' is missing",
            ];
            no_kind.into_iter().any(says)
        },
    },
    Kind {
        why: "kubectl puts its own namespace over one that is no string, of a list's item alone; we refuse it",
        is: |document| document.refused_for("`namespace` must be a string"),
    },
    Kind {
        why: "kubectl takes whatever has `items` for a list, and applies nothing of it; we refuse it",
        is: |document| document.frame() == "items",
    },
    Kind {
        why: "mapping keys that are no scalars are passed over",
        is: |document| document.frame() == "template",
    },
    Kind {
        why: "a key `kind` that is written with escapes is not seen",
        is: |document| document.text.contains("\"\\x6bind\""),
    },
];
