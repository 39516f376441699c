//! Grades from proofs: what the chosen changes open and close under both engines.
//!
//! A change is judged alone, on the cluster as it is, and on top of all other chosen changes. It can only move the
//! sides of the pods that its policy selects, and a side is the union of what each policy contributes: so each version
//! of a policy is translated once, and joined with the others block by block.

mod bench;
mod chain;
mod claims;
mod group;
#[cfg(test)]
mod tests;
mod weight;

use std::collections::BTreeSet;

use serde::Serialize;

use self::bench::benches;
use self::claims::Claims;
use self::group::Judges;
use super::reached::Reached;
use crate::plan::{Options, Plan, Status};
use crate::policy::Direction;
use crate::transform::Subject;

/// How much was compared to prove the chosen changes: a set is what alike pods have in common with ends that no policy
/// tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Proof {
    /// Classes of pods that the changes can bear on.
    pub classes: u64,
    /// Flow sets of theirs.
    pub sets: u64,
    /// Those of which the changes take away something that NPM allows.
    pub lost: u64,
    /// Those to which the changes add something that NPM does not allow.
    pub gained: u64,
}

/// Changes that a transform grades otherwise than the engines judge them, by its id and their subject.
pub type Contradicted = BTreeSet<(&'static str, Subject)>;

/// Proves the chosen changes of a plan; those that the engines contradict are taken back, and the rest is planned and
/// proven without them.
pub fn prove(mut plan: Plan, options: &Options) -> (Plan, Proof) {
    loop {
        let (proof, new) = judge(&plan);
        if new.iter().all(|change| plan.barred.contains_key(change)) {
            return (plan, proof);
        }
        let barred = new.into_iter().map(|change| (change, Status::Contradicted)).collect();
        plan = plan.without(barred, options);
    }
}

/// Judges every chosen change of a plan, and returns those that are not what they claim to be.
pub fn judge(plan: &Plan) -> (Proof, Contradicted) {
    let mut claims = Claims::default();
    for bench in benches(plan) {
        let judges = Judges {
            npm: bench.ground.npm(bench.policies()),
            cilium: bench.ground.cilium(bench.policies(), bench.own_kinds()),
            reached: Reached::of(&bench.ground),
        };
        for home in &bench.homes {
            for direction in Direction::BOTH {
                claims.judge(&bench, &judges, home, direction);
            }
        }
        claims.close();
    }
    (claims.proof, claims.contradicted)
}
