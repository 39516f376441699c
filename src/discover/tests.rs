//! Tests of the walk on small trees.

use std::fs;
use std::io;

use ciliate_transforms::report::SkipReason;
use tempfile::TempDir;

use super::*;

/// A tree in a temporary folder; its roots are absolute paths, since tests share one working directory.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[&str]) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            fs::write(path, "")?;
        }
        Ok(Self { folder })
    }

    fn root(&self, path: &str, role: Role) -> Root {
        let path = self.folder.path().join(path);
        Root {
            is_folder: path.is_dir(),
            path: path.to_string_lossy().into_owned(),
            role,
        }
    }

    fn found(&self, roots: &[Root], change: impl Fn(&mut Walk<'_>)) -> Vec<String> {
        let rules = PathRules::default();
        let mut walk = walk(&rules);
        change(&mut walk);
        let prefix = format!("{}/", self.folder.path().to_string_lossy());
        let files = walk.run(roots).files;
        files
            .iter()
            .map(|file| file.path.strip_prefix(&prefix).unwrap_or(&file.path).to_owned())
            .collect()
    }

    fn all(&self, change: impl Fn(&mut Walk<'_>)) -> Vec<String> {
        self.found(&[self.root("", Role::Edit)], change)
    }
}

fn walk(rules: &PathRules) -> Walk<'_> {
    Walk {
        globs: Override::empty(),
        rules,
        respect_ignores: true,
        hidden: false,
        force_exclude: false,
        threads: 2,
    }
}

#[test]
fn manifests_are_found_in_sorted_order_whatever_the_threads() -> io::Result<()> {
    let case = Case::new(&["b/x.yaml", "a/z.yml", "a.json", "notes.md", "b/a/y.yaml"])?;
    for threads in [1, 2, 7] {
        assert_eq!(
            case.all(|walk| walk.threads = threads),
            ["a.json", "a/z.yml", "b/a/y.yaml", "b/x.yaml"]
        );
    }
    Ok(())
}

#[test]
fn ignored_and_hidden_files_are_left_out_unless_asked_for() -> io::Result<()> {
    let case = Case::new(&["a.yaml", "gone/b.yaml", ".h/c.yaml", ".git/d.yaml"])?;
    fs::write(case.folder.path().join(".gitignore"), "gone/\n")?;
    assert_eq!(case.all(|_| ()), ["a.yaml"]);
    assert_eq!(case.all(|walk| walk.respect_ignores = false), ["a.yaml", "gone/b.yaml"]);
    assert_eq!(case.all(|walk| walk.hidden = true), [".h/c.yaml", "a.yaml"]);
    Ok(())
}

#[test]
fn overlapping_roots_give_each_file_once_and_edit_beats_context() -> io::Result<()> {
    let case = Case::new(&["a/x.yaml", "b/y.yaml"])?;
    let (all, part) = (case.root("", Role::Context), case.root("a", Role::Edit));
    assert_eq!(
        case.found(&[all.clone(), part.clone()], |_| ()),
        ["a/x.yaml", "b/y.yaml"]
    );
    let rules = PathRules::default();
    let found: Vec<_> = walk(&rules)
        .run(&[part, all])
        .files
        .iter()
        .map(|file| file.role)
        .collect();
    assert_eq!(found, [Role::Edit, Role::Context]);
    Ok(())
}

#[test]
fn a_named_file_is_read_whatever_its_name_and_excluded_only_by_force() -> io::Result<()> {
    let case = Case::new(&["policy.txt"])?;
    let named = [case.root("policy.txt", Role::Edit)];
    assert_eq!(case.found(&named, |_| ()), ["policy.txt"]);
    let exclude = |walk: &mut Walk<'_>, force| {
        walk.globs = globs(&[], &["*.txt".to_owned()]).unwrap();
        walk.force_exclude = force;
    };
    assert_eq!(case.found(&named, |walk| exclude(walk, false)), ["policy.txt"]);
    assert!(case.found(&named, |walk| exclude(walk, true)).is_empty());
    Ok(())
}

#[test]
fn globs_take_and_leave_files() -> io::Result<()> {
    let case = Case::new(&["a/x.yaml", "a/y.yaml", "charts/z.yaml"])?;
    let set = |take: &[&str], leave: &[&str]| {
        let owned = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
        globs(&owned(take), &owned(leave)).unwrap()
    };
    assert_eq!(case.all(|walk| walk.globs = set(&["x.*"], &[])), ["a/x.yaml"]);
    assert_eq!(
        case.all(|walk| walk.globs = set(&[], &["charts", "y.yaml"])),
        ["a/x.yaml"]
    );
    assert!(matches!(globs(&["a[".to_owned()], &[]), Err(Stop::Usage(_))));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_root_is_counted_and_one_inside_is_not_read_twice() -> io::Result<()> {
    use std::os::unix::fs::symlink;

    let outside = Case::new(&["o.yaml"])?;
    let case = Case::new(&["a/x.yaml"])?;
    symlink(case.folder.path().join("a"), case.folder.path().join("b"))?;
    symlink(outside.folder.path().join("o.yaml"), case.folder.path().join("o.yaml"))?;
    assert_eq!(case.all(|_| ()), ["a/x.yaml"]);
    let rules = PathRules::default();
    let skipped = walk(&rules).run(&[case.root("", Role::Edit)]).skipped;
    assert_eq!(
        skipped.iter().map(|skipped| skipped.reason).collect::<Vec<_>>(),
        [SkipReason::OutsideRoot]
    );
    assert!(skipped[0].path.ends_with("/o.yaml"));
    Ok(())
}

#[test]
fn overlays_are_found_whatever_part_of_the_tree_a_run_is_for() -> io::Result<()> {
    let case = Case::new(&["apps/p.yaml", "overlays/.gitignore", "overlays/shop/o.yaml"])?;
    fs::write(case.folder.path().join("overlays/.gitignore"), "*\n")?;
    let roots = [case.root("apps", Role::Edit), case.root("overlays", Role::Overlays)];
    let nothing_else = |walk: &mut Walk<'_>| {
        walk.globs = globs(&["**/apps/**".to_owned()], &[]).unwrap_or_else(|_| Override::empty());
    };
    assert_eq!(
        case.found(&roots, nothing_else),
        ["apps/p.yaml", "overlays/shop/o.yaml"]
    );
    Ok(())
}

#[test]
fn the_neighbours_of_a_named_file_are_read_and_are_not_edited() -> io::Result<()> {
    let case = Case::new(&[
        "a/p.yaml",
        "a/kustomization.yaml",
        "a/q.yaml",
        "a/notes.txt",
        "a/b/r.yaml",
    ])?;
    let rules = PathRules::default();
    let mut found = walk(&rules).run(&[case.root("a/p.yaml", Role::Edit)]);
    found.add_neighbours();
    let seen: Vec<_> = found
        .files
        .iter()
        .map(|file| {
            let name = Path::new(&file.path).file_name().and_then(|name| name.to_str());
            (name.unwrap_or_default(), file.role)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("kustomization.yaml", Role::Overlays),
            ("p.yaml", Role::Edit),
            ("q.yaml", Role::Overlays)
        ]
    );
    Ok(())
}
