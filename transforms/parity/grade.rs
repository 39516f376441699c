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

use serde::Serialize;

use self::bench::benches;
use self::claims::Claims;
use self::group::Judges;
use super::reached::Reached;
use crate::plan::{Contradicted, Options, Plan, plan_without};
use crate::policy::Direction;

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

/// Proves the chosen changes of a plan; those that the engines contradict are taken back, and the rest is planned and
/// proven without them.
pub fn prove(mut plan: Plan, options: &Options) -> (Plan, Proof) {
    loop {
        let (proof, new) = judge(&plan);
        if new.is_subset(&plan.contradicted) {
            return (plan, proof);
        }
        let Plan {
            mut world,
            before,
            mut contradicted,
            ..
        } = plan;
        world.policies = before;
        contradicted.extend(new);
        plan = plan_without(world, options, contradicted);
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
