//! What every run starts with: the command line and the config, joined and checked.

mod base;

use std::collections::BTreeSet;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Context;
use ciliate_transforms::overlay::layout::{Host, Layout};
use ciliate_transforms::plan::Plan;
use ciliate_transforms::source::Sources;
use ciliate_transforms::world::build::Spec;

use crate::base::Base;
use crate::boundary::Boundary;
use crate::cli::{PhaseChoice, Scope};
use crate::config::{self, Config};
use crate::discover::{self, Discovered, InBase, Role, Root, Walk};
use crate::paths;
use crate::stop::Stop;
use crate::today;

/// What the caller says of the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    /// Nothing: the CRDs may not be there yet.
    Unknown,
    /// The clusters run Cilium.
    Done,
}

/// A run before it has read any manifest.
#[derive(Debug)]
pub(crate) struct Run {
    /// The working directory, from the root of the file system.
    pub(crate) cwd: PathBuf,
    /// The config.
    pub(crate) config: Config,
    /// What flags and config tell of the clusters, and the ways that the user chose.
    pub(crate) spec: Spec,
    /// The day up to which ignores hold, `YYYY-MM-DD`.
    pub(crate) today: String,
    /// What stands on standard input, where the manifests come from there.
    pub(crate) stdin: Option<Vec<u8>>,
    /// Files and folders that are not read, since another tree has no counterpart that they can be held against;
    /// absolute.
    pub(crate) left_out: BTreeSet<PathBuf>,
    /// The roots outside of which nothing is written.
    pub(crate) boundary: Boundary,
    /// Where overlays go in the separate layout, absolute.
    pub(crate) overlays_dir: PathBuf,
    /// What the command line names.
    roots: Vec<Root>,
}

impl Run {
    /// Joins and checks the command line and the config.
    ///
    /// # Errors
    /// [`Stop::Usage`] for what does not fit together or is not there.
    pub(crate) fn start(scope: &Scope) -> Result<Self, Stop> {
        Self::start_in(std::env::current_dir().context("the working directory")?, scope)
    }

    /// Does so as if `cwd` were the working directory.
    pub(crate) fn start_in(cwd: PathBuf, scope: &Scope) -> Result<Self, Stop> {
        let input = &scope.input;
        let is_filter = input.paths.iter().any(|path| path.as_os_str() == "-");
        if is_filter && input.paths.len() > 1 {
            return Err(Stop::Usage("`-` reads stdin and stands alone".to_owned()));
        }
        let edited = if is_filter { &[][..] } else { &input.paths };
        let mut roots = discover::roots(&cwd, edited, Role::Edit)?;
        let folders = folders(&cwd, &roots);
        let start = paths::common_folder(folders.iter().map(PathBuf::as_path)).unwrap_or_else(|| cwd.clone());
        let boundary = Boundary::new(&cwd, &start, &folders).context("the root of what is named")?;
        roots.extend(discover::roots(&cwd, &input.context, Role::Context)?);
        roots.extend(discover::roots(&cwd, &input.facts, Role::Facts)?);
        let config = Config::load(&cwd, input.config.as_deref(), &start, &boundary)?;
        let mut spec = config.spec(&scope.target, &scope.choosing)?;
        spec.facts.stream = is_filter;
        for cluster in &mut spec.clusters {
            cluster.facts.stream = is_filter;
        }
        let overlays_dir = config.overlays_folder(&boundary)?;
        if !is_filter && overlays_dir.is_dir() {
            roots.extend(discover::roots(
                &cwd,
                std::slice::from_ref(&overlays_dir),
                Role::Overlays,
            )?);
        }
        let stdin = is_filter.then(stdin).transpose()?;
        let today = scope
            .choosing
            .today
            .as_ref()
            .map_or_else(today::today, |date| date.0.clone());
        Ok(Self {
            cwd,
            config,
            spec,
            today,
            stdin,
            left_out: BTreeSet::new(),
            boundary,
            overlays_dir,
            roots,
        })
    }

    /// Finds the files to read.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a glob that is none.
    pub(crate) fn discover(&self, scope: &Scope) -> Result<Discovered, Stop> {
        let walk = self.walk(scope)?;
        let mut found = walk.run(&self.roots);
        if self.wants_neighbours(&walk) {
            found.add_neighbours();
        }
        if self.is_filter() {
            found.add_stdin();
        }
        Ok(found)
    }

    /// Finds the files that take the place of those to read in another tree.
    ///
    /// # Errors
    /// [`Stop::Usage`] for a glob that is none.
    pub(crate) fn discover_in(&self, scope: &Scope, base: &Base) -> Result<InBase, Stop> {
        let walk = self.walk(scope)?;
        let overlays = Root {
            path: paths::shown(&self.cwd, &self.overlays_dir),
            is_folder: true,
            role: Role::Overlays,
        };
        // The base may have overlays where the working tree has none.
        let roots: Vec<_> = self.roots.iter().cloned().chain([overlays]).collect();
        let mut answer = walk.run_in(base, &roots);
        if self.wants_neighbours(&walk) {
            answer.add_neighbours(base);
        }
        answer.keep_comparable(&walk, base, &roots);
        Ok(answer)
    }

