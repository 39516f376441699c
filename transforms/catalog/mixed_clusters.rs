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

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let remarks = world.remarks_of(ID);
    remarks
        .map(|remark| {
            Decision::Finding(Finding {
                spot: remark.spot,
                severity: Severity::Note,
                message: remark.message.clone(),
                label: String::new(),
                help: "name the clusters with their paths under `clusters` of the config, if this is not how they are meant"
                    .to_owned(),
                notes: Vec::new(),
            })
        })
        .collect()
}
