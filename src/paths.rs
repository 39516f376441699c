//! Paths as people see them: relative to the working directory, with `/`, without `.` and needless `..`.

use std::path::{Component, Path, PathBuf};

/// Returns `path` from the root of the file system, `.` and `..` resolved by their names alone.
pub(crate) fn absolute(cwd: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in cwd.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => clean.push(component),
        }
    }
    clean
}

/// Returns an absolute path relative to the working directory, `.` for that itself.
pub(crate) fn shown(cwd: &Path, absolute: &Path) -> String {
    let up = cwd
        .ancestors()
        .take_while(|folder| !absolute.starts_with(folder))
        .count();
    let Some(common) = cwd.ancestors().nth(up) else {
        return slashes(absolute); // Another drive of Windows.
    };
    let mut parts = vec!["..".to_owned(); up];
    if let Some(below) = within(common, absolute).filter(|below| !below.is_empty()) {
        parts.push(below);
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// Returns an absolute path relative to `base`; `None` where it does not lie below it.
pub(crate) fn within(base: &Path, absolute: &Path) -> Option<String> {
    absolute.strip_prefix(base).ok().map(slashes)
}

/// Returns the folder that holds all paths.
pub(crate) fn common_folder<'p>(mut paths: impl Iterator<Item = &'p Path>) -> Option<PathBuf> {
    let first = paths.next()?.to_path_buf();
    Some(paths.fold(first, |common, path| {
        let shared = common
            .components()
            .zip(path.components())
            .take_while(|(ours, theirs)| ours == theirs);
        shared.map(|(component, _)| component).collect()
    }))
}

/// Returns the root of the repository around a folder: the nearest one that holds `.git`.
pub(crate) fn repository(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// Returns a path as text, with `/`.
pub(crate) fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_from_the_working_directory() {
        let cwd = Path::new("/w/repo");
        for (path, expected) in [
            (".", "."),
            ("./a/../b//c.yaml", "b/c.yaml"),
            ("/w/repo/x.yaml", "x.yaml"),
            ("../other/x.yaml", "../other/x.yaml"),
            ("/x.yaml", "../../x.yaml"),
            ("..", ".."),
        ] {
            assert_eq!(shown(cwd, &absolute(cwd, Path::new(path))), expected, "{path}");
        }
    }

    #[test]
    fn the_common_folder_holds_every_path() {
        let paths = ["/w/a/b", "/w/a/c", "/w/a/b/d"].map(Path::new);
        assert_eq!(common_folder(paths.into_iter()), Some(PathBuf::from("/w/a")));
        assert_eq!(common_folder(std::iter::empty()), None);
    }
}
