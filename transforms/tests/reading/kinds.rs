//! The kinds of documents that we read otherwise than the server does.

use ciliate_transforms::world::mentions::mentions;

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
        why: "of a label without a value the server stores what the client makes of it, so that we read none",
        is: |document| document.refused_for("a label without a value"),
    },
    Kind {
        why: "text behind a document in brackets kubectl drops, after a line break of YAML 1.1 too; we refuse it",
        is: |document| document.frame() == "line-break",
    },
    Kind {
        why: "a document that is no object, or says no kind or version, stops kubectl and hides those behind it",
        is: |document| {
            document.frame() == "bad-neighbour" || document.says("error validating") && document.text.contains("\n---")
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
    Kind {
        why: "what is no object, or says no kind that is looked for, is passed over in silence, a list's item too",
        is: |document| !mentions(document.text.as_bytes()).has_policy() || document.says("'Kind' is missing"),
    },
];
