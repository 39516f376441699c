//! Both engines under one face.

use super::answer::EngineRule;
use crate::engine::cilium::Cilium;
use crate::engine::npm::Npm;
use crate::engine::{ClassId, Flow, Passage, PolicyRef, Ruling, Term, Verdict};
use crate::policy::Direction;

/// An engine with some policies.
pub(super) enum Engine<'a> {
    /// Azure NPM.
    Npm(Npm<'a>),
    /// Cilium.
    Cilium(Cilium<'a>),
}

/// What a side says, in the form that both engines share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) allowed: bool,
    pub(super) because: EngineRule,
    pub(super) decided_by: Option<Passage>,
}

impl Engine<'_> {
    /// Returns the engine's name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Npm(_) => "NPM",
            Self::Cilium(_) => "Cilium",
        }
    }

    /// Judges a connection: what the pod says that opens it, and the one that answers.
    pub(super) fn sides(&self, flow: &Flow) -> [Option<Said>; 2] {
        match self {
            Self::Npm(npm) => sides(npm.verdict(flow), EngineRule::of_npm),
            Self::Cilium(cilium) => sides(cilium.verdict(flow), EngineRule::of_cilium),
        }
    }

    /// Returns what a pod may receive or send.
    pub(super) fn terms(&self, class: ClassId, direction: Direction) -> Vec<Term> {
        match self {
            Self::Npm(npm) => npm.terms(class, direction),
            Self::Cilium(cilium) => cilium.terms(class, direction),
        }
    }

    /// Returns the policies that the engine refuses whole, each with the reason.
    pub(super) fn refused(&self) -> Vec<(PolicyRef, String)> {
        match self {
            Self::Npm(npm) => {
                let dropped = npm.dropped().iter();
                dropped.map(|(policy, why)| (*policy, why.to_string())).collect()
            }
            Self::Cilium(cilium) => {
                let refused = cilium.refused().iter();
                refused.map(|(policy, why)| (*policy, why.to_string())).collect()
            }
        }
    }
}

fn sides<R>(verdict: Verdict<R>, rule: impl Fn(R) -> EngineRule) -> [Option<Said>; 2] {
    let said = |ruling: Ruling<R>| Said {
        allowed: ruling.allowed,
        because: rule(ruling.because),
        decided_by: ruling.decided_by,
    };
    [verdict.egress.map(&said), verdict.ingress.map(&said)]
}
