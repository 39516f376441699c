//! What nobody can say is in force, so that no requirement is met: it may isolate pods, or let flows through.

use ciliate_transforms::policy::Spot;
use ciliate_transforms::report::{SkipReason, Skipped};
use ciliate_transforms::source::{LineCol, LineIndex, Sources};
use ciliate_transforms::world::World;
use serde::Serialize;

/// A policy, or what may be one, of which nobody knows whether it is in force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Unknown {
    /// The file.
    pub(super) path: String,
    /// The line and column, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<LineCol>,
    /// The object, or which document of the file it is.
    pub(super) object: String,
    /// Why nobody knows.
    pub(super) why: String,
}

impl Unknown {
    /// Returns the policies of a cluster that are refused now: what was taken before may still be there.
    pub(crate) fn of_world(world: &World, sources: &Sources) -> Vec<Self> {
        let refused = world.rejected.iter().chain(&world.refused_elsewhere);
        let refused = refused.filter(|rejected| rejected.kind != "Service");
        let refused = refused.map(|rejected| (rejected.place.spot(), format!("{} {}", rejected.kind, rejected.key)));
        let faulty = world.cilium_policies.iter().filter(|policy| policy.refusal().is_some());
        let faulty = faulty.map(|policy| (policy.place.spot(), policy.title()));
        let all = refused.chain(faulty);
        all.map(|(spot, object)| Self {
            path: sources.path(spot.file).to_owned(),
            at: line(spot, sources),
            object,
            why: "it is refused now, and what was taken before may still be in force".to_owned(),
        })
        .collect()
    }

    /// Returns what was skipped and may hold a policy; templates only where nobody accepts them.
    pub(crate) fn of_skipped(skipped: &[Skipped], accepts_templates: bool) -> Vec<Self> {
        let counts = |one: &&Skipped| {
            let accepted = accepts_templates && one.reason == SkipReason::UnrenderedTemplate;
            one.may_hold_policy && !accepted
        };
        let unknown = |one: &Skipped| {
            let object = one
                .document
                .map_or_else(|| "the file".to_owned(), |index| format!("document {}", index + 1));
            Self {
                path: one.path.clone(),
                at: None,
                object,
                why: one.reason.text().to_owned(),
            }
        };
        skipped.iter().filter(counts).map(unknown).collect()
    }
}

fn line(spot: Spot, sources: &Sources) -> Option<LineCol> {
    let text = sources.text(spot.file)?;
    Some(LineIndex::new(text).line_col(text, spot.span.start))
}
