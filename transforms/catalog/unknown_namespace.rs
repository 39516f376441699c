#![doc = include_str!("unknown_namespace.md")]

use crate::transform::{Decision, Finding, Role, Scope, Severity, Subject, Transform};
use crate::world::World;

/// Finds manifests whose namespace can't be told.
pub static TRANSFORM: Transform = Transform {
    id: ID,
    summary: "the namespace of a manifest can't be told from the files",
    docs: include_str!("unknown_namespace.md"),
    role: Role::Finds(Severity::Note),
    scope: Scope::Cluster,
    decide,
};

const ID: &str = "unknown-namespace";

/// What to do about it.
const HELP: &str = "give it with --namespace, or map folders to namespaces with `namespaces-by-path` of the config";

fn decide(_: Subject, world: &World) -> Vec<Decision> {
    let remarks = world.remarks_of(ID);
    remarks
        .map(|remark| Decision::Finding(Finding::of_remark(remark, HELP)))
        .collect()
}
