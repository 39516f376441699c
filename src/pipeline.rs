//! The one way of the data: files → worlds → plans, and for whoever writes → draft → verified.

pub(crate) mod base;
mod site;

use std::collections::BTreeMap;

use ciliate_transforms::draft::Draft;
use ciliate_transforms::overlay::place::Placement;
use ciliate_transforms::parity::{self, Proof, State};
use ciliate_transforms::plan::{self, Fix, Hydrated, Manifest, Options, Phases, Plan, Site, TakenBack};
use ciliate_transforms::report::{
    self, ChangedFile, Failure, FileAction, Outcome, Report, SkipReason, Skipped, failures_of_cut,
};
use ciliate_transforms::source::{FileId, Sources};
use ciliate_transforms::verify::{self, Verified};
use ciliate_transforms::world::build::{Built, Input, Patch, Spec, worlds};
use ciliate_transforms::yaml::Edit;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::attempts::{Attempt, deliver_what_holds};
use crate::baseline::Known;
use crate::cli::{Counted, FixGrade, Global, PhaseChoice, Scope};
use crate::discover::Role;
use crate::exit::{Counting, Exit, Mode};
use crate::hydrator;
use crate::progress::Progress;
use crate::read::{Need, Reader, Reading};
use crate::run::{Run, Switch};
use crate::stop::Stop;

/// A run up to its plans: what is found, and what is to be done.
pub(crate) struct Planned {
    plans: Vec<Plan>,
    edits: BTreeMap<Manifest, Vec<Edit>>,
    placement: Placement,
    sources: Sources,
    outcome: Outcome,
    options: Options,
    /// Why each file that looks generated does so, by path.
    generated: BTreeMap<String, String>,
}

/// How a verb goes its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    /// The flags of every command.
    pub(crate) global: &'a Global,
    /// Which phases it speaks of.
    pub(crate) phase: PhaseChoice,
    /// What is said of the switch.
    pub(crate) switch: Switch,
    /// What it needs of the files.
    pub(crate) need: Need,
    /// Whether it may end well without any manifest.
    pub(crate) allow_empty: bool,
}

/// Files that can't be changed as planned, by path: what needs them is neither planned nor written.
pub(crate) type Unwritable = BTreeMap<String, Failure>;

/// Reads and plans, without what would change files that can't be.
///
/// # Errors
/// [`Stop`] where there is nothing to read, or what the command line says does not fit together.
pub(crate) fn plan(run: &Run, scope: &Scope, way: Way<'_>, unwritable: &Unwritable) -> Result<Planned, Stop> {
    let reading = read(run, scope, way)?;
    let options = options(run, scope, way.phase);
    let syncs = site::synced_by(run, &reading.inputs);
    let is_synced = syncs.is_some();
    let complete = site::is_complete(run, scope, &reading);
    let generated = generated(&reading.inputs);
    let hydrated = if scope.choosing.edit_generated {
        Hydrated::new()
    } else {
        hydrator::hydrated(&reading.inputs)
    };
    let spec = Spec {
        workloads_read: reading.workloads_read,
        ..run.spec.clone()
    };
    let Built { worlds, patches } = worlds(reading.inputs, &spec);
    let stopped = site::stopped_stream(&reading.sources, &reading.failures);
    let site = |plans: &[Plan]| Site {
        layout: run.layout(&reading.sources, plans),
        complete,
        synced_by: syncs.clone().filter(|_| way.switch == Switch::Unknown),
        unwritable: unwritable.keys().cloned().chain(stopped.clone()).collect(),
        hydrated: hydrated.keys().cloned().collect(),
    };
    let is_unwritable = |file| unwritable.contains_key(reading.sources.path(file));
    let is_hydrated = |file| hydrated.contains_key(reading.sources.path(file));
    let worlds = worlds.into_par_iter();
    let planned = worlds.map(|world| {
        let taken_back = TakenBack {
            unwritable: plan::unwritable_edits(&world, is_unwritable),
            hydrated: plan::unwritable_edits(&world, is_hydrated),
            ..TakenBack::default()
        };
        parity::prove(plan::plan_without(world, &options, taken_back), &options)
    });
    let (mut plans, mut proofs): (Vec<Plan>, Vec<Proof>) = planned.unzip();
    let mut edits = plan::agree(&mut plans);
    let site = site(&plans);
    if !site.unwritable.is_empty() {
        let changes = plan::unwritable_overlays(&plans, &site, &reading.sources, &options);
        let again = plans.into_par_iter().zip(changes);
        let planned = again.map(|(plan, unwritable)| {
            let more = TakenBack {
                unwritable,
                ..TakenBack::default()
            };
            parity::prove(plan.without(more, &options), &options)
        });
        (plans, proofs) = planned.unzip();
        edits = plan::agree(&mut plans);
    }
    let placement = plan::place_overlays(&mut plans, &site, &reading.sources, &options);
    plan::tell_hydrated(&mut plans, &hydrated, &reading.sources, &options);
    let mut outcome = Outcome {
        counts: reading.counts,
        skipped: reading.skipped,
        failures: reading
            .failures
            .into_iter()
            .chain(unwritable.values().cloned())
            .collect(),
        proofs,
        ..Outcome::default()
    };
    if !is_synced {
        outcome.overlay_folders = site::overlay_folders(&plans, &site.layout);
    }
    for plan in &plans {
        let cut = failures_of_cut(&plan.taken_back.cut, &[&plan.world], &reading.sources);
        outcome.failures.extend(cut);
    }
    leave_out(&patches, &reading.sources, &mut outcome);
    Ok(Planned {
        plans,
        edits,
        placement,
        sources: reading.sources,
        outcome,
        options,
        generated,
    })
}

