//! Parts the input into clusters, as the config states them or the files tell.

use std::collections::BTreeSet;

use super::placement::Layout;
use super::told::Told;
use super::{Input, Member, Spec};
use crate::world::Remark;

/// Which inputs belong to which cluster.
#[derive(Debug)]
pub(super) struct Parting {
    /// The clusters' names; a single `None` where the input is one cluster.
    pub(super) names: Vec<Option<String>>,
    /// Every placement of every input that is no patch; dumps come last.
    pub(super) members: Vec<Member>,
    /// How and why the input was parted.
    pub(super) remark: Option<Remark>,
}

impl Parting {
    /// Parts the inputs.
    pub(super) fn of(inputs: &[Input], layout: &Layout, spec: &Spec) -> Self {
        if !spec.clusters.is_empty() {
            return Self {
                names: spec.clusters.iter().map(|cluster| Some(cluster.name.clone())).collect(),
                members: members(inputs, layout, |input, kustomization| {
                    stated(inputs, input, kustomization)
                }),
                remark: None,
            };
        }
        let members = members(inputs, layout, |_, _| BTreeSet::new());
        let mut told = Told::new(members, inputs);
        told.part_by_folders(inputs, layout);
        told.part_by_conflicts(inputs, layout, spec);
        told.finish()
    }

    /// Returns the members of a cluster.
    pub(super) fn members_of(&self, cluster: usize) -> impl Iterator<Item = &Member> {
        let members = self.members.iter();
        members.filter(move |member| member.clusters.is_empty() || member.clusters.contains(&cluster))
    }
}

fn members(
    inputs: &[Input],
    layout: &Layout,
    clusters: impl Fn(usize, Option<usize>) -> BTreeSet<usize>,
) -> Vec<Member> {
    let mut order: Vec<usize> = (0..inputs.len()).filter(|&index| !layout.is_patch(index)).collect();
    order.sort_by_key(|&index| inputs[index].role);
    let mut members = Vec::new();
    for input in order {
        for (placement, place) in layout.placements(input).iter().enumerate() {
            members.push(Member {
                input,
                placement,
                clusters: clusters(input, place.kustomization),
            });
        }
    }
    members
}

/// Returns the stated clusters of a placement: those of the outermost kustomization, as far as the file is in them.
fn stated(inputs: &[Input], input: usize, kustomization: Option<usize>) -> BTreeSet<usize> {
    let of = |index: usize| inputs[index].clusters.iter().copied().collect::<BTreeSet<_>>();
    let own = of(input);
    let Some(rendered) = kustomization.map(of).filter(|rendered| !rendered.is_empty()) else {
        return own;
    };
    let both: BTreeSet<usize> = rendered.intersection(&own).copied().collect();
    if both.is_empty() { rendered } else { both }
}
