//! How new files are laid out: as the tree that they come into.

use std::collections::BTreeSet;

use super::{Layout, Placer};
use crate::policy::Place;
use crate::policy::emit::OWNED_LABEL;
use crate::yaml::{self, Sequences};

/// Where the sequences of a file stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Style {
    /// By document; `None` where it has none.
    documents: Vec<Option<Sequences>>,
    /// In the first document that is no overlay of ours and has some.
    first: Option<Sequences>,
}

impl Style {
    fn of(text: &str) -> Self {
        let documents = yaml::documents(text);
        let styles: Vec<_> = documents.iter().map(|span| Sequences::of(text, *span)).collect();
        let voting = documents.iter().zip(&styles);
        let mut voting = voting.filter(|(document, _)| !document.slice(text).contains(OWNED_LABEL));
        Self {
            first: voting.find_map(|(_, style)| *style),
            documents: styles,
        }
    }
}

impl Placer<'_, '_> {
    /// Returns where the sequences of an overlay stand: as in the document of its source, or where that has none, as in
    /// the rest of the file. The documents of a stream come from many files.
    pub(super) fn sequences_like(&mut self, source: &Place) -> Sequences {
        let run = self.run;
        let style = self.styles.entry(source.file);
        let style = style.or_insert_with(|| Style::of((run.text)((run.path)(source.file)).unwrap_or_default()));
        let own = style.documents.get(source.document as usize).copied().flatten();
        let rest = match run.layout {
            Layout::Stream(_) => None,
            Layout::Separate { .. } | Layout::Beside => style.first,
        };
        own.or(rest).unwrap_or(Sequences::Indented)
    }

    /// Returns where the sequences of a list of overlays stand: as in the files of most of their sources.
    pub(super) fn sequences_of_most(&mut self, overlays: impl Iterator<Item = String>) -> Sequences {
        let sources = overlays.filter_map(|path| self.sources.get(&path)).flatten();
        let sources: BTreeSet<Place> = sources.copied().collect();
        let is_level = |source: &&Place| self.sequences_like(source) == Sequences::Level;
        let level = sources.iter().filter(is_level).count();
        if 2 * level > sources.len() {
            Sequences::Level
        } else {
            Sequences::Indented
        }
    }
}
