//! The one way of the data: files → worlds → plans, and for whoever writes → draft → verified.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::Context;
use ciliate_transforms::draft::{Draft, Failure};
use ciliate_transforms::overlay::layout::{self, Layout};
use ciliate_transforms::overlay::place::Placement;
use ciliate_transforms::plan::{self, Fix, Manifest, Options, Phases, Plan, Proposal, Site, Status};
use ciliate_transforms::report::{self, ChangedFile, FileAction, Outcome, Report, SkipReason, Skipped};
use ciliate_transforms::source::Sources;
use ciliate_transforms::verify::{Verified, verify};
use ciliate_transforms::world::build::{Built, Input, Patch, Spec, worlds};
use ciliate_transforms::yaml::Edit;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::baseline::Known;
use crate::cli::{FixGrade, Global, PhaseChoice, RunArgs};
use crate::config;
use crate::discover::Role;
use crate::exit::{Counting, Exit, Mode};
use crate::paths;
use crate::progress::Progress;
use crate::read::{Reader, Reading};
use crate::run::Run;
use crate::stop::Stop;

/// A run up to its plans: what is found, and what is to be done.
pub(crate) struct Planned {
    plans: Vec<Plan>,
    edits: BTreeMap<Manifest, Vec<Edit>>,
    placement: Placement,
    sources: Sources,
    outcome: Outcome,
    options: Options,
    known: Known,
    stdin: Vec<u8>,
    /// Why each file that looks generated does so, by path.
    generated: BTreeMap<String, String>,
}

/// What the caller says of the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    /// Nothing: the CRDs may not be there yet.
    Unknown,
    /// The clusters run Cilium.
    Done,
}

/// Reads and plans.
///
/// # Errors
/// [`Stop`] where there is nothing to read, or what the command line says does not fit together.
pub(crate) fn plan(
    run: &Run,
    args: &RunArgs,
    global: &Global,
    phase: PhaseChoice,
    switch: Switch,
) -> Result<Planned, Stop> {
    let known = Known::new(&args.counted)?;
    let mut stdin = Vec::new();
    if run.is_filter {
        std::io::stdin()
            .lock()
            .read_to_end(&mut stdin)
            .context("standard input")?;
    }
    let found = run.discover(args)?;
    let is_empty = found.failures.is_empty() && !found.files.iter().any(|file| file.role == Role::Edit);
    if is_empty && !args.counted.allow_empty {
        return Err(Stop::NoManifests(
            "no manifests found; --allow-empty makes that a success".to_owned(),
        ));
    }
    let progress = Progress::start(found.files.len(), !global.quiet);
    let limit = args.input.max_file_size.0;
    let reader = Reader {
        rules: &run.config.rules,
        spec: &run.spec,
        limit,
        stdin: &stdin,
        progress: &progress,
    };
    let Reading {
        sources,
        inputs,
        workloads_read,
        counts,
        skipped,
        failures,
    } = reader.read(found);
    let options = options(run, args, phase);
    let syncs = synced_by(run, &inputs);
    let is_synced = syncs.is_some();
    let generated = inputs
        .iter()
        .filter_map(|input| Some((input.path.clone(), input.extract.generated.clone()?)));
    let generated = generated.collect();
    let spec = Spec {
        workloads_read,
        ..run.spec.clone()
    };
    let Built { worlds, patches } = worlds(inputs, &spec);
    let mut plans: Vec<Plan> = worlds
        .into_par_iter()
        .map(|world| plan::plan(world, &options))
        .collect();
    let edits = plan::agree(&mut plans);
    let site = Site {
        layout: run.layout(&sources, &plans),
        complete: is_complete(run, args, &failures, skipped.iter().map(|skipped| skipped.reason)),
        synced_by: syncs.filter(|_| switch == Switch::Unknown),
    };
    let placement = plan::place_overlays(&mut plans, &site, &sources, &options);
    let mut outcome = Outcome {
        counts,
        skipped,
        failures,
        changed: Vec::new(),
        made: false,
        overlay_folders: if is_synced {
            Vec::new()
        } else {
            overlay_folders(&plans, &site.layout)
        },
    };
    leave_out(&patches, &sources, &mut outcome);
    Ok(Planned {
        plans,
        edits,
        placement,
        sources,
        outcome,
        options,
        known,
        stdin,
        generated,
    })
}

