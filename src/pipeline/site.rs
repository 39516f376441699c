//! What a run knows of the place of the overlays: whose sources it saw, and what syncs their folder.

use std::collections::BTreeSet;

use ciliate_transforms::overlay::layout::{self, Layout};
use ciliate_transforms::plan::{Plan, Proposal, Status};
use ciliate_transforms::report::{Failure, SkipReason, Skipped};
use ciliate_transforms::source::Sources;
use ciliate_transforms::world::build::Input;

use crate::cli::Scope;
use crate::config;
use crate::paths;
use crate::read::Reading;
use crate::run::Run;

/// Tells whether the run saw every source that an overlay may have: an unknown one never removes an overlay.
pub(super) fn is_complete(run: &Run, scope: &Scope, reading: &Reading) -> bool {
    let may_hide = |skipped: &Skipped| match skipped.reason {
        SkipReason::TooLarge
        | SkipReason::Dropped
        | SkipReason::OutsideRoot
        | SkipReason::Submodule
        | SkipReason::UnrenderedTemplate
        | SkipReason::Encrypted => true,
        SkipReason::Patch => false,
    };
    let narrowed = !scope.input.glob.is_empty() || !scope.input.exclude.is_empty();
    run.covers_home() && !narrowed && reading.failures.is_empty() && !reading.skipped.iter().any(may_hide)
}

/// Returns the path of the stream where its readers stop before its end: no overlay that comes there is ever read.
pub(super) fn stopped_stream(sources: &Sources, failures: &[Failure]) -> Option<String> {
    let path = sources.path(sources.stream?);
    failures
        .iter()
        .any(|failure| failure.path == path)
        .then(|| path.to_owned())
}

/// Returns the folders in which overlays stand or come to stand.
pub(super) fn overlay_folders(plans: &[Plan], layout: &Layout) -> Vec<String> {
    let stands = |proposal: &Proposal| {
        proposal.overlay_path.is_some() && matches!(proposal.status, Some(Status::Chosen | Status::Done))
    };
    let folders: BTreeSet<String> = plans
        .iter()
        .filter(|plan| plan.proposals.iter().any(stands))
        .filter_map(|plan| layout.folder(plan.world.cluster.as_deref()))
        .collect();
    folders.into_iter().collect()
}

/// Returns what of the tree syncs the folder of the overlays, or a folder around it.
pub(super) fn synced_by(run: &Run, inputs: &[Input]) -> Option<String> {
    if run.config.file.overlays.layout == config::Layout::Beside {
        return None;
    }
    let home = &run.config.home;
    let root = paths::repository(home).unwrap_or(home);
    let dir = paths::within(root, &run.overlays_dir)?;
    let covers = |path: &str| {
        let path = path.trim_start_matches("./").trim_matches('/');
        let path = if path == "." { "" } else { path };
        path == dir || layout::below(path, &dir).is_some()
    };
    let syncs = inputs.iter().flat_map(|input| &input.extract.syncs);
    syncs
        .into_iter()
        .find(|sync| covers(&sync.path))
        .map(|sync| sync.object.clone())
}