/// Reads and plans for a run that writes nothing, without what could not be changed as planned.
///
/// # Errors
/// As [`plan()`], and [`Stop::Failed`] when no plan can be promised in the end.
pub(crate) fn promised(run: &Run, scope: &Scope, way: Way<'_>) -> Result<Planned, Stop> {
    let promised = deliver_what_holds(|unwritable| {
        let mut planned = plan(run, scope, way, unwritable)?;
        Ok(match planned.look() {
            Ok(()) => Attempt::Done {
                planned: Box::new(planned),
                changes: false,
            },
            Err(failures) => Attempt::Unproven(failures),
        })
    })?;
    Ok(promised.planned)
}

impl Planned {
    /// Turns the plans into texts and proves them; of a plan of which a part can't be, nothing may be written.
    ///
    /// # Errors
    /// The files whose new texts can't be made or proven.
    pub(crate) fn verified(&mut self) -> Result<Verified, Vec<Failure>> {
        let draft = Draft::new(
            std::mem::take(&mut self.edits),
            std::mem::take(&mut self.placement),
            &self.sources,
        );
        let (verified, failures) = verify::verify(draft, &mut self.plans, &self.sources, &self.options);
        if !failures.is_empty() {
            return Err(failures);
        }
        let changed = verified
            .files()
            .iter()
            .map(|file| (file.path().to_owned(), file.action()));
        self.outcome.changed = changed.map(|(path, action)| self.changed(path, action)).collect();
        Ok(verified)
    }

    /// Adds what there is to say of written files, by path.
    pub(crate) fn note(&mut self, mut notes: BTreeMap<String, Vec<String>>) {
        for changed in &mut self.outcome.changed {
            changed.notes = notes.remove(&changed.path).unwrap_or_default();
        }
    }

    /// Tells which files the plans would change, for a run that writes nothing: each edit can be made, and proven.
    ///
    /// # Errors
    /// The files whose edits can't be.
    fn look(&mut self) -> Result<(), Vec<Failure>> {
        let edited = Placement {
            edits: self.placement.edits.clone(),
            ..Placement::default()
        };
        let mut draft = Draft::new(self.edits.clone(), edited, &self.sources);
        let doubts = draft.files.par_iter().filter_map(verify::doubt);
        draft.failures.extend(doubts.collect::<Vec<_>>());
        if !draft.failures.is_empty() {
            return Err(draft.failures);
        }
        let edited = draft.files.into_iter().map(|file| (file.path, FileAction::Edited));
        let mut changed: BTreeMap<_, _> = edited.collect();
        for (path, text) in &self.placement.files {
            let action = match text {
                Some(_) => FileAction::Added,
                None => FileAction::Removed,
            };
            changed.insert(path.clone(), action);
        }
        let changed = changed.into_iter();
        self.outcome.changed = changed.map(|(path, action)| self.changed(path, action)).collect();
        Ok(())
    }

    fn changed(&self, path: String, action: FileAction) -> ChangedFile {
        let generated = self.generated.get(&path).cloned();
        ChangedFile {
            path,
            action,
            generated,
            notes: Vec::new(),
        }
    }

