#![doc = include_str!("mixed_clusters.md")]

use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Says how the input was parted into clusters.
pub static TRANSFORM: Transform = Transform {
    id: ID,
    summary: "the input was parted into several clusters",
    docs: include_str!("mixed_clusters.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Cluster,
    decide,
};

const ID: &str = "mixed-clusters";

/// What to do about it.
const HELP: &str =
    "name the clusters with their paths under `clusters` of the config, if this is not how they are meant";

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let remarks = world.remarks_of(ID);
    remarks
        .map(|remark| Decision::Finding(Finding::of_remark(remark, HELP)))
        .collect()
}
