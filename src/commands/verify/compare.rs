//! Every cluster's states under both engines, held against each other.

use std::collections::BTreeMap;

use ciliate_transforms::parity::{Connectivity, Held, State, connectivity};
use ciliate_transforms::plan::Plan;
use ciliate_transforms::report::{Failure, failures_of_cut};
use ciliate_transforms::source::Sources;
use ciliate_transforms::world::World;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cli::VerifyArgs;
use crate::exit::Exit;
use crate::output::Outputs;
use crate::pipeline::Planned;
use crate::pipeline::base::BaseTree;
use crate::report::connectivity::{Against, Asked, Changes, Compared, OnlyIn, Unknown, Verification};
use crate::stop::Stop;

/// Compares and reports; `base` is the tree that the working tree is held against, else its own chosen changes are.
pub(super) fn compare(
    planned: &Planned,
    base: Option<BaseTree>,
    args: &VerifyArgs,
    outputs: &Outputs,
) -> Result<Exit, Stop> {
    let (clusters, cut) = match &base {
        None => with_changes(planned),
        Some(base) => with_base(planned, base),
    };
    let asked = Asked {
        require: args.require,
        accepts_templates: args.accept_unrendered,
    };
    let of_worlds = |worlds: &mut dyn Iterator<Item = &World>, sources: &Sources| {
        worlds.flat_map(|world| Unknown::of_world(world, sources)).collect()
    };
    let unknown = of_worlds(&mut planned.plans().iter().map(|plan| &plan.world), planned.sources());
    let mut verification = Verification::new(planned.outcome(), clusters, unknown, asked);
    if let (Some(name), Some(base)) = (&args.base, base) {
        let against = Against {
            name: name.clone(),
            counts: base.counts,
            missing: base.missing,
            left_out: base.left_out,
        };
        let unknown = of_worlds(&mut base.worlds.iter(), &base.sources);
        verification = verification.against(against, unknown, base.skipped, base.failures);
    }
    let verification = verification.with_cut(cut);
    let exit = verification.exit(args.lenient.exit_zero);
    outputs.emit(verification)?;
    Ok(exit)
}

/// Holds each cluster against itself with the chosen changes.
fn with_changes(planned: &Planned) -> (Vec<Compared>, Vec<Failure>) {
    let states: Vec<(&Plan, State)> = planned.fixed().collect();
    let compared = states.into_par_iter().map(|(plan, fixed)| {
        let compared = connectivity(Held {
            world: &plan.world,
            base: None,
            plan: Some(plan),
            today: State::today(plan),
            fixed,
            sources: planned.sources(),
        });
        let cut = failures_of_cut(&compared.cut, &[&plan.world], planned.sources());
        (
            Compared::new(compared, &plan.world, Some(Changes::of(plan)), OnlyIn::Neither),
            cut,
        )
    });
    joined(compared.collect())
}

/// Holds each cluster of another tree against the one of its name in the working tree, which stands as it is.
fn with_base(planned: &Planned, base: &BaseTree) -> (Vec<Compared>, Vec<Failure>) {
    let mut pairs: BTreeMap<Option<&str>, (Option<&World>, Option<&Plan>)> = BTreeMap::new();
    for world in &base.worlds {
        pairs.entry(world.cluster.as_deref()).or_default().0 = Some(world);
    }
    for plan in planned.plans() {
        pairs.entry(plan.world.cluster.as_deref()).or_default().1 = Some(plan);
    }
    let pairs: Vec<_> = pairs.into_values().collect();
    let compared = pairs
        .into_par_iter()
        .filter_map(|(base_world, plan)| pair(base_world, plan, &base.sources));
    joined(compared.collect())
}

/// Joins what was not compared in any cluster.
fn joined(compared: Vec<(Compared, Vec<Failure>)>) -> (Vec<Compared>, Vec<Failure>) {
    let (clusters, cut): (Vec<Compared>, Vec<Vec<Failure>>) = compared.into_iter().unzip();
    (clusters, cut.concat())
}

/// Compares a cluster of two trees, one of which may not have it.
fn pair(base: Option<&World>, plan: Option<&Plan>, sources: &Sources) -> Option<(Compared, Vec<Failure>)> {
    let (world, only_in) = match (base, plan) {
        (Some(_), Some(plan)) => (&plan.world, OnlyIn::Neither),
        (None, Some(plan)) => (&plan.world, OnlyIn::ThisTree),
        (Some(base), None) => (base, OnlyIn::Base),
        (None, None) => return None,
    };
    let compared: Connectivity = connectivity(Held {
        world,
        base: base.filter(|_| plan.is_some()),
        plan: None,
        today: base.map(State::of).unwrap_or_default(),
        fixed: plan.map(State::today).unwrap_or_default(),
        sources,
    });
    let worlds: Vec<&World> = plan.map(|plan| &plan.world).into_iter().chain(base).collect();
    let cut = failures_of_cut(&compared.cut, &worlds, sources);
    Some((Compared::new(compared, world, None, only_in), cut))
}
