//! Proof that a new text means what the edits meant, and nothing else moved.

use std::collections::BTreeMap;

use super::apply::apply;
use super::edit::{Edit, Refusal};
use super::read::{ReadError, is_json, value};
use super::split::documents;
use super::tree::{ParseError, Tree};

/// Why a new text is not proven; it must not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unproven {
    /// The file had another number of documents before.
    #[error("{before} documents became {after}")]
    Documents {
        /// How many there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
    /// Edits were given for a document that is not there.
    #[error("the file has no document {document}")]
    NoDocument {
        /// Its index, from 0.
        document: usize,
    },
    /// A document without edits is not what it was.
    #[error("document {document} changed without an edit")]
    Moved {
        /// Its index, from 0.
        document: usize,
    },
    /// An edited document no longer parses.
    #[error("document {document} no longer parses: {error}")]
    Parse {
        /// Its index, from 0.
        document: usize,
        /// What the parser says; the byte counts from the new file's start.
        error: ParseError,
    },
    /// The second reader does not read an edited document.
    #[error("the second reader does not read document {document}: {error}")]
    Read {
        /// Its index, from 0.
        document: usize,
        /// What it says.
        error: ReadError,
    },
    /// The edits cannot be made on the document's value.
    #[error("the edits of document {document} do not fit its value: {refusal}")]
    Apply {
        /// Its index, from 0.
        document: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The document means something else than the edits say.
    #[error("document {document} does not mean what the edits say")]
    Meaning {
        /// Its index, from 0.
        document: usize,
    },
    /// A JSON document is no longer JSON.
    #[error("document {document} is no longer JSON")]
    Json {
        /// Its index, from 0.
        document: usize,
    },
}

/// Proves that `after` is `before` with these edits, given by the document's index, and nothing else.
///
/// Documents without edits are the same bytes, so what parsed before parses still. Each other document parses; its
/// value, by the second reader, is the old value with the edits made on it; and JSON stays JSON.
///
/// # Errors
/// [`Unproven`] names the first document for which this does not hold.
pub fn prove(before: &str, after: &str, edits_by_document: &[(usize, &[Edit])]) -> Result<(), Unproven> {
    let (old, new) = (documents(before), documents(after));
    if old.len() != new.len() {
        return Err(Unproven::Documents {
            before: old.len(),
            after: new.len(),
        });
    }
    if let Some((document, _)) = edits_by_document.iter().find(|(document, _)| *document >= old.len()) {
        return Err(Unproven::NoDocument { document: *document });
    }
    let mut by_document: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
    for (document, edits) in edits_by_document {
        by_document.entry(*document).or_default().extend(*edits);
    }
    for (document, (old, new)) in old.into_iter().zip(new).enumerate() {
        let edits = by_document.get(&document).map_or(&[][..], Vec::as_slice);
        if edits.is_empty() {
            if old.slice(before) != new.slice(after) {
                return Err(Unproven::Moved { document });
            }
            continue;
        }
        Tree::parse(after, new).map_err(|error| Unproven::Parse { document, error })?;
        prove_document(document, old.slice(before), new.slice(after), edits)?;
    }
    Ok(())
}

fn prove_document(document: usize, before: &str, after: &str, edits: &[&Edit]) -> Result<(), Unproven> {
    if is_json(before) && !is_json(after) {
        return Err(Unproven::Json { document });
    }
    let read = |text| value(text).map_err(|error| Unproven::Read { document, error });
    let expected =
        apply(&read(before)?, edits.iter().copied()).map_err(|refusal| Unproven::Apply { document, refusal })?;
    if read(after)? == expected {
        Ok(())
    } else {
        Err(Unproven::Meaning { document })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Path, Scalar};

    fn set_b(value: Scalar) -> [Edit; 1] {
        [Edit::Set {
            at: Path::default().key("b"),
            value,
        }]
    }

    #[test]
    fn the_meant_change_is_proven() {
        assert_eq!(
            prove(
                "a: 1\n---\nb: x\n",
                "a: 1\n---\nb: 80\n",
                &[(1, &set_b(Scalar::plain("80")))]
            ),
            Ok(())
        );
        let same_value = set_b(Scalar::string("web"));
        assert_eq!(prove("b: x\n", "b: 'web'\n", &[(0, &same_value)]), Ok(()));
    }

    #[test]
    fn a_string_for_a_number_is_not_proven_though_it_parses() {
        let edits = set_b(Scalar::plain("8080"));
        for after in ["b: '8080'\n", "b: !!str 8080\n", "b: 8080\nc: 1\n"] {
            assert_eq!(
                prove("b: web\n", after, &[(0, &edits)]),
                Err(Unproven::Meaning { document: 0 }),
                "{after}"
            );
        }
    }

    #[test]
    fn json_that_becomes_yaml_is_not_proven() {
        let edits = set_b(Scalar::plain("80"));
        assert_eq!(
            prove("{\"b\": 1}", "{b: 80}", &[(0, &edits)]),
            Err(Unproven::Json { document: 0 })
        );
    }

    #[test]
    fn a_document_without_edits_may_not_move() {
        let edits = set_b(Scalar::plain("80"));
        let before = "b: x\n---\na: 1\n";
        assert_eq!(
            prove(before, "b: 80\n---\na: 1 \n", &[(0, &edits)]),
            Err(Unproven::Moved { document: 1 })
        );
        let lost = Err(Unproven::Documents { before: 2, after: 1 });
        assert_eq!(prove(before, "b: 80\n", &[(0, &edits)]), lost);
    }

    #[test]
    fn a_sibling_that_does_not_parse_does_not_stand_in_the_way() {
        let edits = set_b(Scalar::plain("80"));
        let [before, after] = ["x", "80"].map(|value| format!("a: {{{{ x }}\n---\nb: {value}\n"));
        assert_eq!(prove(&before, &after, &[(1, &edits)]), Ok(()));
    }
}
