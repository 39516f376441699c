//! One file's objects, as owned facts: what is left of a file once its text is gone.

mod cilium;
mod kustomization;
mod node;
mod service;
mod sync;
mod workload;

use std::cell::LazyCell;

pub use kustomization::{Kustomization, is_kustomization};
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
    pub skipped: Vec<(u32, Skip)>,
    /// Documents that do not parse.
    pub unread: Vec<Unread>,
    /// The mark by which the file looks generated.
    pub generated: Option<String>,
}

/// Why a document was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It does not parse and holds `{{`: a template that nothing rendered.
    UnrenderedTemplate,
    /// SOPS encrypted it.
    Encrypted,
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
/// A document that mentions nothing wanted is not parsed, and so cannot fail; one that fails hides no other.
pub fn extract(file: FileId, path: &str, text: &str, mentioned: Mentions, wanted: Wanted) -> Extract {
    let spans = documents(text);
    let mut found = Extract::of(file, u32::try_from(spans.len()).unwrap_or(u32::MAX));
    let kustomizes = is_kustomization(path);
    let lines = LazyCell::new(|| LineIndex::new(text));
    for (document, &span) in (0..).zip(&spans) {
        let mentioned = match spans.len() {
            1 => mentioned,
            _ => mentions(span.slice(text).as_bytes()),
        };
        let wants_workloads = wanted.workloads && mentioned.has(Mentions::WORKLOADS);
        if !mentioned.matters() && !wants_workloads && !kustomizes {
            continue;
        }
        match tree_of(text, span) {
            Ok(tree) => Document {
                source: Source::new(file, document, text, &tree),
                wanted,
                kustomizes,
            }
            .read(tree.root(text), &mut found),
            Err(_) if memchr::memmem::find(span.slice(text).as_bytes(), b"{{").is_some() => {
                found.skipped.push((document, Skip::UnrenderedTemplate));
            }
            Err(error) => found.unread.push(Unread {
                document,
                at: lines.line_col(text, error.offset),
                message: error.message,
            }),
        }
    }
    if !found.policies.is_empty() {
        found.generated = generated_mark(text);
    }
    found
}

/// Reads a document, with its comments only where one may be an ignore.
fn tree_of(text: &str, document: Span) -> Result<Tree, ParseError> {
    if memchr::memmem::find(document.slice(text).as_bytes(), read::COMMENT_MARK.as_bytes()).is_some() {
        Tree::parse(text, document)
    } else {
        Tree::parse_without_comments(text, document)
    }
}

/// Reads only the NetworkPolicies of a text that the API server takes.
pub fn policies(file: FileId, text: &str) -> Vec<Policy> {
    let mentioned = mentions(text.as_bytes());
    extract(file, "", text, mentioned, Wanted::default()).policies
}

impl Extract {
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
    wanted: Wanted,
    kustomizes: bool,
}

impl<'a> Document<'a> {
    fn read(&self, root: Option<Node<'a>>, found: &mut Extract) {
        let Some(root) = root.filter(|root| root.kind() == Kind::Mapping) else {
            return;
        };
        if is_encrypted(root) {
            found.skipped.push((self.source.document(), Skip::Encrypted));
            return;
        }
        let version = text_field(root, "apiVersion");
        let kind = text_field(root, "kind");
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

    /// Reads the items of a list; those of a typed one may leave out what its own `apiVersion` and `kind` tell.
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
            let version = own("apiVersion").unwrap_or(list_version);
            let kind = own("kind").unwrap_or(item_kind);
            self.object(object, version, kind, found);
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
            ("extensions", "NetworkPolicy") => found.rejected.push(read::gone_policy(object, &self.source)),
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

fn text_field<'a>(object: Node<'a>, name: &str) -> &'a str {
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
