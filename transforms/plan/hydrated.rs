//! Edits of files that Argo CD's hydrator writes anew: told, and not made.

use std::collections::BTreeMap;

use super::{Options, Plan, Proposal, Status};
use crate::catalog::hydrated::TRANSFORM;
use crate::policy::Spot;
use crate::source::Sources;
use crate::transform::{Finding, Severity, Subject};

/// The files that a hydrator writes, by path.
pub type Hydrated = BTreeMap<String, DrySource>;

/// What a hydrator renders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct DrySource {
    /// Its repository, where the hydrator's mark names it.
    pub repository: Option<String>,
}

/// Says of each dry source, at the first of its files in which an edit is held back, where to make the edits instead.
pub fn tell_hydrated(plans: &mut [Plan], hydrated: &Hydrated, sources: &Sources, options: &Options) {
    if hydrated.is_empty() || !options.runs(TRANSFORM.id) {
        return;
    }
    let mut held: BTreeMap<&DrySource, BTreeMap<String, Spot>> = BTreeMap::new();
    for plan in &*plans {
        let blocked = plan.proposals.iter().filter(|one| one.status == Some(Status::Blocked));
        for proposal in blocked {
            let Some(spot) = proposal.spot() else { continue };
            let path = match proposal.overlay() {
                Some(_) => proposal.overlay_path.as_deref(),
                None => Some(sources.path(spot.file)),
            };
            if let Some((path, dry)) = path.and_then(|path| hydrated.get_key_value(path)) {
                let first = held.entry(dry).or_default().entry(path.clone()).or_insert(spot);
                *first = spot.min(*first);
            }
        }
    }
    let findings = held
        .into_iter()
        .filter_map(|(dry, files)| Some(finding(dry, files.len() - 1, *files.values().next()?)));
    let findings: Vec<_> = findings.collect();
    if let Some(first) = plans.first_mut() {
        let findings = findings.into_iter();
        first
            .proposals
            .extend(findings.map(|finding| Proposal::of_finding(&TRANSFORM, Subject::Cluster, finding)));
    }
}

fn finding(dry: &DrySource, others: usize, spot: Spot) -> Finding {
    let files = match others {
        0 => "this file is".to_owned(),
        1 => "this file and 1 other are".to_owned(),
        _ => format!("this file and {others} others are"),
    };
    let source = match &dry.repository {
        Some(repository) => format!("the dry source in {repository}"),
        None => "the dry source".to_owned(),
    };
    Finding {
        spot: Some(spot),
        severity: Severity::Warning,
        message: format!("{files} written by Argo CD's hydrator, whose next run undoes an edit: none is made"),
        label: "not edited: `hydrator.metadata` lies in the folder".to_owned(),
        help: format!(
            "edit {source}, as `hydrator.metadata` names it; --edit-generated edits what is written all the same"
        ),
        notes: Vec::new(),
    }
}
