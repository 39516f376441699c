//! `.ciliate.yaml` and the flags → what is known of the clusters, and the ways that the user chose.

mod facts;
mod file;
mod glob;
mod lines;
mod rules;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use ciliate_transforms::policy::dns;
use ciliate_transforms::suggest;

use crate::boundary::{Boundary, CONFIG_LIMIT, Refused, read_up_to, root_of};
use crate::paths;
use crate::stop::Stop;

pub(crate) use file::{File, Layout};
pub(crate) use lines::Lines;
pub(crate) use rules::PathRules;

/// The name of the config.
pub(crate) const NAME: &str = ".ciliate.yaml";

/// The folder of overlays in the separate layout, where the config names none.
const OVERLAYS: &str = "cilium-overlays";

/// How many clusters a config may have: a file that belongs to none of them is held for each.
const CLUSTERS: usize = 1000;

/// The config of a run, checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// What the file says; nothing without a file.
    pub(crate) file: File,
    /// Where the file's keys stand.
    lines: Lines,
    /// Which cluster, namespace and role a path gives.
    pub(crate) rules: PathRules,
    /// The folder beside which overlays lie, absolute: the config's, the repository's root, or the one of the paths.
    pub(crate) home: PathBuf,
}

impl Config {
    /// Reads the config that holds for files below `start`: `explicit`, wherever it lies, else the nearest one up to the
    /// root, which must lie inside of it. One that lies elsewhere speaks of the root.
    ///
    /// # Errors
    /// [`Stop::Usage`], with file, line and column, for a config that is not as it must be.
    pub(crate) fn load(cwd: &Path, explicit: Option<&Path>, start: &Path, boundary: &Boundary) -> Result<Self, Stop> {
        let root = root_of(cwd, start);
        let Some(path) = explicit.map_or_else(|| nearest(root, start), |path| Some(paths::absolute(cwd, path))) else {
            return Self::new(cwd, root, File::default(), Lines::default());
        };
        let bytes = if explicit.is_some() {
            read_up_to(&path, CONFIG_LIMIT)
        } else {
            boundary.read(&path, CONFIG_LIMIT)
        };
        let unusable = |why: &dyn Display| Stop::Usage(format!("{}: {why}", paths::shown(cwd, &path)));
        let bytes = bytes.map_err(|refused: Refused| unusable(&refused))?;
        let text = String::from_utf8(bytes).map_err(|_| unusable(&"not UTF-8"))?;
        let lines = Lines::new(&paths::shown(cwd, &path), &text)?;
        let file = parse(&text, lines.path())?;
        let home = path.parent().filter(|home| home.starts_with(root)).unwrap_or(root);
        let config = Self::new(cwd, home, file, lines)?;
        config.check()?;
        Ok(config)
    }

    fn new(cwd: &Path, home: &Path, file: File, lines: Lines) -> Result<Self, Stop> {
        Ok(Self {
            rules: PathRules::new(cwd, home, &file, &lines)?,
            home: home.to_path_buf(),
            file,
            lines,
        })
    }

    /// Returns the folder of the overlays in the separate layout, absolute.
    ///
    /// # Errors
    /// [`Stop::Usage`] where it lies outside of the root, or a link in its path leads there.
    pub(crate) fn overlays_folder(&self, boundary: &Boundary) -> Result<PathBuf, Stop> {
        let folder = paths::absolute(&self.home, Path::new(self.overlays_dir()));
        match boundary.resolve(&folder) {
            Ok(_) => Ok(folder),
            Err(refused) if self.file.overlays.dir.is_none() => Err(Stop::Usage(format!(
                "{}: {refused}; overlays lie inside of it",
                folder.display()
            ))),
            Err(refused) => Err(self
                .lines
                .wrong(&["overlays", "dir"], &format!("{refused}; overlays lie inside of it"))),
        }
    }

    /// Returns the folder of the overlays in the separate layout, relative to [`Config::home`].
    fn overlays_dir(&self) -> &str {
        self.file.overlays.dir.as_deref().unwrap_or(OVERLAYS)
    }

