#![doc = include_str!("other_policies.md")]

use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::{World, others};

/// Says which policies of other kinds are not judged.
pub static TRANSFORM: Transform = Transform {
    id: others::FINDING,
    summary: "policies of other kinds are not judged, whoever enforces them",
    docs: include_str!("other_policies.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Cluster,
    decide,
};

/// What to do about it.
const HELP: &str = "find out whether anything enforces it in the cluster: no proof here counts it";

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let remarks = world.remarks_of(others::FINDING);
    remarks
        .map(|remark| Decision::Finding(Finding::of_remark(remark, HELP)))
        .collect()
}
