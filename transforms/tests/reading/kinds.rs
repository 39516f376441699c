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
        why: "text on the line of a marker stops kubectl before it hands on the document above, and us behind that",
        is: |document| document.frame() == "marker-text",
    },
    Kind {
        why: "a mark of the byte order right before the first marker is not read",
        is: |document| document.frame() == "byte-order-mark",
    },
    Kind {
        why: "a list in a list is passed over in silence",
        is: |document| document.frame() == "list-in-list",
    },
    Kind {
        why: "a document that is no object, or says no kind or version, stops kubectl and hides those behind it",
        is: |document| {
            let stops = document
                .unread
                .iter()
                .any(|message| message.contains("error validating"));
            stops && matches!(document.frame(), "several" | "bad-neighbour")
        },
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
        why: "a key `kind` that is written with escapes is not seen",
        is: |document| document.text.contains("\"\\x6bind\""),
    },
];
