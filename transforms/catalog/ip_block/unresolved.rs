//! What is said where selectors can't stand in for the blocks, or nobody knows whether they should.

use super::group::Group;
use crate::policy::{Block, CidrSet, Cover, Policy, Port, addresses};
use crate::transform::{Decision, Fact, Manual};
use crate::world::World;

pub(super) fn partly(policy: &Policy, group: &Group<'_>, covered: &CidrSet, world: &World) -> Manual {
    let pods = world.pod_space();
    let holds_some = |block: &Block| !pods.intersection(&addresses([block])).is_empty();
    let first = group
        .first_block(holds_some)
        .map_or(policy.place.name, |(_, _, block)| block.cidr_span);
    Manual {
        spot: policy.place.at(first),
        message: "this block holds some of the pods and not others, which no selector can say".to_owned(),
        label: format!("holds a part of the pod CIDR {pods}"),
        supply: "select the pods that are meant by their labels, beside the block".to_owned(),
        notes: vec![
            format!(
                "pod addresses that the blocks on these ports hold: {}",
                pods.intersection(covered)
            ),
            format!("pod addresses that they do not hold: {}", pods.difference(covered)),
        ],
    }
}

pub(super) fn depends_on_variable(policy: &Policy, block: &Block) -> Manual {
    Manual {
        spot: policy.place.at(block.cidr_span),
        message: "whether this block holds pods depends on a variable".to_owned(),
        label: "filled in later".to_owned(),
        supply: "run ciliate on the rendered manifests".to_owned(),
        notes: Vec::new(),
    }
}

pub(super) fn port_depends_on_variable(policy: &Policy, port: &Port) -> Manual {
    Manual {
        spot: policy.place.at(port.target_span),
        message:
            "whether selectors may stand beside this rule's block depends on a variable: a port's name would open \
                  its number on every pod"
                .to_owned(),
        label: "filled in later".to_owned(),
        supply: "run ciliate on the rendered manifests".to_owned(),
        notes: Vec::new(),
    }
}

/// Returns a wait for each block of which nobody can say whether it holds pods; in a service CIDR there are none.
pub(super) fn waits(policy: &Policy, group: &Group<'_>, world: &World) -> Vec<Decision> {
    let services: CidrSet = world.facts.service_nets().into_iter().collect();
    let is_open = |block: &Block| {
        let block = addresses([block]);
        world.pod_cover(&block).cover == Cover::Unknown && !block.difference(&services).is_empty()
    };
    let open = group.blocks().filter(|(_, block)| is_open(block));
    let wait = |block: &Block| Decision::Waits {
        fact: Fact::PodCidrs,
        spot: policy.place.at(block.cidr_span),
        what: format!("block {}", block.cidr),
    };
    open.map(|(_, block)| wait(block)).collect()
}
