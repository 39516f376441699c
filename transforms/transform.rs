//! The contract of the catalogue: what an entry is, what it is asked about, and what it may answer.

use std::fmt;

use serde::Serialize;

use crate::policy::{Direction, Entry, Overlay, Rule, Spot};
use crate::world::{PolicyId, Remark, ServiceId, World};

/// When a change may land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Before the switch: it changes nothing under NPM.
    Before,
    /// After the switch: it needs the `cilium.io` CRDs.
    After,
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It asks nothing.
    Note,
    /// A person should look.
    Warning,
    /// It breaks or opens something at the switch.
    Error,
}

impl Severity {
    /// Returns the name as reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What an entry of the catalogue does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It proposes changes that may land in the phase.
    Changes(Phase),
    /// It only says something, usually of this severity.
    Finds(Severity),
}

/// What an entry of the catalogue is asked about, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every policy of the world.
    Policies,
    /// Every service of the world.
    Services,
    /// The world as a whole, once.
    Cluster,
    /// Nothing: other stages raise it (reading, placing overlays, gathering what waits).
    Raised,
}

/// One thing that an entry of the catalogue is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A policy.
    Policy(PolicyId),
    /// A service.
    Service(ServiceId),
    /// The cluster.
    Cluster,
}

/// An entry of the catalogue: a transform, or a finding without an edit.
#[derive(Debug, Clone, Copy)]
pub struct Transform {
    /// Its name for users, in kebab-case; never renamed.
    pub id: &'static str,
    /// What it does, in one line without a full stop.
    pub summary: &'static str,
    /// Its page.
    pub docs: &'static str,
    /// What it does in a run.
    pub role: Role,
    /// What it is asked about.
    pub scope: Scope,
    /// Answers for one subject. The world's policies are as the earlier entries left them.
    pub decide: fn(Subject, &World) -> Vec<Decision>,
}

/// How far a change can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "grade", content = "because")]
pub enum Grade {
    /// It only gives back what NPM allows.
    Safe,
    /// It widens, or rests on an assumption beyond the stated facts: each is said here.
    Review(Vec<String>),
}

impl Grade {
    /// Makes a review grade when there is a reason, else a safe one.
    pub fn of(reasons: Vec<String>) -> Self {
        if reasons.is_empty() {
            Self::Safe
        } else {
            Self::Review(reasons)
        }
    }

    /// Tells whether the change is safe.
    pub const fn is_safe(&self) -> bool {
        matches!(self, Self::Safe)
    }
}

/// A step on the model of one policy; indices are of the policy as the transform saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// Puts `with` in the place of one rule.
    Rule {
        /// The section.
        direction: Direction,
        /// The rule's index in the section.
        at: usize,
        /// What stands there afterwards; none removes the rule.
        with: Vec<Entry<Rule>>,
    },
    /// Removes the section and its comments.
    DropSection(Direction),
    /// Writes `policyTypes` out as it is in effect, where the file leaves it away.
    WritePolicyTypes,
}

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It edits the subject, a policy, in place; once the plan has made the steps, they are no longer here.
    Rewrite(Vec<Rewrite>),
    /// It wants this CiliumNetworkPolicy to stand beside its source.
    Overlay(Box<Overlay>),
}

/// A change that a transform proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where the message points.
    pub spot: Spot,
    /// What is wrong today.
    pub message: String,
    /// What stands under the snippet's marker: why this place.
    pub label: String,
    /// What the change does, as an instruction: "add `namespaceSelector: {}` beside it".
    pub action: String,
    /// Anything more that a reader must know, a line each.
    pub notes: Vec<String>,
    /// How far it can be trusted.
    pub grade: Grade,
    /// What it does.
    pub act: Act,
}

/// A fact that no manifest holds and that somebody can supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The target version.
    Target,
    /// The pod CIDRs.
    PodCidrs,
    /// The node CIDRs.
    NodeCidrs,
    /// The number of a port's name.
    NamedPort,
}

impl Fact {
    /// Returns the flag or config key that supplies the fact.
    pub const fn supplied_by(self) -> &'static str {
        match self {
            Self::Target => "--aks-version or --cilium-version",
            Self::PodCidrs => "--pod-cidr",
            Self::NodeCidrs => "--node-cidr",
            Self::NamedPort => "`named-ports` of the config, or --context with the manifests that declare it",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "target version",
            Self::PodCidrs => "pod CIDRs",
            Self::NodeCidrs => "node CIDRs",
            Self::NamedPort => "number of a port's name",
        })
    }
}

/// Something that a transform would change but can't decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manual {
    /// Where the message points.
    pub spot: Spot,
    /// What can't be decided.
    pub message: String,
    /// What stands under the snippet's marker.
    pub label: String,
    /// What to supply or to write by hand.
    pub supply: String,
    /// Anything more that a reader must know, a line each.
    pub notes: Vec<String>,
}

/// Something that a person should know and that no edit mends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where the message points; nowhere for the cluster as a whole.
    pub spot: Option<Spot>,
    /// How serious it is.
    pub severity: Severity,
    /// What and why.
    pub message: String,
    /// What stands under the snippet's marker.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Anything more that a reader must know, a line each.
    pub notes: Vec<String>,
}

impl Finding {
    /// Makes the note that tells a remark on how the input was read.
    pub fn of_remark(remark: &Remark, help: &str) -> Self {
        Self {
            spot: remark.spot,
            severity: Severity::Note,
            message: remark.message.clone(),
            label: String::new(),
            help: help.to_owned(),
            notes: Vec::new(),
        }
    }
}

/// What an entry of the catalogue answers for a subject; nothing at all where it does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A change, safe or review.
    Change(Change),
    /// It applies and can't be decided.
    Manual(Manual),
    /// It waits for a fact; gathered per cluster and fact under `missing-fact`.
    Waits {
        /// The fact.
        fact: Fact,
        /// Where it is needed.
        spot: Spot,
        /// What waits, such as "block 10.0.0.0/8".
        what: String,
    },
    /// A finding.
    Finding(Finding),
    /// It looked, and nothing is needed: an overlay of ours for this subject may go.
    NotNeeded,
}
