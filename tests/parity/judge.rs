//! One recorded cluster, judged as it is and as `fix` leaves it.

use std::collections::BTreeSet;

use ciliate_transforms::engine::Flow;
use ciliate_transforms::engine::npm::Npm;
use ciliate_transforms::parity::{Disagreement, Explainer, State};
use ciliate_transforms::plan::{Fix, Plan};
use serde::Deserialize;
use serde_json::Value;

use crate::recorded::{Cluster, Connection, Scenario};
use crate::run::{Fallible, Fixed, TARGET, planned, under_cilium};

/// What became of a cluster's flows.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) id: String,
    pub(crate) family: String,
    /// How many flows have a verdict of both engines.
    pub(crate) flows: usize,
    /// Cilium with nothing changed.
    pub(crate) naive: Moved,
    /// Cilium after `fix --phase all`.
    pub(crate) safe: Moved,
    /// Cilium after `fix --phase all --fix review`.
    pub(crate) review: Moved,
    /// The flows that still differ after all of review.
    pub(crate) left: Vec<Left>,
    /// The flows that safe changes alone move away from NPM's verdict.
    pub(crate) moved_by_safe: Vec<String>,
    /// The flows that the phase before, with all of review, moves under NPM.
    pub(crate) moved_before: Vec<String>,
}

/// How many flows differ from NPM's verdict.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    /// NPM allows them, Cilium does not.
    pub(crate) dropped: usize,
    /// NPM denies them, Cilium does not.
    pub(crate) opened: usize,
}

impl Moved {
    fn count(&mut self, npm: bool, cilium: bool) {
        self.dropped += usize::from(npm && !cilium);
        self.opened += usize::from(!npm && cilium);
    }

    /// Adds up.
    pub(crate) fn sum(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            dropped: sum.dropped + one.dropped,
            opened: sum.opened + one.opened,
        })
    }
}

/// A flow that differs after all changes.
#[derive(Debug)]
pub(crate) struct Left {
    /// Whether Cilium lets it through; else NPM does.
    pub(crate) opened: bool,
    /// What names it; nothing where a side of it is not named.
    pub(crate) names: BTreeSet<&'static str>,
    /// The flow, and what each engine says of it.
    pub(crate) what: String,
}

/// Judges a cluster.
pub(crate) fn judge(manifests: &Value) -> Fallible<Judged> {
    let scenario = Scenario::deserialize(manifests)?;
    let safe = Fixed::run(manifests, &["--phase", "all"])?;
    let review = Fixed::run(manifests, &["--phase", "all", "--fix", "review"])?;
    let before = Fixed::run(manifests, &["--phase", "before", "--fix", "review"])?;
    let cuts = [&safe, &review, &before].into_iter().flat_map(Fixed::boundaries);
    let cluster = scenario.cluster_cut_at(cuts)?;
    let (by_safe, by_review) = (safe.under_cilium(&cluster), review.under_cilium(&cluster));
    let npm_before = before.under_npm(&cluster);
    let mut judged = Judged::new(&scenario);
    let mut differing = Vec::new();
    for connection in &scenario.flows {
        let Some(npm) = &connection.npm else { continue };
        let flow = cluster.flow(connection)?;
        let (npm, naive) = (npm.verdict == "allow", connection.cilium.verdict == "allow");
        let (safe, review) = (by_safe.verdict(&flow).allowed(), by_review.verdict(&flow).allowed());
        judged.flows += 1;
        judged.naive.count(npm, naive);
        judged.safe.count(npm, safe);
        judged.review.count(npm, review);
        if naive == npm && safe != npm {
            judged.moved_by_safe.push(format!("{}: {connection:?}", scenario.id));
        }
        if npm_before.verdict(&flow).allowed() != npm {
            judged.moved_before.push(format!("{}: {connection:?}", scenario.id));
        }
        if review != npm {
            differing.push((connection, flow));
        }
    }
    if !differing.is_empty() {
        judged.left = left(&differing, &planned(manifests, Fix::Review, TARGET)?, &cluster)?;
    }
    let unsaid = |left: &&Left| left.names.iter().any(|name| !review.reported.contains(*name));
    match judged.left.iter().find(unsaid) {
        Some(left) => Err(format!("the report names nothing of {:?}", left.names).into()),
        None => Ok(judged),
    }
}

impl Judged {
    fn new(scenario: &Scenario) -> Self {
        Self {
            id: scenario.id.clone(),
            family: scenario.family.clone(),
            flows: 0,
            naive: Moved::default(),
            safe: Moved::default(),
            review: Moved::default(),
            left: Vec::new(),
            moved_by_safe: Vec::new(),
            moved_before: Vec::new(),
        }
    }
}

/// Tells what names each of the flows that differ between NPM today and what the plan's state says.
fn left(differing: &[(&Connection, Flow)], plan: &Plan, cluster: &Cluster) -> Fallible<Vec<Left>> {
    let (today, fixed) = (State::today(plan), State::fixed(plan, |_| false));
    let npm = Npm::new(&today.policies, &cluster.inventory, &cluster.space);
    let cilium = under_cilium(&fixed.policies, fixed.own_kinds(), cluster);
    let dropped = npm.dropped().iter().map(|(policy, _)| *policy);
    let refused = cilium.refused().iter().map(|(policy, _)| *policy);
    let explainer = Explainer::new(plan, &fixed, &cluster.inventory, dropped, refused);
    let one = |(connection, flow): &(&Connection, Flow)| {
        let (by_npm, by_cilium) = (npm.verdict(flow), cilium.verdict(flow));
        let sides = Disagreement::of(flow, &by_npm, &by_cilium, &cilium);
        if sides.is_empty() {
            return Err(format!("the files differ from the plan that wrote them: {connection:?}").into());
        }
        let of_sides: Vec<_> = sides.iter().map(|side| explainer.named_by(side)).collect();
        let is_named = of_sides.iter().all(|proposals| !proposals.is_empty());
        let names = of_sides.iter().flatten().map(|proposal| proposal.transform.id);
        Ok(Left {
            opened: by_cilium.allowed(),
            names: if is_named { names.collect() } else { BTreeSet::new() },
            what: format!("{connection:?}, NPM: {by_npm:?}, Cilium: {by_cilium:?}"),
        })
    };
    differing.iter().map(one).collect()
}
