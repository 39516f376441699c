//! One file's objects, as owned facts: what is left of a file once its text is gone.

mod cilium;
mod document;
pub mod encoding;
mod kustomization;
mod node;
mod readers;
mod service;
mod stream;
mod sync;
mod walk;
mod workload;

use std::cell::LazyCell;

pub use kustomization::{Kustomization, is_kustomization};
pub use readers::Differing;
pub use sync::Sync;
use walk::Walk;

use super::facts::NodeFact;
use super::mentions::{Mentions, mentions};
use super::others::OtherPolicy;
use super::{CiliumPolicy, Service, Workload};
use crate::policy::{Labels, Policy, Rejected};
use crate::source::{FileId, LineCol, LineIndex};
use crate::yaml::{Dialect, documents};

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
    /// Documents that can't be read, or not in one way.
    pub unread: Vec<Unread>,
    /// Documents that kubectl and kustomize read each in its own way, until somebody says who reads the file.
    pub differing: Vec<Differing>,
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
        walk.take(walk.piece(document, span, mentioned), next, &mut found);
    }
    if !found.policies.is_empty() {
        found.generated = generated_mark(text);
    }
    found
}

/// Reads only the NetworkPolicies of a text that the API server takes; what the readers read differently as kustomize
/// does, since for others it is never edited.
pub fn policies(file: FileId, text: &str) -> Vec<Policy> {
    let mentioned = mentions(text.as_bytes());
    let mut found = extract(file, "", text, mentioned, Wanted::default());
    found.settle(Some(Dialect::Kustomize));
    found.policies
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
            differing: Vec::new(),
            generated: None,
        }
    }
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
