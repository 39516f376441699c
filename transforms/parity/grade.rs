//! Grades from proofs: what the chosen changes open and close under both engines.
//!
//! A change is judged alone, on the cluster as it is, and on top of all other chosen changes. It can only move the
//! sides of the pods that its policy selects, and a side is the union of what each policy contributes: so each version
//! of a policy is translated once, and joined with the others block by block.

mod bench;
mod chain;
mod claims;
mod group;
mod sum;
#[cfg(test)]
mod tests;
mod weight;

use serde::Serialize;

use self::bench::benches;
use self::claims::Claims;
use self::group::Judges;
use super::reached::Reached;
use crate::plan::{Options, Plan, TakenBack};

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

/// Proves the chosen changes of a plan; those that the engines contradict, and safe ones in a namespace that holds
/// more than is compared, are taken back, and the rest is planned and proven without them.
pub fn prove(mut plan: Plan, options: &Options) -> (Plan, Proof) {
    loop {
        let (proof, new) = judge(&plan);
        if new.is_within(&plan.taken_back) {
            return (plan, proof);
        }
        plan = plan.without(new, options);
    }
}

/// Judges every chosen change of a plan, and returns those that are not what they claim to be, or are not proven to be.
pub fn judge(plan: &Plan) -> (Proof, TakenBack) {
    let mut claims = Claims::default();
    for bench in benches(plan) {
        let judges = Judges {
            npm: bench.ground.npm(bench.policies()),
            cilium: bench.ground.cilium(bench.policies(), bench.own_kinds()),
            reached: Reached::of(&bench.ground),
        };
        for home in &bench.homes {
            claims.judge(&bench, &judges, home);
        }
        claims.close();
    }
    (claims.proof, claims.taken_back)
}
