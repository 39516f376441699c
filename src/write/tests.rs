//! Tests of writing into temporary folders.

use tempfile::TempDir;

use super::*;

struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> io::Result<Self> {
        let case = Self {
            folder: tempfile::tempdir()?,
        };
        for (file, text) in files {
            let path = case.path(file);
            fs::create_dir_all(Path::new(&path).parent().unwrap_or(case.folder.path()))?;
            fs::write(path, text)?;
        }
        Ok(case)
    }

    fn path(&self, file: &str) -> String {
        self.folder.path().join(file).to_string_lossy().into_owned()
    }

    fn apply(&self, steps: &[(&str, Option<&str>, Option<&str>)]) -> Result<()> {
        let paths: Vec<_> = steps.iter().map(|(path, ..)| self.path(path)).collect();
        let steps: Vec<_> = steps
            .iter()
            .zip(&paths)
            .map(|((_, before, after), path)| step(path, *before, *after))
            .collect();
        apply(&steps, &Bounds::new([self.folder.path()])?)
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path(file)).ok()
    }

    /// Every file and folder, so that nothing left over escapes.
    fn names(&self) -> Vec<String> {
        let walk = ignore::WalkBuilder::new(self.folder.path())
            .standard_filters(false)
            .build();
        let entries = walk.skip(1).flatten();
        let mut names: Vec<_> = entries
            .filter_map(|entry| {
                Some(
                    entry
                        .path()
                        .strip_prefix(self.folder.path())
                        .ok()?
                        .display()
                        .to_string(),
                )
            })
            .collect();
        names.sort();
        names
    }
}

fn step<'v>(path: &'v str, before: Option<&'v str>, after: Option<&'v str>) -> Step<'v> {
    let action = match (before, after) {
        (None, _) => FileAction::Added,
        (Some(_), Some(_)) => FileAction::Edited,
        (Some(_), None) => FileAction::Removed,
    };
    Step {
        path,
        action,
        before: before.unwrap_or_default(),
        after,
    }
}

#[test]
fn files_are_edited_added_and_removed_with_the_folders_they_leave_empty() -> Result<()> {
    let case = Case::new(&[
        ("a.yaml", "a: 1\n"),
        ("old/deep/b.yaml", "b: 1\n"),
        ("keep/c.yaml", "c: 1\n"),
        ("keep/d", ""),
    ])?;
    case.apply(&[
        ("a.yaml", Some("a: 1\n"), Some("a: 2\n")),
        ("new/deep/e.yaml", None, Some("e: 1\n")),
        ("old/deep/b.yaml", Some("b: 1\n"), None),
        ("keep/c.yaml", Some("c: 1\n"), None),
    ])?;
    assert_eq!(
        case.names(),
        ["a.yaml", "keep", "keep/d", "new", "new/deep", "new/deep/e.yaml"]
    );
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 2\n"));
    Ok(())
}

#[test]
fn one_file_that_cannot_be_prepared_leaves_everything_as_it_was() -> Result<()> {
    let case = Case::new(&[("a.yaml", "a: 1\n"), ("b.yaml", "changed meanwhile\n")])?;
    let error = case.apply(&[
        ("a.yaml", Some("a: 1\n"), Some("a: 2\n")),
        ("new/c.yaml", None, Some("c: 1\n")),
        ("b.yaml", Some("b: 1\n"), Some("b: 2\n")),
    ]);
    let message = format!("{:#}", error.unwrap_err());
    assert!(
        message.ends_with("b.yaml: it was changed after it was read"),
        "{message}"
    );
    assert_eq!(case.names(), ["a.yaml", "b.yaml"]);
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 1\n"));
    Ok(())
}

#[test]
fn a_new_file_replaces_none() -> Result<()> {
    let case = Case::new(&[("a.yaml", "not read\n")])?;
    assert!(case.apply(&[("a.yaml", None, Some("a: 1\n"))]).is_err());
    assert_eq!(case.read("a.yaml").as_deref(), Some("not read\n"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn modes_are_kept() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    fs::set_permissions(case.path("a.yaml"), Permissions::from_mode(0o640))?;
    case.apply(&[("a.yaml", Some("a: 1\n"), Some("a: 2\n"))])?;
    assert_eq!(fs::metadata(case.path("a.yaml"))?.permissions().mode() & 0o777, 0o640);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_inside_the_bounds_and_never_out_of_them() -> Result<()> {
    use std::os::unix::fs::symlink;

    let outside = Case::new(&[("o.yaml", "o: 1\n")])?;
    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    symlink("a.yaml", case.path("in.yaml"))?;
    symlink(outside.path("o.yaml"), case.path("out.yaml"))?;
    symlink(outside.folder.path(), case.path("out"))?;
    case.apply(&[("in.yaml", Some("a: 1\n"), Some("a: 2\n"))])?;
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 2\n"));
    assert!(fs::symlink_metadata(case.path("in.yaml"))?.is_symlink());
    assert!(case.apply(&[("out.yaml", Some("o: 1\n"), Some("o: 2\n"))]).is_err());
    assert!(case.apply(&[("out/n.yaml", None, Some("n: 1\n"))]).is_err());
    assert_eq!(outside.names(), ["o.yaml"]);
    assert_eq!(outside.read("o.yaml").as_deref(), Some("o: 1\n"));
    Ok(())
}
