//! What a file's path tells by the config: its clusters, its namespace, and whether it is read or edited.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::glob::Glob;
use super::{File, Lines};
use crate::paths;
use crate::stop::Stop;

/// How many globs a config may have.
const GLOBS: usize = 4_000;

/// How many bytes the globs of a config may have together.
const GLOB_BYTES: usize = 128 * 1024;

/// The config's globs, compiled; all of them start from the config's folder.
#[derive(Debug, Default)]
pub(crate) struct PathRules {
    cwd: PathBuf,
    home: PathBuf,
    exclude: GlobSet,
    context: GlobSet,
    /// One set per cluster; `None` takes every file.
    clusters: Vec<Option<GlobSet>>,
    /// Globs and what they stand for.
    namespaces: Vec<(Glob, String)>,
}

impl PathRules {
    pub(super) fn new(cwd: &Path, home: &Path, file: &File, lines: &Lines) -> Result<Self, Stop> {
        bound(file, lines)?;
        let clusters = file.clusters.iter().enumerate().map(|(index, cluster)| {
            let all = cluster.paths.is_empty();
            let place = ["clusters", &index.to_string(), "paths"].map(str::to_owned);
            let globs = compile(&cluster.paths, lines, &[&place[0], &place[1], &place[2]]);
            if all { Ok(None) } else { globs.map(Some) }
        });
        let namespaces = file.namespaces_by_path.iter().enumerate().map(|(index, rule)| {
            let place = ["namespaces-by-path", &index.to_string(), "path"].map(str::to_owned);
            let place = [&*place[0], &place[1], &place[2]];
            stays_below(&rule.path, lines, &place)?;
            let glob = Glob::new(&rule.path).map_err(|wrong| lines.wrong(&place, &wrong))?;
            Ok((glob, rule.namespace.clone()))
        });
        Ok(Self {
            cwd: cwd.to_path_buf(),
            home: home.to_path_buf(),
            exclude: compile(&file.files.exclude, lines, &["files", "exclude"])?,
            context: compile(&file.files.context, lines, &["files", "context"])?,
            clusters: clusters.collect::<Result<_, _>>()?,
            namespaces: namespaces.collect::<Result<_, Stop>>()?,
        })
    }

    /// Tells whether the config leaves the file out.
    pub(crate) fn excludes(&self, shown: &str) -> bool {
        !self.exclude.is_empty()
            && self
                .path_below_home(shown)
                .is_some_and(|path| self.exclude.is_match(path))
    }

    /// Tells whether the config has the file read but never edited.
    pub(crate) fn is_context(&self, shown: &str) -> bool {
        !self.context.is_empty()
            && self
                .path_below_home(shown)
                .is_some_and(|path| self.context.is_match(path))
    }

    /// Returns the clusters that a file belongs to, by index: the first that takes it, else all.
    pub(crate) fn clusters_of(&self, shown: &str) -> Vec<usize> {
        let path = if self.clusters.is_empty() {
            None
        } else {
            self.path_below_home(shown)
        };
        let takes = |globs: &Option<GlobSet>| match (globs, &path) {
            (None, _) => true,
            (Some(globs), Some(path)) => globs.is_match(path),
            (Some(_), None) => false,
        };
        match self.clusters.iter().position(takes) {
            Some(cluster) => vec![cluster],
            None => (0..self.clusters.len()).collect(),
        }
    }

    /// Returns the namespace that a file's path gives to manifests that name none.
    pub(crate) fn namespace_of(&self, shown: &str) -> Option<String> {
        let path = if self.namespaces.is_empty() {
            None
        } else {
            self.path_below_home(shown)
        }?;
        self.namespaces.iter().find_map(|(glob, namespace)| {
            let captures = glob.captures(&path)?;
            Some(filled_in(namespace, |at| captures.get(at).copied()))
        })
    }

    /// Returns a shown path as seen from the config's folder; `None` outside of it.
    fn path_below_home(&self, shown: &str) -> Option<String> {
        if self.cwd == self.home && !shown.starts_with("..") && !Path::new(shown).is_absolute() {
            return Some(shown.to_owned());
        }
        paths::within(&self.home, &paths::absolute(&self.cwd, Path::new(shown)))
    }
}

/// Puts what stars matched, by their index from 0, in the place of `$1`, `$2`, …: the longest number that there is.
///
/// What is put in is not looked at again: a folder may be called `$1`.
pub(super) fn filled_in<'c>(template: &str, matched: impl Fn(usize) -> Option<&'c str>) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let found = (1..=digits).rev().find_map(|length| {
            let number: usize = after[..length].parse().ok()?;
            Some((matched(number.checked_sub(1)?)?, &after[length..]))
        });
        let (text, behind) = found.unwrap_or(("$", after));
        filled.push_str(text);
        rest = behind;
    }
    filled + rest
}

/// Refuses a config with so many or such long globs that compiling and matching them would fill memory.
fn bound(file: &File, lines: &Lines) -> Result<(), Stop> {
    let of_clusters = file.clusters.iter().flat_map(|cluster| &cluster.paths);
    let of_files = file.files.exclude.iter().chain(&file.files.context);
    let of_namespaces = file.namespaces_by_path.iter().map(|rule| &rule.path);
    let (mut count, mut bytes) = (0, 0);
    for glob in of_clusters.chain(of_files).chain(of_namespaces) {
        count += 1;
        bytes += glob.len();
    }
    if count > GLOBS || bytes > GLOB_BYTES {
        return Err(Stop::Usage(format!(
            "{}: {count} globs of {bytes} bytes; a config may have {GLOBS} globs of {GLOB_BYTES} bytes together",
            lines.path()
        )));
    }
    Ok(())
}

fn compile(globs: &[String], lines: &Lines, place: &[&str]) -> Result<GlobSet, Stop> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        stays_below(glob, lines, place)?;
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        set.add(glob.map_err(|error| lines.wrong(place, &error.to_string()))?);
    }
    set.build().map_err(|error| lines.wrong(place, &error.to_string()))
}

/// Refuses a glob of what lies elsewhere.
fn stays_below(glob: &str, lines: &Lines, place: &[&str]) -> Result<(), Stop> {
    if glob.starts_with('/') || glob.split('/').any(|name| name == "..") {
        let message = format!("`{glob}` leads out of the config's folder, from which every glob starts");
        return Err(lines.wrong(place, &message));
    }
    Ok(())
}
