//! One file's objects, as owned facts: what is left of a file once its text is gone.

mod cilium;
pub mod encoding;
mod kustomization;
mod node;
mod service;
mod stream;
mod sync;
mod workload;

use std::borrow::Cow;
use std::cell::LazyCell;

pub use kustomization::{Kustomization, is_kustomization};
use stream::Standing;
pub use sync::Sync;

use super::facts::NodeFact;
use super::mentions::{Mentions, mentions};
use super::others::{OtherKind, OtherPolicy};
use super::{CiliumPolicy, Service, Workload};
use crate::policy::read::{self, Object, Read, Reader, Scalar, Source};
use crate::policy::{Labels, Policy, Rejected};
use crate::source::{FileId, LineCol, LineIndex, Span};
use crate::yaml::{Kind, Node, ParseError, Tree, documents};

/// What is asked for beyond what is always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Workloads, see [`wants_workloads`](super::build::wants_workloads).
    pub workloads: bool,
}

/// What a file holds; each object's namespace is as written, [`Unnamed`](crate::policy::Namespace::Unnamed) of the
/// empty root where none is.
#[derive(Debug, Clone)]
pub struct Extract {
    /// The file.
    pub file: FileId,
    /// How many documents the file has.
    pub documents: u32,
    /// NetworkPolicies that the API server takes.
    pub policies: Vec<Policy>,
    /// NetworkPolicies that it refuses.
    pub rejected: Vec<Rejected>,
    /// Pods and whatever has a pod template; only where wanted.
    pub workloads: Vec<Workload>,
    /// Whether some workload asks for Windows nodes; known also where workloads are not wanted.
    pub windows: bool,
    /// Services that bring clients from outside.
    pub services: Vec<Service>,
    /// Namespaces with their labels.
    pub namespaces: Vec<(String, Labels)>,
    /// Cilium policies.
    pub cilium_policies: Vec<CiliumPolicy>,
    /// Policies of kinds that no engine here judges.
    pub others: Vec<OtherPolicy>,
    /// Nodes, of a dump or a manifest.
    pub nodes: Vec<NodeFact>,
    /// What the file says as a kustomization.
    pub kustomization: Option<Kustomization>,
    /// The paths that Argo CD or Flux sync.
    pub syncs: Vec<Sync>,
    /// Documents that were not looked at.
    pub skipped: Vec<Skipped>,
    /// Documents that do not parse.
    pub unread: Vec<Unread>,
    /// The mark by which the file looks generated.
    pub generated: Option<String>,
}

/// Why a document was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It holds `{{` and does not parse, or a key of it is no scalar: a template that nothing rendered.
    UnrenderedTemplate,
    /// SOPS encrypted it.
    Encrypted,
    /// It stands behind a `...` without a `---`, where the readers of clusters do not look.
    Dropped,
}

/// A document that was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its index in the file, from 0.
    pub document: u32,
    /// Why.
    pub why: Skip,
    /// Whether it may hold a policy, so that nobody knows what is in force.
    pub may_hold_policy: bool,
}

/// A document that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its index in the file, from 0.
    pub document: u32,
    /// Where reading stopped.
    pub at: LineCol,
    /// What is wrong there.
    pub message: String,
}

/// Reads what matters of a file; `mentioned` is what [`mentions`] found in its bytes.
///
/// A document that mentions nothing wanted is not read, and in a file without policies not parsed. One that is no YAML
/// hides those behind it, as it does from the readers of clusters; a template that nothing rendered hides none.
pub fn extract(file: FileId, path: &str, text: &str, mentioned: Mentions, wanted: Wanted) -> Extract {
    let spans = documents(text);
    let mut found = Extract::of(file, u32::try_from(spans.len()).unwrap_or(u32::MAX));
    let mut walk = Walk {
        file,
        text,
        wanted,
        kustomizes: is_kustomization(path),
        holds_policies: mentioned.has_policy(),
        stop: None,
        lines: LazyCell::new(|| LineIndex::new(text)),
    };
    for (document, &span) in (0..).zip(&spans) {
        let mentioned = match spans.len() {
            1 => mentioned,
            _ => mentions(span.slice(text).as_bytes()),
        };
        let next = spans.get(document as usize + 1).copied();
        walk.document(document, span, next, mentioned, &mut found);
    }
    if !found.policies.is_empty() {
        found.generated = generated_mark(text);
    }
    found
}

/// A walk over the documents of a file.
struct Walk<'a, L: FnOnce() -> LineIndex> {
    file: FileId,
    text: &'a str,
    wanted: Wanted,
    kustomizes: bool,
    /// Whether some document may hold a policy, so that it matters what stops the readers.
    holds_policies: bool,
    /// The byte at which the readers stop, once that was met.
    stop: Option<u32>,
    lines: LazyCell<LineIndex, L>,
}

