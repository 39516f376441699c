//! Tests of writing into temporary folders.

use std::fs::{self, Permissions};
use std::path::Path;

use tempfile::TempDir;

use super::*;

/// What is told of each file.
type Told = std::result::Result<BTreeMap<String, Vec<String>>, Vec<Failure>>;

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

    fn boundary(&self) -> io::Result<Boundary> {
        let folder = self.folder.path().canonicalize()?;
        Boundary::new(&folder, &folder, std::slice::from_ref(&folder))
    }

    fn apply(&self, steps: &[(&str, Option<&str>, Option<&str>)]) -> io::Result<Told> {
        let paths: Vec<_> = steps.iter().map(|(path, ..)| self.path(path)).collect();
        let steps: Vec<_> = steps
            .iter()
            .zip(&paths)
            .map(|((_, before, after), path)| step(path, *before, *after))
            .collect();
        Ok(match apply(steps, &self.boundary()?) {
            Written::All(notes) => Ok(notes),
            Written::Nothing(failures) => Err(failures),
        })
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
fn files_are_edited_added_and_removed_with_the_folders_they_leave_empty() -> io::Result<()> {
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
    ])?
    .unwrap();
    assert_eq!(
        case.names(),
        ["a.yaml", "keep", "keep/d", "new", "new/deep", "new/deep/e.yaml"]
    );
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 2\n"));
    Ok(())
}

#[test]
fn one_file_that_cannot_be_prepared_leaves_everything_as_it_was() -> io::Result<()> {
    let case = Case::new(&[("a.yaml", "a: 1\n"), ("b.yaml", "changed meanwhile\n")])?;
    let failures = case.apply(&[
        ("a.yaml", Some("a: 1\n"), Some("a: 2\n")),
        ("new/c.yaml", None, Some("c: 1\n")),
        ("b.yaml", Some("b: 1\n"), Some("b: 2\n")),
    ])?;
    let [failure] = &failures.unwrap_err()[..] else {
        panic!("one file failed");
    };
    assert_eq!(failure.path, case.path("b.yaml"));
    assert!(failure.message.starts_with("not written: it was saved"), "{failure:?}");
    assert_eq!(case.names(), ["a.yaml", "b.yaml"]);
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 1\n"));
    Ok(())
}

#[test]
fn a_new_file_replaces_none() -> io::Result<()> {
    let case = Case::new(&[("a.yaml", "not read\n")])?;
    assert!(case.apply(&[("a.yaml", None, Some("a: 1\n"))])?.is_err());
    assert_eq!(case.read("a.yaml").as_deref(), Some("not read\n"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn modes_are_kept() -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    fs::set_permissions(case.path("a.yaml"), Permissions::from_mode(0o640))?;
    case.apply(&[("a.yaml", Some("a: 1\n"), Some("a: 2\n"))])?.unwrap();
    assert_eq!(fs::metadata(case.path("a.yaml"))?.permissions().mode() & 0o777, 0o640);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_inside_the_bounds_and_never_out_of_them() -> io::Result<()> {
    use std::os::unix::fs::symlink;

    let outside = Case::new(&[("o.yaml", "o: 1\n")])?;
    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    symlink("a.yaml", case.path("in.yaml"))?;
    symlink(outside.path("o.yaml"), case.path("out.yaml"))?;
    symlink(outside.folder.path(), case.path("out"))?;
    case.apply(&[("in.yaml", Some("a: 1\n"), Some("a: 2\n"))])?.unwrap();
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: 2\n"));
    assert!(fs::symlink_metadata(case.path("in.yaml"))?.is_symlink());
    assert!(case.apply(&[("out.yaml", Some("o: 1\n"), Some("o: 2\n"))])?.is_err());
    assert!(case.apply(&[("out/n.yaml", None, Some("n: 1\n"))])?.is_err());
    assert_eq!(outside.names(), ["o.yaml"]);
    assert_eq!(outside.read("o.yaml").as_deref(), Some("o: 1\n"));
    Ok(())
}

#[test]
fn what_was_written_is_taken_back_when_a_later_file_fails_also_in_another_batch() -> io::Result<()> {
    let many: Vec<String> = (0..200).map(|number| format!("f{number:03}.yaml")).collect();
    let files: Vec<_> = many.iter().map(|name| (name.as_str(), "a: 1\n")).collect();
    let case = Case::new(&files)?;
    let before = case.names();
    let mut steps = vec![
        ("f000.yaml", Some("a: 1\n"), None),
        ("new/n.yaml", None, Some("n: 1\n")),
    ];
    steps.extend(
        many[1..]
            .iter()
            .map(|name| (name.as_str(), Some("a: 1\n"), Some("a: 2\n"))),
    );
    // A list whose turn is after all of these.
    steps.push(("kustomization.yaml", Some("gone\n"), Some("b: 2\n")));
    assert_eq!(case.apply(&steps)?.unwrap_err().len(), 1);
    assert_eq!(case.names(), before);
    assert!(many.iter().all(|name| case.read(name).as_deref() == Some("a: 1\n")));
    Ok(())
}

#[test]
fn what_somebody_saved_over_a_written_file_is_not_taken_back() -> io::Result<()> {
    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    let path = case.path("a.yaml");
    let boundary = case.boundary()?;
    let steps = [step(&path, Some("a: 1\n"), Some("a: 2\n"))];
    let gone = [step("gone.yaml", Some("g: 1\n"), Some("g: 2\n"))];
    let mut transaction = Transaction::begin(&boundary);
    transaction.run(&steps);
    fs::write(&path, "a: mine\n")?;
    transaction.run(&gone);
    let Written::Nothing(failures) = transaction.end() else {
        panic!("a file failed");
    };
    assert_eq!(case.read("a.yaml").as_deref(), Some("a: mine\n"));
    let told: Vec<_> = failures.iter().map(|failure| failure.path.as_str()).collect();
    assert_eq!(told, ["gone.yaml", &path]);
    Ok(())
}

#[test]
fn lists_come_after_the_files_they_name_and_go_before_them() {
    fn order<'v>(steps: &[(&'v str, Option<&'v str>, Option<&'v str>)]) -> Vec<&'v str> {
        let mut steps: Vec<_> = steps
            .iter()
            .map(|(path, before, after)| step(path, *before, *after))
            .collect();
        steps.sort_by_key(Step::turn);
        steps.iter().map(|step| step.path).collect()
    }
    let list = "kustomization.yaml";
    assert_eq!(
        order(&[(list, Some(""), Some("")), ("z.yaml", None, Some(""))]),
        ["z.yaml", list]
    );
    assert_eq!(
        order(&[("a.yaml", Some(""), None), (list, Some(""), None)]),
        [list, "a.yaml"]
    );
}

