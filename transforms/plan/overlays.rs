//! Gives the plans' overlays their files, and tells each change what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Changes, Options, Plan, Proposal, Status};
use crate::catalog;
use crate::overlay::layout::Layout;
use crate::overlay::place::{self, Fate, Placed, Placement, Settled, Wanted};
use crate::source::Sources;
use crate::transform::{Act, Change, Decision, Phase, Role, Subject};
use crate::world::World;

/// Where a run puts overlays, and what it may conclude from what it read.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where overlays go.
    pub layout: Layout,
    /// Whether every file of the tree was read: only then is a source that was not seen a source that is gone.
    pub complete: bool,
    /// What syncs the overlays' folder already, if anything of the tree does.
    pub synced_by: Option<String>,
    /// Paths at which nothing can be written.
    pub unwritable: BTreeSet<String>,
    /// Files that a hydrator writes anew, so that they are not edited.
    pub hydrated: BTreeSet<String>,
}

/// Returns the chosen overlays of each plan whose files or lists can't be written.
pub fn unwritable_overlays(plans: &[Plan], site: &Site, sources: &Sources, options: &Options) -> Vec<Changes> {
    let mut placed = placement(plans, site, sources, options).placed.into_iter();
    let unwritable = |plan: &Plan| {
        let wanting = plan.proposals.iter().filter(|proposal| wants_overlay(proposal));
        // Each wanted overlay has its place, in this order.
        let fates = wanting.zip(placed.by_ref());
        fates
            .filter(|(proposal, placed)| proposal.chosen().is_some() && placed.fate == Fate::Unwritable)
            .map(|(proposal, _)| (proposal.transform.id, proposal.subject))
            .collect()
    };
    plans.iter().map(unwritable).collect()
}

/// Places the overlays of all plans, and adds what there is to say of them.
pub fn place_overlays(plans: &mut [Plan], site: &Site, sources: &Sources, options: &Options) -> Placement {
    let mut placement = placement(plans, site, sources, options);
    let mut placed = std::mem::take(&mut placement.placed).into_iter();
    for proposal in plans.iter_mut().flat_map(|plan| &mut plan.proposals) {
        if wants_overlay(proposal)
            && let Some(Placed { fate, path }) = placed.next()
        {
            proposal.overlay_path = path;
            proposal.status = Some(match fate {
                Fate::Current => Status::Done,
                Fate::Written | Fate::Offered => continue,
                Fate::Edited | Fate::Unplaced | Fate::Hydrated => Status::Blocked,
                Fate::Disagrees => Status::Disagrees,
                Fate::Unwritable => Status::Failed,
            });
        }
    }
    for (name, finding) in placement.findings.drain(..) {
        if let (Some(transform), Some(plan)) = (catalog::by_id(name), plans.first_mut())
            && options.runs(name)
        {
            plan.proposals
                .push(Proposal::of_finding(transform, Subject::Cluster, finding));
        }
    }
    placement
}

fn placement(plans: &[Plan], site: &Site, sources: &Sources, options: &Options) -> Placement {
    let worlds: Vec<&World> = plans.iter().map(|plan| &plan.world).collect();
    let files = sources
        .files
        .iter()
        .filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)));
    let texts: BTreeMap<&str, &str> = if wants_any(plans) {
        files.collect()
    } else {
        BTreeMap::new()
    };
    place::place(&place::Run {
        worlds: &worlds,
        layout: &site.layout,
        wanted: &wanted(plans),
        settled: &settled(plans),
        transforms: &overlay_transforms(options),
        complete: site.complete,
        synced_by: site.synced_by.as_deref(),
        is_unwritable: &|path| site.unwritable.contains(path),
        is_hydrated: &|path| site.hydrated.contains(path),
        path: &|file| sources.path(file),
        text: &|path| texts.get(path).copied(),
    })
}

/// Tells whether any overlay is wanted or stands, so that texts may be asked for.
fn wants_any(plans: &[Plan]) -> bool {
    plans
        .iter()
        .any(|plan| !plan.world.cilium_policies.is_empty() || plan.proposals.iter().any(wants_overlay))
}

/// Tells whether a proposal wants an overlay that no person has ignored.
fn wants_overlay(proposal: &Proposal) -> bool {
    proposal.ignored.is_none() && proposal.overlay().is_some()
}

fn wanted(plans: &[Plan]) -> Vec<Wanted<'_>> {
    let mut wanted = Vec::new();
    for (world, plan) in plans.iter().enumerate() {
        for proposal in plan.proposals.iter().filter(|proposal| wants_overlay(proposal)) {
            if let Some(overlay) = proposal.overlay() {
                let chosen = proposal.status == Some(Status::Chosen);
                wanted.push(Wanted {
                    world,
                    subject: proposal.subject,
                    overlay,
                    chosen,
                });
            }
        }
    }
    wanted
}

/// Returns the subjects that a transform decided without leaving anything open.
fn settled(plans: &[Plan]) -> Vec<Settled> {
    let mut open = BTreeSet::new();
    let mut decided = BTreeSet::new();
    for (world, plan) in plans.iter().enumerate() {
        for proposal in &plan.proposals {
            let one = Settled {
                world,
                subject: proposal.subject,
                transform: proposal.transform.id,
            };
            match &proposal.decision {
                Decision::Change(Change {
                    act: Act::Overlay(_), ..
                })
                | Decision::NotNeeded
                    if proposal.ignored.is_none() =>
                {
                    decided.insert(one);
                }
                Decision::Change(_)
                | Decision::Manual(_)
                | Decision::Waits { .. }
                | Decision::Finding(_)
                | Decision::NotNeeded => {
                    open.insert(one);
                }
            }
        }
    }
    decided
        .difference(&open)
        .copied()
        .filter(|one| one.subject != Subject::Cluster)
        .collect()
}

/// Returns the transforms of this run whose overlays it may remove.
fn overlay_transforms(options: &Options) -> Vec<&'static str> {
    let runs = |role| matches!(role, Role::Changes(Phase::After)) && options.phases.include(Phase::After);
    let entries = catalog::ALL
        .iter()
        .filter(|transform| runs(transform.role) && options.runs(transform.id));
    entries.map(|transform| transform.id).collect()
}