impl<L: FnOnce() -> LineIndex> Walk<'_, L> {
    fn document(&mut self, document: u32, span: Span, next: Option<Span>, mentioned: Mentions, found: &mut Extract) {
        let wants_workloads = self.wanted.workloads && mentioned.has(Mentions::WORKLOADS);
        let matters = mentioned.matters() || wants_workloads || self.kustomizes;
        if !matters && !self.holds_policies {
            return;
        }
        if let Some(stop) = self.stop {
            if matters {
                let line = self.lines.line_col(self.text, stop).line;
                let message = format!("no reader gets here, since line {line} of the file stops it");
                self.unread(document, content(self.text, span), message, found);
            }
            return;
        }
        let mut skip = |why| {
            let may_hold_policy = mentioned.has_policy();
            found.skipped.extend(matters.then_some(Skipped {
                document,
                why,
                may_hold_policy,
            }));
        };
        match stream::standing(self.text, span, next) {
            Standing::Dropped => return skip(Skip::Dropped),
            Standing::Stopped { offset, message } => {
                return self.stopped(document, offset, message.to_owned(), matters, found);
            }
            Standing::Read => {}
        }
        let tree = match tree_of(self.text, span) {
            Ok(tree) => tree,
            Err(_) if is_template(self.text, span) => return skip(Skip::UnrenderedTemplate),
            Err(error) => return self.stopped(document, error.offset, error.message, matters, found),
        };
        if tree.compound_key().is_some() && is_template(self.text, span) {
            return skip(Skip::UnrenderedTemplate);
        }
        if let Some((at, message)) = self.fault(&tree) {
            return self.stopped(document, at.start, message, matters, found);
        }
        if matters {
            let source = Source::new(self.file, document, self.text, &tree);
            Document {
                source,
                mentioned,
                wanted: self.wanted,
                kustomizes: self.kustomizes,
            }
            .read(tree.root(self.text), found);
        }
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
    fn stopped(&mut self, document: u32, offset: u32, message: String, matters: bool, found: &mut Extract) {
        self.stop = Some(offset);
        if matters {
            self.unread(document, offset, message, found);
        }
    }

    fn unread(&self, document: u32, offset: u32, message: String, found: &mut Extract) {
        found.unread.push(Unread {
            document,
            at: self.lines.line_col(self.text, offset),
            message,
        });
    }
}

/// Returns where a document's content starts.
fn content(text: &str, document: Span) -> u32 {
    let source = document.slice(text);
    let blank = source.len() - source.trim_start().len();
    document.start.saturating_add(u32::try_from(blank).unwrap_or(u32::MAX))
}

fn is_template(text: &str, document: Span) -> bool {
    memchr::memmem::find(document.slice(text).as_bytes(), b"{{").is_some()
}

/// Reads a document, with its comments only where one may be an ignore.
fn tree_of(text: &str, document: Span) -> Result<Tree, ParseError> {
    let read = if memchr::memmem::find(document.slice(text).as_bytes(), read::COMMENT_MARK.as_bytes()).is_some() {
        Tree::parse(text, document)
    } else {
        Tree::parse_without_comments(text, document)
    };
    read.or_else(|error| Tree::parse_loosely(text, document).ok_or(error))
}

/// Reads only the NetworkPolicies of a text that the API server takes.
pub fn policies(file: FileId, text: &str) -> Vec<Policy> {
    let mentioned = mentions(text.as_bytes());
    extract(file, "", text, mentioned, Wanted::default()).policies
}

impl Extract {
    /// Makes the extract of a file that can't be read.
    pub fn unread(file: FileId, unread: Unread) -> Self {
        Self {
            unread: vec![unread],
            ..Self::of(file, 1)
        }
    }

    /// Makes the extract of a file that holds nothing.
    pub(crate) fn of(file: FileId, documents: u32) -> Self {
        Self {
            file,
            documents,
            policies: Vec::new(),
            rejected: Vec::new(),
            workloads: Vec::new(),
            windows: false,
            services: Vec::new(),
            namespaces: Vec::new(),
            cilium_policies: Vec::new(),
            others: Vec::new(),
            nodes: Vec::new(),
            kustomization: None,
            syncs: Vec::new(),
            skipped: Vec::new(),
            unread: Vec::new(),
            generated: None,
        }
    }
}

/// A parsed document on its way into an [`Extract`].
struct Document<'a> {
    source: Source<'a>,
    mentioned: Mentions,
    wanted: Wanted,
    kustomizes: bool,
}

