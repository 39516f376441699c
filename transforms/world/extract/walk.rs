//! A walk over a file's documents, as the readers of clusters come to them.

use std::cell::LazyCell;

use super::document::Document;
use super::stream::{self, Standing};
use super::{Extract, Skip, Skipped, Unread, Wanted, readers};
use crate::policy::read::{self, Source};
use crate::source::{FileId, LineIndex, Span};
use crate::world::mentions::Mentions;
use crate::yaml::{Dialect, ParseError, Tree};

/// A walk over the documents of a file.
pub(super) struct Walk<'a, L: FnOnce() -> LineIndex> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    pub(super) wanted: Wanted,
    pub(super) kustomizes: bool,
    /// Whether some document may hold a policy, so that it matters what stops the readers.
    pub(super) holds_policies: bool,
    /// The byte at which the readers stop, once that was met.
    pub(super) stop: Option<u32>,
    pub(super) lines: LazyCell<LineIndex, L>,
}

/// A document before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Its index in the file, from 0.
    pub(super) document: u32,
    pub(super) span: Span,
    pub(super) mentioned: Mentions,
    /// Whether it holds anything wanted; what does not can only stop the readers.
    matters: bool,
}

impl<L: FnOnce() -> LineIndex> Walk<'_, L> {
    /// Makes a piece of a document.
    pub(super) const fn piece(&self, document: u32, span: Span, mentioned: Mentions) -> Piece {
        let wants_workloads = self.wanted.workloads && mentioned.has(Mentions::WORKLOADS);
        Piece {
            document,
            span,
            mentioned,
            matters: mentioned.matters() || wants_workloads || self.kustomizes,
        }
    }

    /// Takes a document, which `next` follows.
    pub(super) fn take(&mut self, piece: Piece, next: Option<Span>, found: &mut Extract) {
        if !piece.matters && !self.holds_policies {
            return;
        }
        if let Some(stop) = self.stop {
            if piece.matters {
                let line = self.lines.line_col(self.text, stop).line;
                let message = format!("no reader gets here, since line {line} of the file stops it");
                found.unread.push(self.told(piece, self.content(piece), message));
            }
            return;
        }
        match stream::standing(self.text, piece.span, next) {
            Standing::Read => self.read(piece, found),
            Standing::Dropped => skip(piece, Skip::Dropped, found),
            Standing::Stopped { offset, message } => self.stopped(piece, offset, message.to_owned(), found),
            Standing::Streamed => {
                let mut by_kubectl = Extract::of(self.file, 0);
                self.read(piece, &mut by_kubectl);
                let told = self.told(piece, self.content(piece), readers::STREAMED.to_owned());
                found.differ(by_kubectl, Extract::of(self.file, 0), told);
            }
        }
    }

    /// Reads a document that the readers come to.
    fn read(&mut self, piece: Piece, found: &mut Extract) {
        let tree = match self.tree(piece) {
            Ok(tree) => tree,
            Err(_) if self.is_template(piece) => return skip(piece, Skip::UnrenderedTemplate, found),
            Err(error) => return self.stopped(piece, error.offset, error.message, found),
        };
        if tree.compound_key().is_some() && self.is_template(piece) {
            return skip(piece, Skip::UnrenderedTemplate, found);
        }
        if let Some((at, message)) = self.fault(&tree) {
            return self.stopped(piece, at.start, message, found);
        }
        if piece.matters {
            self.objects(piece, tree, found);
        }
    }

    /// Reads the objects of a document, where it matters both as kubectl and as kustomize has them.
    fn objects(&self, piece: Piece, mut tree: Tree, found: &mut Extract) {
        let reading = Document {
            source: Source::new(self.file, piece.document, self.text, &tree),
            text: self.text,
            mentioned: piece.mentioned,
            wanted: self.wanted,
            kustomizes: self.kustomizes,
        };
        let is_doubtful = piece.mentioned.has_policy() && !self.kustomizes;
        let root = tree.root(self.text);
        let Some(doubt) = root.filter(|_| is_doubtful).and_then(readers::doubt) else {
            return reading.read(root, found);
        };
        let (mut by_kubectl, mut by_kustomize) = (Extract::of(self.file, 0), Extract::of(self.file, 0));
        reading.read(root, &mut by_kubectl);
        if doubt.stops_kustomize {
            let message = format!("kustomize stops here: {}", doubt.message);
            by_kustomize.unread.push(self.told(piece, doubt.at.start, message));
        } else {
            tree.read_by(Dialect::Kustomize);
            reading.read(tree.root(self.text), &mut by_kustomize);
        }
        let told = self.told(piece, doubt.at.start, doubt.message);
        found.differ(by_kubectl, by_kustomize, told);
    }

    /// Returns where a document that parses stops the readers nevertheless, and why.
    fn fault(&self, tree: &Tree) -> Option<(Span, String)> {
        if let Some(key) = tree.compound_key() {
            return Some((key, "a key is a mapping or a list, which no reader takes".to_owned()));
        }
        // A kustomization is not for kubectl's reader.
        let root = tree.root(self.text).filter(|_| !self.kustomizes)?;
        read::unreadable(root, self.text)
    }

    /// Notes that no reader gets past a document.
    fn stopped(&mut self, piece: Piece, offset: u32, message: String, found: &mut Extract) {
        self.stop = Some(offset);
        if piece.matters {
            found.unread.push(self.told(piece, offset, message));
        }
    }

    fn told(&self, piece: Piece, offset: u32, message: String) -> Unread {
        Unread {
            document: piece.document,
            at: self.lines.line_col(self.text, offset),
            message,
        }
    }

    /// Returns where a document's content starts.
    fn content(&self, piece: Piece) -> u32 {
        let source = piece.span.slice(self.text);
        let blank = source.len() - source.trim_start().len();
        piece
            .span
            .start
            .saturating_add(u32::try_from(blank).unwrap_or(u32::MAX))
    }

    fn is_template(&self, piece: Piece) -> bool {
        memchr::memmem::find(piece.span.slice(self.text).as_bytes(), b"{{").is_some()
    }

    /// Parses a document, with its comments only where one may be an ignore.
    fn tree(&self, piece: Piece) -> Result<Tree, ParseError> {
        let (text, span) = (self.text, piece.span);
        let read = if memchr::memmem::find(span.slice(text).as_bytes(), read::COMMENT_MARK.as_bytes()).is_some() {
            Tree::parse(text, span)
        } else {
            Tree::parse_without_comments(text, span)
        };
        read.or_else(|error| Tree::parse_loosely(text, span).ok_or(error))
    }
}

fn skip(piece: Piece, why: Skip, found: &mut Extract) {
    let skipped = Skipped {
        document: piece.document,
        why,
        may_hold_policy: piece.mentioned.has_policy(),
    };
    found.skipped.extend(piece.matters.then_some(skipped));
}