impl Planned {
    /// Turns the plans into texts and proves them.
    pub(crate) fn verified(&mut self) -> Verified {
        let draft = Draft::new(
            std::mem::take(&mut self.edits),
            std::mem::take(&mut self.placement),
            &self.sources,
        );
        let (verified, failures) = verify(draft, &mut self.plans, &self.sources, &self.options);
        self.outcome.failures.extend(failures);
        let changed = verified
            .files()
            .iter()
            .map(|file| (file.path().to_owned(), file.action()));
        self.outcome.changed = changed.map(|(path, action)| self.changed(path, action)).collect();
        verified
    }

    /// Tells which files the plans would change, for a run that writes nothing.
    pub(crate) fn look(&mut self) {
        let mut changed = BTreeMap::new();
        for (file, ..) in self.edits.keys() {
            changed.insert(self.sources.path(*file).to_owned(), FileAction::Edited);
        }
        for (path, _) in self.placement.edits.keys() {
            changed.insert(path.clone(), FileAction::Edited);
        }
        for (path, text) in &self.placement.files {
            let action = if text.is_some() {
                FileAction::Added
            } else {
                FileAction::Removed
            };
            changed.insert(path.clone(), action);
        }
        self.outcome.changed = changed
            .into_iter()
            .map(|(path, action)| self.changed(path, action))
            .collect();
    }

    fn changed(&self, path: String, action: FileAction) -> ChangedFile {
        let generated = self.generated.get(&path).cloned();
        ChangedFile {
            path,
            action,
            generated,
        }
    }

    /// Returns the bytes of standard input as they came.
    pub(crate) fn stdin(&self) -> &[u8] {
        &self.stdin
    }

    /// Returns the report and what the run comes to.
    ///
    /// # Errors
    /// [`Stop`] for a baseline that can't be written.
    pub(crate) fn report(mut self, args: &RunArgs, mode: Mode) -> Result<(Report, Exit), Stop> {
        self.outcome.made = mode == Mode::Write;
        let mut report = report::build(&self.plans, &self.sources, self.outcome, &self.options);
        self.known.apply(&mut report)?;
        let counting = Counting {
            mode,
            fail_on: args.counted.fail_on.severity(),
            exit_zero: args.counted.exit_zero,
        };
        let exit = counting.exit(&report, |phase| self.options.phases.include(phase));
        Ok((report, exit))
    }
}

/// Takes what kustomizations list as patches out of the count of policies, and tells it as skipped.
fn leave_out(patches: &[Patch], sources: &Sources, outcome: &mut Outcome) {
    for patch in patches {
        outcome.counts.policies = outcome.counts.policies.saturating_sub(patch.policies);
        outcome.skipped.push(Skipped {
            path: sources.path(patch.file).to_owned(),
            document: None,
            reason: SkipReason::Patch,
        });
    }
}

fn options(run: &Run, args: &RunArgs, phase: PhaseChoice) -> Options {
    let choosing = &args.choosing;
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

/// Tells whether the run saw every source that an overlay may have: an unknown one never removes an overlay.
fn is_complete(run: &Run, args: &RunArgs, failures: &[Failure], mut skipped: impl Iterator<Item = SkipReason>) -> bool {
    let may_hide = |reason| match reason {
        SkipReason::TooLarge
        | SkipReason::NotUtf8
        | SkipReason::OutsideRoot
        | SkipReason::UnrenderedTemplate
        | SkipReason::Encrypted => true,
        SkipReason::Patch => false,
    };
    let narrowed = !args.input.glob.is_empty() || !args.input.exclude.is_empty();
    run.covers_home() && !narrowed && failures.is_empty() && !skipped.any(may_hide)
}

/// Returns the folders in which overlays stand or come to stand.
fn overlay_folders(plans: &[Plan], layout: &Layout) -> Vec<String> {
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
fn synced_by(run: &Run, inputs: &[Input]) -> Option<String> {
    if run.config.file.overlays.layout == config::Layout::Beside {
        return None;
    }
    let home = &run.config.home;
    let root = paths::repository(home).unwrap_or(home);
    let dir = paths::within(root, &paths::absolute(home, run.config.overlays_dir().as_ref()))?;
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
