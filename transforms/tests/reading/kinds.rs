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
pub(crate) const KINDS: &[Kind] = &[];