    /// Leaves out of the run what can't be held against another tree.
    pub(crate) fn leave_out(&mut self, there: &InBase) {
        let absolute = |path: &String| paths::absolute(&self.cwd, Path::new(path));
        self.left_out = there.left_out.iter().map(absolute).collect();
    }

    /// Tells whether a file is left out of the run.
    pub(crate) fn leaves_out(&self, path: &str) -> bool {
        !self.left_out.is_empty() && {
            let path = paths::absolute(&self.cwd, Path::new(path));
            path.ancestors().any(|above| self.left_out.contains(above))
        }
    }

    /// Tells whether the manifests come from stdin.
    pub(crate) const fn is_filter(&self) -> bool {
        self.stdin.is_some()
    }

    /// Tells whether overlays may lie beside files that a narrowed walk takes, where it does not see them.
    fn wants_neighbours(&self, walk: &Walk<'_>) -> bool {
        let is_narrowed = !walk.globs.is_empty() || self.roots.iter().any(|root| !root.is_folder);
        is_narrowed && self.config.file.overlays.layout == config::Layout::Beside
    }

    fn walk(&self, scope: &Scope) -> Result<Walk<'_>, Stop> {
        let input = &scope.input;
        Ok(Walk {
            globs: discover::globs(&input.glob, &input.exclude)?,
            rules: &self.config.rules,
            respect_ignores: !input.no_ignore,
            hidden: input.hidden,
            force_exclude: input.force_exclude,
            threads: rayon::current_num_threads(),
        })
    }

    /// Returns what the command line names to be edited.
    pub(crate) fn edited(&self) -> impl Iterator<Item = &Root> {
        self.roots.iter().filter(|root| root.role == Role::Edit)
    }

    /// Returns the phase that `fix` writes: as the flag says, else the config, else before the switch.
    pub(crate) fn phase_to_write(&self, scope: &Scope) -> PhaseChoice {
        scope
            .choosing
            .phase
            .or(self.config.file.phase)
            .unwrap_or(PhaseChoice::Before)
    }

    /// Returns what the config says of the switch.
    pub(crate) fn switch_by_config(&self) -> Switch {
        if self.config.file.phase == Some(PhaseChoice::All) {
            Switch::Done
        } else {
            Switch::Unknown
        }
    }

    /// Returns where overlays go.
    pub(crate) fn layout(&self, sources: &Sources, plans: &[Plan]) -> Layout {
        if self.is_filter() {
            let text = sources.stream.and_then(|stream| sources.text(stream));
            return Layout::Stream(Host::of(text.map_or("", |text| text)));
        }
        match self.config.file.overlays.layout {
            config::Layout::Separate => Layout::Separate {
                dir: paths::shown(&self.cwd, &self.overlays_dir),
                // Stated or told from the files: a cluster must not be given another one's overlays.
                clustered: plans.iter().any(|plan| plan.world.cluster.is_some()),
            },
            config::Layout::Beside => Layout::Beside,
        }
    }

    /// Tells whether the run edits everything below the folder beside which overlays lie.
    pub(crate) fn covers_home(&self) -> bool {
        self.edited().any(|root| {
            self.config
                .home
                .starts_with(paths::absolute(&self.cwd, Path::new(&root.path)))
        })
    }
}

/// Returns the phase that `check` and `verify` look at: as the flag says, else both, whatever the config says.
pub(crate) fn phase_to_look_at(scope: &Scope) -> PhaseChoice {
    scope.choosing.phase.unwrap_or(PhaseChoice::All)
}

/// Returns the folder of each edited path, absolute.
fn folders(cwd: &Path, roots: &[Root]) -> Vec<PathBuf> {
    let folder = |root: &Root| {
        let path = paths::absolute(cwd, Path::new(&root.path));
        if root.is_folder {
            path
        } else {
            path.parent().unwrap_or(&path).to_path_buf()
        }
    };
    roots.iter().map(folder).collect()
}

fn stdin() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("standard input")?;
    Ok(bytes)
}

/// How many threads a run may start for each core.
const THREADS_OF_A_CORE: usize = 4;

/// Runs `work` with the threads that were asked for, as far as a run starts so many; all cores without.
///
/// # Errors
/// What `work` answers, or [`Stop::Failed`] where the system gives no threads.
pub(crate) fn with_threads<T: Send>(
    jobs: Option<u16>,
    work: impl FnOnce() -> Result<T, Stop> + Send,
) -> Result<T, Stop> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.map_or(0, |jobs| usize::from(jobs).min(most_threads())))
        .build();
    pool.context("threads")?.install(work)
}

/// Returns how many threads a run starts at most: more of them only take memory.
fn most_threads() -> usize {
    THREADS_OF_A_CORE * thread::available_parallelism().map_or(1, NonZero::get)
}
