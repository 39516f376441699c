//! `.ciliate.yaml` and the flags → what is known of the clusters, and the ways that the user chose.

mod facts;
mod file;
mod glob;
mod lines;
mod rules;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::paths;
use crate::stop::Stop;
use crate::suggest;

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
    /// Reads the config that holds for files below `start`: `explicit`, else the nearest one up to the repository's root.
    ///
    /// # Errors
    /// [`Stop::Usage`], with file, line and column, for a config that is not as it must be.
    pub(crate) fn load(cwd: &Path, explicit: Option<&Path>, start: &Path) -> Result<Self, Stop> {
        let path = match explicit {
            Some(path) => Some(paths::absolute(cwd, path)),
            None => nearest(cwd, start),
        };
        let Some(path) = path else {
            let home = paths::repository(start).unwrap_or(start).to_path_buf();
            let rules = PathRules::new(cwd, &home, &File::default(), &Lines::default())?;
            return Ok(Self {
                file: File::default(),
                lines: Lines::default(),
                rules,
                home,
            });
        };
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => Stop::Usage(format!("{}: not UTF-8", path.display())),
            _ => Stop::unusable(&path, &error),
        })?;
        let lines = Lines::new(&paths::shown(cwd, &path), &text)?;
        let file = parse(&text, lines.path())?;
        let home = path.parent().unwrap_or(&path).to_path_buf();
        let rules = PathRules::new(cwd, &home, &file, &lines)?;
        let config = Self {
            file,
            lines,
            rules,
            home,
        };
        config.check()?;
        Ok(config)
    }

    /// Returns the overlays' folder of the separate layout, relative to [`Config::home`].
    pub(crate) fn overlays_dir(&self) -> &str {
        self.file.overlays.dir.as_deref().unwrap_or(OVERLAYS)
    }

    /// Refuses what the types can't: an unknown version, and names that are not unique.
    fn check(&self) -> Result<(), Stop> {
        if self.file.version != 1 {
            return Err(self.lines.wrong(&["version"], "there is only version 1"));
        }
        let clusters = &self.file.clusters;
        if clusters.len() > CLUSTERS {
            return Err(self
                .lines
                .wrong(&["clusters"], &format!("a config has at most {CLUSTERS} clusters")));
        }
        for (index, cluster) in clusters.iter().enumerate() {
            let place = ["clusters", &index.to_string(), "name"].map(str::to_owned);
            let place: Vec<_> = place.iter().map(String::as_str).collect();
            let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
            if cluster.name.is_empty() || cluster.name.starts_with('.') || !cluster.name.chars().all(plain) {
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
}

/// Finds the nearest config from `start` upwards; no further than the repository's root, else the working directory.
fn nearest(cwd: &Path, start: &Path) -> Option<PathBuf> {
    let top = paths::repository(start)
        .or_else(|| start.starts_with(cwd).then_some(cwd))
        .unwrap_or(start);
    let folders = start.ancestors().take_while(|folder| folder.starts_with(top));
    folders.map(|folder| folder.join(NAME)).find(|path| path.is_file())
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