#[cfg(unix)]
#[test]
fn a_file_under_two_names_is_written_once() -> io::Result<()> {
    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    std::os::unix::fs::symlink("a.yaml", case.path("link.yaml"))?;
    let texts = (Some("a: 1\n"), Some("a: 2\n"));
    case.apply(&[("a.yaml", texts.0, texts.1), ("link.yaml", texts.0, texts.1)])?
        .unwrap();
    assert_eq!(case.read("link.yaml").as_deref(), Some("a: 2\n"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn other_names_of_a_file_are_told() -> io::Result<()> {
    let case = Case::new(&[("a.yaml", "a: 1\n")])?;
    fs::hard_link(case.path("a.yaml"), case.path("b.yaml"))?;
    let notes = case.apply(&[("a.yaml", Some("a: 1\n"), Some("a: 2\n"))])?.unwrap();
    assert_eq!(
        notes[&case.path("a.yaml")],
        ["it had 2 names (hard links): the others keep the old text"]
    );
    assert_eq!(case.read("b.yaml").as_deref(), Some("a: 1\n"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn only_unlocked_untracked_regular_files_with_a_staged_name_are_left_over() -> io::Result<()> {
    let name = |middle: &str| format!(".ciliate-{middle}.tmp");
    let (ours, held, tracked, link) = (
        name("0123456789abcdeF"),
        name("0123456789abcde1"),
        name("0123456789abcde2"),
        name("0123456789abcde3"),
    );
    let (short, other) = (name("0123456789"), ".ciliate-0123456789abcdef.yaml");
    let all = [&ours, &held, &tracked, &short, other];
    let case = Case::new(&all.map(|name| (name as &str, "")))?;
    std::os::unix::fs::symlink("a", case.path(&link))?;
    let repository = git2::Repository::init(case.folder.path()).map_err(io::Error::other)?;
    let mut index = repository.index().map_err(io::Error::other)?;
    index
        .add_path(Path::new(&tracked))
        .and_then(|()| index.write())
        .map_err(io::Error::other)?;
    let lives = fs::File::open(case.path(&held))?;
    lives.lock()?;
    let gone = remove_stale([case.path("a.yaml").as_str()], &case.boundary()?);
    assert_eq!(gone, [PathBuf::from(case.path(&ours))]);
    assert!(all.iter().skip(1).all(|name| Path::new(&case.path(name)).exists()));
    Ok(())
}