impl<'a> Document<'a> {
    fn read(&self, root: Option<Node<'a>>, found: &mut Extract) {
        let Some(root) = root.filter(|root| root.kind() == Kind::Mapping) else {
            return;
        };
        if is_encrypted(root) {
            found.skipped.push(Skipped {
                document: self.source.document(),
                why: Skip::Encrypted,
                may_hold_policy: self.mentioned.has_policy(),
            });
            return;
        }
        let version = &text_field(root, "apiVersion");
        let kind = &text_field(root, "kind");
        let group = version.split('/').next().unwrap_or_default();
        if self.kustomizes && matches!(group, "" | "kustomize.config.k8s.io") {
            found.kustomization = Some(kustomization::kustomization(root));
            return;
        }
        let items = root.get("items").map(Node::resolved);
        if let (Some(item_kind), Some(items)) = (kind.strip_suffix("List"), items) {
            self.items(items, version, item_kind, found);
        } else {
            let whole = Object {
                node: root,
                item: None,
                before: 0,
            };
            self.object(whole, version, kind, found);
        }
    }

    /// Reads the items of a list; those of a typed one may leave out both that its own `apiVersion` and `kind` tell.
    fn items(&self, items: Node<'a>, list_version: &str, item_kind: &str, found: &mut Extract) {
        let mut before = 0;
        for (index, item) in (0..).zip(items.items()) {
            let node = item.resolved();
            let object = Object {
                node,
                item: Some(index),
                before,
            };
            let own = |name| Some(text_field(node, name)).filter(|text| !text.is_empty());
            match (own("apiVersion"), own("kind")) {
                (None, None) => self.object(object, list_version, item_kind, found),
                (version, kind) => self.object(object, &version.unwrap_or_default(), &kind.unwrap_or_default(), found),
            }
            before = item.outer().end;
        }
    }

    fn object(&self, object: Object<'a>, version: &str, kind: &str, found: &mut Extract) {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        match (group, kind) {
            ("networking.k8s.io", "NetworkPolicy") if version == "networking.k8s.io/v1" => {
                match read::policy(object, &self.source) {
                    Read::Policy(policy) => found.policies.push(*policy),
                    Read::Rejected(rejected) => found.rejected.push(rejected),
                }
            }
            (_, "NetworkPolicy") if read::is_gone(version) => {
                found.rejected.push(read::gone_policy(object, version, &self.source));
            }
            ("cilium.io", "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => {
                found.cilium_policies.push(cilium::policy(object, &self.source, kind));
            }
            ("", "Service") => found.services.extend(service::service(object, &self.source)),
            ("", "Namespace") => found.namespaces.push(namespace(object.node)),
            ("", "Node") => found.nodes.push(node::node(object.node)),
            ("argoproj.io", "Application" | "ApplicationSet") | ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
                found.syncs.extend(sync::syncs(object, &self.source, kind));
            }
            _ if OtherKind::of(group, kind).is_some() => {
                let spot = read::place(object, &self.source).spot();
                found
                    .others
                    .extend(OtherKind::of(group, kind).map(|kind| OtherPolicy { kind, spot }));
            }
            _ => {
                let workload = workload::workload(object, &self.source, kind);
                found.windows |= workload.as_ref().is_some_and(|workload| workload.windows);
                found.workloads.extend(workload.filter(|_| self.wanted.workloads));
            }
        }
    }
}

fn text_field<'a>(object: Node<'a>, name: &str) -> Cow<'a, str> {
    object.get(name).and_then(Scalar::text_of).unwrap_or_default()
}

/// Tells whether SOPS encrypted a document: its mark is a top-level mapping of its own.
fn is_encrypted(root: Node<'_>) -> bool {
    let sops = root.get("sops");
    sops.is_some_and(|sops| sops.get("mac").is_some() || sops.get("version").is_some())
}

fn namespace(object: Node<'_>) -> (String, Labels) {
    let labels = Reader::field(object, "metadata").and_then(|metadata| metadata.get("labels"));
    (read::key_of(object).0.name, read::labels(labels))
}

/// Returns the mark by which a file looks generated, so that its source should be changed instead.
fn generated_mark(text: &str) -> Option<String> {
    let marks = [
        "DO NOT EDIT",
        "# Source: ",
        "@generated",
        "hydrator.metadata",
        "argocd.argoproj.io/hydrated",
    ];
    let found = marks
        .into_iter()
        .find(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some());
    found.map(|mark| mark.trim().to_owned())
}

#[cfg(test)]
mod tests;
