//! Plan → draft: the new text of every file that changes, not yet proven.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::overlay::place::{NewText, Placement};
use crate::plan::Manifest;
use crate::source::{LineCol, LineIndex, Sources, Span};
use crate::yaml::{self, Edit, Item, Node, Path, Step, Tree};

/// Something that could not be read, or a change that could not be proven and was not made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// The path.
    pub path: String,
    /// The line and column, where known.
    pub at: Option<LineCol>,
    /// What went wrong and what to do.
    pub message: String,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileAction {
    /// It is new.
    Added,
    /// It is edited.
    Edited,
    /// It goes.
    Removed,
}

/// A file as it is to become.
#[derive(Debug, Clone)]
pub struct DraftFile {
    /// Its path.
    pub path: String,
    /// Its text today, `None` where it is new.
    pub before: Option<Arc<str>>,
    /// Its text to be, `None` where it goes.
    pub after: Option<String>,
    /// The edits that lead from one to the other, by document; empty for a file that is written as a whole.
    pub edits: BTreeMap<u32, Vec<Edit>>,
    /// Documents that come behind the text of a stream.
    pub appended: String,
}

impl DraftFile {
    /// Tells what happens to the file.
    pub const fn action(&self) -> FileAction {
        match (&self.before, &self.after) {
            (None, _) => FileAction::Added,
            (Some(_), Some(_)) => FileAction::Edited,
            (Some(_), None) => FileAction::Removed,
        }
    }
}

/// The files that a run wants to change, and those that it can't.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What is to become of files.
    pub files: Vec<DraftFile>,
    /// Files whose edits can't be made exactly.
    pub failures: Vec<Failure>,
}

/// The edits of a file, by document.
type FileEdits = BTreeMap<u32, Vec<Edit>>;

impl Draft {
    /// Renders the edits of manifests and what is to be done for overlays, each file once.
    pub fn new(manifests: BTreeMap<Manifest, Vec<Edit>>, placement: Placement, sources: &Sources) -> Self {
        let texts = sources
            .files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_ref()));
        let texts: BTreeMap<&str, Option<&Arc<str>>> = texts.collect();
        let mut edits: BTreeMap<String, FileEdits> = BTreeMap::new();
        for ((file, document, _), more) in manifests {
            let path = sources.path(file).to_owned();
            edits.entry(path).or_default().entry(document).or_default().extend(more);
        }
        for ((path, document), more) in placement.edits {
            edits.entry(path).or_default().entry(document).or_default().extend(more);
        }
        let mut draft = Self::default();
        let foreign: BTreeSet<&str> = sources.foreign.iter().map(|file| sources.path(*file)).collect();
        for (path, edits) in edits {
            if foreign.contains(path.as_str()) {
                let message = "not edited: it is no UTF-8, and only that is written; save it as UTF-8".to_owned();
                draft.failures.push(Failure {
                    path,
                    at: None,
                    message,
                });
            } else if let Some(Some(text)) = texts.get(path.as_str()) {
                draft.edit(path, text, edits);
            }
        }
        for (path, text) in placement.files {
            let before = texts.get(path.as_str()).copied().flatten().cloned();
            draft.files.push(DraftFile {
                path,
                before,
                after: text.map(NewText::render),
                edits: BTreeMap::new(),
                appended: String::new(),
            });
        }
        if let Some(stream) = sources.stream.filter(|_| !placement.appended.is_empty()) {
            draft.append(sources.path(stream), sources.text(stream), &placement.appended);
        }
        draft
    }

    /// Adds a file's edits, or the reason why they can't be made.
    fn edit(&mut self, path: String, text: &Arc<str>, edits: FileEdits) {
        match rendered(text, edits) {
            Ok((after, edits)) => {
                let (before, after) = (Some(text.clone()), Some(after));
                self.files.push(DraftFile {
                    path,
                    before,
                    after,
                    edits,
                    appended: String::new(),
                });
            }
            Err((at, message)) => {
                let at = at.map(|span| LineIndex::new(text).line_col(text, span.start));
                self.failures.push(Failure {
                    path,
                    at,
                    message: format!("not edited: {message}"),
                });
            }
        }
    }

    /// Puts documents behind the text of a stream.
    fn append(&mut self, path: &str, text: Option<&Arc<str>>, documents: &[String]) {
        let edited = self
            .files
            .iter()
            .position(|file| file.path == path)
            .map(|at| self.files.remove(at));
        let mut file = edited.unwrap_or_else(|| DraftFile {
            path: path.to_owned(),
            before: text.cloned(),
            after: text.map(ToString::to_string),
            edits: BTreeMap::new(),
            appended: String::new(),
        });
        let ends_line = file
            .after
            .as_ref()
            .is_none_or(|text| text.is_empty() || text.ends_with('\n'));
        file.appended = if ends_line {
            documents.concat()
        } else {
            format!("\n{}", documents.concat())
        };
        self.files.push(file);
    }
}

/// The bytes at fault, where there are any, and what is wrong.
type Unmade = (Option<Span>, String);

/// Returns the text after the edits, and the edits as they were made.
fn rendered(text: &str, edits: FileEdits) -> Result<(String, FileEdits), Unmade> {
    let documents = yaml::documents(text);
    let mut splices = Vec::new();
    let mut made = BTreeMap::new();
    for (document, edits) in edits {
        let span = documents.get(document as usize).copied();
        let span = span.ok_or_else(|| (None, format!("document {document} is no longer there")))?;
        let tree =
            Tree::parse(text, span).map_err(|error| (Some(Span::new(error.offset, error.offset)), error.message))?;
        let edits = fitted(&tree, text, edits);
        let rendered = yaml::render(text, &tree, &edits);
        splices.extend(rendered.map_err(|refusal| (refusal.place().span, refusal.to_string()))?);
        made.insert(document, edits);
    }
    Ok((yaml::splice(text, &splices), made))
}

/// Turns the insertion of a list whose key stands there with nothing in it (`to: []`) into items of that list.
fn fitted(tree: &Tree, text: &str, edits: Vec<Edit>) -> Vec<Edit> {
    let root = tree.root(text);
    let fit = |edit| match edit {
        Edit::Insert {
            at,
            key,
            value: yaml::Value::Seq(values),
        } => {
            let path = at.key(&key);
            if root.and_then(|root| find(root, &path)).is_some() {
                Edit::Items {
                    at: path,
                    items: values.into_iter().map(Item::New).collect(),
                }
            } else {
                Edit::Insert {
                    at,
                    key,
                    value: yaml::Value::Seq(values),
                }
            }
        }
        other => other,
    };
    edits.into_iter().map(fit).collect()
}

/// Returns the node at a path.
fn find<'t>(root: Node<'t>, path: &Path) -> Option<Node<'t>> {
    path.0.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().nth(*index),
    })
}
