//! Worlds for tests, read from manifests.

use crate::source::FileId;
use crate::transform::{Act, Decision, Subject, Transform};
use crate::world::extract::{Wanted, extract};
use crate::world::mentions::mentions;
use crate::world::{MinorVersion, PolicyId, ServiceId, Target, World};

/// Reads the manifests of one file as a world with a stated target, `1.<cilium>`.
pub(crate) fn world(cilium: u8, text: &str) -> World {
    world_of(cilium, [("input.yaml", text)])
}

/// Reads the manifests of several files, each a path and its text, as [`world`] does.
pub(crate) fn world_of<'f>(cilium: u8, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> World {
    let mut world = World {
        workloads_read: true,
        ..World::default()
    };
    for (index, (path, text)) in (0..).zip(files) {
        let wanted = Wanted { workloads: true };
        let read = extract(FileId(index), path, text, mentions(text.as_bytes()), wanted);
        assert!(read.unread.is_empty(), "{:?}", read.unread);
        world.policies.extend(read.policies);
        world.rejected.extend(read.rejected);
        world.workloads.extend(read.workloads);
        world.services.extend(read.services);
        world.cilium_policies.extend(read.cilium_policies);
    }
    world.workloads.sort_by(|one, other| one.key.cmp(&other.key));
    world.facts.target = Target {
        cilium: MinorVersion(cilium),
        version: format!("1.{cilium}"),
        stated: true,
        aks: None,
    };
    world
}

/// A world with one policy in `shop` for `app: web`, whose `spec` goes on with `rest`, in flow style.
pub(crate) fn policy(cilium: u8, rest: &str) -> World {
    let spec = format!("{{podSelector: {{matchLabels: {{app: web}}}}, {rest}}}");
    world(
        cilium,
        &format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: web, namespace: shop}}\nspec: {spec}\n"
        ),
    )
}

/// Asks a transform about every policy or service of a world.
pub(crate) fn decisions(transform: &Transform, world: &World) -> Vec<Decision> {
    let policies = (0..world.policies.len()).map(|index| Subject::Policy(PolicyId(index)));
    let services = (0..world.services.len()).map(|index| Subject::Service(ServiceId(index)));
    policies
        .chain(services)
        .flat_map(|subject| (transform.decide)(subject, world))
        .collect()
}

/// Writes decisions down: the grade and the sections of overlays, `waits`, `manual` or `nothing`.
pub(crate) fn told(decisions: &[Decision]) -> Vec<String> {
    let one = |decision: &Decision| match decision {
        Decision::Change(change) => {
            let grade = if change.grade.is_safe() { "safe" } else { "review" };
            match &change.act {
                Act::Overlay(overlay) => {
                    let spec = crate::policy::emit::spec_json(overlay);
                    let rules = spec.get("egress").or_else(|| spec.get("ingress"));
                    format!("{grade} {}", rules.map(ToString::to_string).unwrap_or_default())
                }
                Act::Rewrite(_) => "rewrite".to_owned(),
            }
        }
        Decision::Manual(manual) => format!("manual {}", manual.message),
        Decision::Waits { fact, what, .. } => format!("waits {fact} {what}"),
        Decision::Finding(_) => "finding".to_owned(),
        Decision::NotNeeded => "nothing".to_owned(),
    };
    decisions.iter().map(one).collect()
}