    /// Refuses what the types can't: an unknown version, and names that are not unique.
    fn check(&self) -> Result<(), Stop> {
        if self.file.version != 1 {
            return Err(self.lines.wrong(&["version"], "there is only version 1"));
        }
        self.check_namespaces()?;
        let clusters = &self.file.clusters;
        if clusters.len() > CLUSTERS {
            return Err(self
                .lines
                .wrong(&["clusters"], &format!("a config has at most {CLUSTERS} clusters")));
        }
        for (index, cluster) in clusters.iter().enumerate() {
            let place = ["clusters", &index.to_string(), "name"].map(str::to_owned);
            let place: Vec<_> = place.iter().map(String::as_str).collect();
            if cluster.name.is_empty() || cluster.name.starts_with('.') || !cluster.name.chars().all(is_of_a_name) {
                return Err(self.lines.wrong(
                    &place,
                    "a name is of letters, digits, `-`, `_` and `.`: it names a folder",
                ));
            }
            if clusters[..index].iter().any(|other| other.name == cluster.name) {
                return Err(self
                    .lines
                    .wrong(&place, &format!("two clusters have the name `{}`", cluster.name)));
            }
        }
        Ok(())
    }

    /// Refuses namespaces that no cluster can have.
    fn check_namespaces(&self) -> Result<(), Stop> {
        let check = |place: &[&str], name: &str| dns::namespace(name).map_err(|wrong| self.lines.wrong(place, &wrong));
        for (index, rule) in self.file.namespaces_by_path.iter().enumerate() {
            // What a star matches shows only with the files.
            let with_names = rules::filled_in(&rule.namespace, |_| Some("x"));
            let name = if dns::is_label(&with_names) {
                &with_names
            } else {
                &rule.namespace
            };
            check(&["namespaces-by-path", &index.to_string(), "namespace"], name)?;
        }
        for (index, cluster) in self.file.clusters.iter().enumerate() {
            let mut names = cluster.namespaces.keys();
            names.try_for_each(|name| check(&["clusters", &index.to_string(), "namespaces", name], name))?;
        }
        let mut services = self.file.transforms.load_balancer.clients.keys();
        services.try_for_each(|service| {
            let place = ["transforms", "load-balancer", "clients", service];
            match service.split_once('/') {
                Some((namespace, _)) => check(&place, namespace),
                None => Err(self.lines.wrong(&place, "a service is named as `shop/web`")),
            }
        })
    }
}

/// Tells whether the name of a cluster may hold a character.
pub(crate) const fn is_of_a_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// Finds the nearest config from `start` upwards, no further than `root`; a broken link is one too, and told.
fn nearest(root: &Path, start: &Path) -> Option<PathBuf> {
    let folders = start.ancestors().take_while(|folder| folder.starts_with(root));
    folders
        .map(|folder| folder.join(NAME))
        .find(|path| path.symlink_metadata().is_ok())
}

/// Reads the text of a config; `path` is for messages.
fn parse(text: &str, path: &str) -> Result<File, Stop> {
    serde_yaml::from_str(text).map_err(|error| {
        let message = error.to_string();
        let (message, place) = match error.location() {
            Some(at) => {
                let behind = format!(" at line {} column {}", at.line(), at.column());
                let bare = message.strip_suffix(&behind).unwrap_or(&message).to_owned();
                (bare, format!(":{}:{}", at.line(), at.column()))
            }
            None => (message, String::new()),
        };
        Stop::Usage(format!("{path}{place}: {message}{}", hint(&message)))
    })
}

/// Returns a "did you mean" for serde's message of an unknown key or value, which quotes all that there are.
fn hint(message: &str) -> String {
    let Some((_, from)) = message.split_once("unknown ") else {
        return String::new();
    };
    let quoted: Vec<_> = from.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((word, names)) => suggest::did_you_mean(word, names),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