    /// Returns the plans with what each leaves of its cluster, once the chosen changes are made.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = (&Plan, State)> {
        let goes = |file: FileId| matches!(self.placement.files.get(self.sources.path(file)), Some(None));
        self.plans.iter().map(move |plan| (plan, State::fixed(plan, goes)))
    }

    /// Returns the files that the plans were made from.
    pub(crate) const fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Returns the paths of the files whose texts were kept: what there is to change lies beside one of them, or in one.
    pub(crate) fn kept_paths(&self) -> impl Iterator<Item = &str> {
        let kept = self.sources.files.iter().filter(|file| file.text.is_some());
        kept.map(|file| file.path.as_str())
    }

    /// Returns what is planned for each cluster.
    pub(crate) fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// Returns what was read, skipped and could not be read or proven.
    pub(crate) const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns the report and what the run comes to.
    ///
    /// # Errors
    /// [`Stop`] for a baseline that can't be written.
    pub(crate) fn report(mut self, known: &Known, counted: &Counted, mode: Mode) -> Result<(Report, Exit), Stop> {
        self.outcome.made = mode == Mode::Write;
        let mut report = report::build(&self.plans, &self.sources, self.outcome, &self.options);
        known.apply(&mut report)?;
        let counting = Counting {
            mode,
            fail_on: counted.fail_on.severity(),
            exit_zero: counted.lenient.exit_zero,
        };
        let exit = counting.exit(&report, |phase| self.options.phases.include(phase));
        Ok((report, exit))
    }
}

/// Finds and reads the files, of which one must be there to be edited.
fn read(run: &Run, scope: &Scope, way: Way<'_>) -> Result<Reading, Stop> {
    let mut found = run.discover(scope)?;
    let is_empty = found.failures.is_empty() && !found.files.iter().any(|file| file.role == Role::Edit);
    if is_empty && !way.allow_empty {
        return Err(Stop::NoManifests(
            "no manifests found: name a file, or a folder with *.yaml, *.yml or *.json that are neither hidden nor \
             ignored; --allow-empty makes this a success"
                .to_owned(),
        ));
    }
    found.files.retain(|file| !run.leaves_out(&file.path));
    let progress = Progress::start(found.files.len(), !way.global.quiet);
    Ok(reader(run, scope, way, &progress).read(found))
}

/// Returns how a run reads files, without what no other place of a run has.
fn reader<'c>(run: &'c Run, scope: &Scope, way: Way<'_>, progress: &'c Progress) -> Reader<'c> {
    Reader {
        rules: &run.config.rules,
        spec: &run.spec,
        need: way.need,
        limit: scope.input.max_file_size.0,
        stdin: run.stdin.as_deref().unwrap_or_default(),
        before: const { &Sources::NONE },
        revision: None,
        progress,
    }
}

/// Returns why each file that looks generated does so, by path.
fn generated(inputs: &[Input]) -> BTreeMap<String, String> {
    inputs
        .iter()
        .filter_map(|input| Some((input.path.clone(), input.extract.generated.clone()?)))
        .collect()
}

/// Takes what kustomizations list as patches out of the count of policies, and tells it as skipped.
fn leave_out(patches: &[Patch], sources: &Sources, outcome: &mut Outcome) {
    for patch in patches {
        outcome.counts.policies = outcome.counts.policies.saturating_sub(patch.policies);
        outcome.skipped.push(Skipped {
            path: sources.path(patch.file).to_owned(),
            document: None,
            reason: SkipReason::Patch,
            may_hold_policy: false,
        });
    }
}

fn options(run: &Run, scope: &Scope, phase: PhaseChoice) -> Options {
    let choosing = &scope.choosing;
    Options {
        select: choosing.select.iter().map(|name| name.0.to_owned()).collect(),
        ignore: choosing.ignore.iter().map(|name| name.0.to_owned()).collect(),
        fix: match choosing.fix {
            FixGrade::Safe => Fix::Safe,
            FixGrade::Review => Fix::Review,
        },
        phases: match phase {
            PhaseChoice::Before => Phases::Before,
            PhaseChoice::After => Phases::After,
            PhaseChoice::All => Phases::All,
        },
        today: run.today.clone(),
        require_reason: run.config.file.ignores.require_reason,
    }
}
