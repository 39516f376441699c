//! What a run found, proposed and did, as plain data without any layout of text.

mod build;
mod cut;
mod places;
mod readiness;

use std::collections::BTreeMap;

use serde::Serialize;

pub use build::{Outcome, assumptions, build};
pub use cut::failures_of_cut;

pub use crate::draft::{Failure, FileAction};
pub use crate::parity::Proof;
pub use crate::plan::Status;

use crate::source::LineCol;
use crate::transform::{Fact, Grade, Phase, Severity};

/// The version of the report's JSON: fields are added, never renamed or removed, within a version.
pub const SCHEMA: u32 = 1;

/// The whole report of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// How much was read.
    pub counts: Counts,
    /// The clusters that the input was parted into, sorted by name.
    pub clusters: Vec<ClusterReport>,
    /// Everything said of a place or a cluster, sorted by path, place and name.
    pub items: Vec<Item>,
    /// What was not looked at, and why, sorted by path.
    pub skipped: Vec<Skipped>,
    /// What could not be read, or not be proven, sorted by path.
    pub failures: Vec<Failure>,
    /// Files that changes were made to or would be made to, sorted by path.
    pub changed: Vec<ChangedFile>,
    /// Whether the chosen changes were made, and not only shown.
    pub made: bool,
    /// Folders of overlays, which nothing syncs until somebody adds them once the clusters run Cilium; sorted.
    pub overlay_folders: Vec<String>,
    /// The guide's sections: what is done, what is to do.
    pub readiness: Vec<Section>,
}

/// How much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Files whose bytes were searched.
    pub files: u64,
    /// Documents in the files that matter.
    pub documents: u64,
    /// NetworkPolicies of `networking.k8s.io/v1`.
    pub policies: u64,
    /// Workloads that were read, because a name or a service asked for them.
    pub workloads: u64,
    /// Services that bring clients from outside.
    pub services: u64,
}

/// One cluster and what was assumed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterReport {
    /// Its name, `None` where the input is one cluster without a name.
    pub name: Option<String>,
    /// The Cilium version that it is judged by.
    pub cilium: String,
    /// The AKS version that it was derived from.
    pub aks: Option<String>,
    /// Whether anybody stated the target.
    pub target_stated: bool,
    /// Policies in it.
    pub policies: u64,
    /// How the chosen changes were proven with both engines.
    pub proof: Proof,
    /// What is taken for granted, a sentence each.
    pub assumptions: Vec<String>,
}

/// What kind of thing an item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum ItemKind {
    /// A change.
    Change {
        /// Its grade and, for review, the reasons.
        #[serde(flatten)]
        grade: Grade,
        /// When it may land.
        phase: Phase,
        /// What became of it.
        status: Status,
    },
    /// Something that a person must decide.
    Manual {
        /// The fact that it waits for, if one would settle it.
        #[serde(skip_serializing_if = "Option::is_none")]
        fact: Option<Fact>,
    },
    /// A finding.
    Finding {
        /// How serious it is.
        severity: Severity,
    },
}

/// A place in a file, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The path, relative to the working directory, with `/`.
    pub path: String,
    /// The first line and column.
    pub start: LineCol,
    /// The line and column behind the last character.
    pub end: LineCol,
    /// The first byte.
    pub start_byte: u32,
    /// One behind the last byte.
    pub end_byte: u32,
}

/// The source around a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Whole lines of the file; of long ones, what stands around the marked bytes.
    pub text: String,
    /// Whether the first line's start is left out.
    pub is_cut: bool,
    /// The number of the first of them, from 1.
    pub first_line: u32,
    /// The bytes of `text` to mark.
    pub marked: std::ops::Range<usize>,
}

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The transform or finding that says it.
    pub name: &'static str,
    /// What kind of thing it is.
    #[serde(flatten)]
    pub kind: ItemKind,
    /// The cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The object that it is about, such as `NetworkPolicy shop/web`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The source there.
    #[serde(skip)]
    pub snippet: Option<Snippet>,
    /// What and why, in a line.
    pub message: String,
    /// What stands under the snippet's marker.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What the change does, or what a person should do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// More to know, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The overlay's path, where the change is one that has a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// What waits for the fact: how many places of each transform.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<&'static str, u64>,
    /// Why it does not count: the reason given with an ignore (empty where none was given).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// The path.
    pub path: String,
    /// The document's index from 0, `None` for the whole file.
    pub document: Option<u32>,
    /// Why.
    pub reason: SkipReason,
    /// Whether it may hold a policy, so that nobody knows what is in force.
    pub may_hold_policy: bool,
}

/// Why something was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It holds `{{` and does not parse, or a key of it is no scalar: a template that nothing rendered.
    UnrenderedTemplate,
    /// SOPS encrypted it.
    Encrypted,
    /// It stands behind a `...` without a `---`.
    Dropped,
    /// It is over the size limit.
    TooLarge,
    /// A kustomization lists it as a patch.
    Patch,
    /// A symbolic link that leads out of the root.
    OutsideRoot,
    /// A submodule in a revision.
    Submodule,
}

impl SkipReason {
    /// Returns the reason as a clause: "3 files: …".
    pub const fn text(self) -> &'static str {
        match self {
            Self::UnrenderedTemplate => "a template that nothing rendered (it holds `{{`)",
            Self::Encrypted => "encrypted with SOPS",
            Self::Dropped => "behind a `...`, where the readers of clusters do not look; put a `---` there",
            Self::TooLarge => "larger than --max-file-size",
            Self::Patch => "listed as a patch by a kustomization",
            Self::OutsideRoot => "a symbolic link that leads out of the root",
            Self::Submodule => "a submodule, whose files are another repository's",
        }
    }
}

/// A file that changes were made to or would be made to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ChangedFile {
    /// The path.
    pub path: String,
    /// What happens to it.
    pub action: FileAction,
    /// Why it looks generated (the mark found in it): its source should be changed instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<String>,
    /// What there is to say of it once it is written, a sentence each: what of it could not be kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A section of the guide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// How far it is.
    pub state: Readiness,
    /// Changes that `fix` with these options makes.
    pub chosen: u64,
    /// Changes of the other phase.
    pub other_phase: u64,
    /// Changes and decisions that wait for a person.
    pub open: u64,
}

/// How far a section of the guide is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Nothing of the kind is left to do.
    Done,
    /// Something is left to do.
    ToDo,
    /// No policy is concerned.
    NotApplicable,
}
