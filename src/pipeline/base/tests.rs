//! Tests of what a base gives, whether a folder or a revision; `repository` makes small ones.

mod comparable;
mod repository;
mod revision;

use std::error::Error;
use std::fs;
use std::path::Path;

use ciliate_transforms::report::SkipReason;
use ciliate_transforms::source::SourceFile;
use clap::Parser;

use self::repository::{Repo, policy};
use super::*;
use crate::cli::{Cli, Command};
use crate::read::Need;
use crate::run;
use crate::stop::Stop;

type Answer<T = ()> = Result<T, Box<dyn Error>>;

/// Reads `base` for a run in `cwd` on these arguments, of which those that name something there start with `./`.
fn read(cwd: &Path, base: &str, arguments: &[&str]) -> Answer<BaseTree> {
    read_behind(&Sources::NONE, cwd, base, arguments)
}

fn read_behind(before: &Sources, cwd: &Path, base: &str, arguments: &[&str]) -> Answer<BaseTree> {
    let there = |argument: &&str| match argument.strip_prefix("./") {
        Some(path) => cwd.join(path).to_string_lossy().into_owned(),
        None => (*argument).to_owned(),
    };
    let words = ["ciliate", "--quiet", "verify"].map(str::to_owned).into_iter();
    let cli = Cli::try_parse_from(words.chain(arguments.iter().map(there)))?;
    let Command::Verify(args) = cli.command else {
        return Err("verify was asked for".into());
    };
    let read = || {
        let run = Run::start_in(cwd.to_path_buf(), &args.scope)?;
        let way = Way {
            global: &cli.global,
            phase: run::phase_to_look_at(&args.scope),
            switch: run.switch_by_config(),
            need: Need::Workloads,
            allow_empty: false,
        };
        let base = run.base(base)?;
        let there = run.discover_in(&args.scope, &base)?;
        Ok(super::base(&run, &args.scope, way, (&base, there), before))
    };
    read().map_err(|stop: Stop| stop.message().into())
}

fn message(read: Answer<BaseTree>) -> String {
    read.map_or_else(|error| error.to_string(), |_| "it was read".to_owned())
}

/// Returns the names of the policies of all worlds.
fn policies(tree: &BaseTree) -> Vec<&str> {
    let policies = tree.worlds.iter().flat_map(|world| &world.policies);
    policies.map(|policy| policy.key.name.as_str()).collect()
}

fn paths(tree: &BaseTree) -> Vec<&str> {
    tree.sources.files.iter().map(|file| file.path.as_str()).collect()
}

fn skipped(tree: &BaseTree) -> Vec<(&str, SkipReason)> {
    let skipped = tree.skipped.iter();
    skipped.map(|skipped| (skipped.path.as_str(), skipped.reason)).collect()
}

#[test]
fn a_path_that_the_base_lacks_is_told_and_is_empty() -> Answer {
    let repo = Repo::new()?;
    repo.write("apps/p.yaml", &policy("p"))?;
    repo.commit()?;
    repo.write("new/q.yaml", &policy("q"))?;
    let tree = read(repo.root(), "HEAD", &["./apps", "./new"])?;
    assert_eq!(
        (policies(&tree), &tree.missing),
        (vec!["p"], &vec!["HEAD:new".to_owned()])
    );
    let tree = read(repo.root(), "HEAD", &["./new"])?;
    assert_eq!((policies(&tree).len(), tree.worlds.len(), tree.counts.files), (0, 1, 0));
    let old = tempfile::tempdir()?;
    let old = old.path().to_string_lossy();
    let tree = read(repo.root(), &old, &["./apps", "./new"])?;
    assert_eq!(tree.missing, [format!("{old}/apps"), format!("{old}/new")]);
    Ok(())
}

#[test]
fn the_files_of_a_base_stand_behind_those_of_the_working_tree() -> Answer {
    let repo = Repo::new()?;
    repo.write("p.yaml", &policy("p"))?;
    repo.commit()?;
    let own = SourceFile {
        path: "p.yaml".to_owned(),
        text: None,
    };
    let before = Sources {
        files: vec![own],
        stream: None,
        ..Sources::default()
    };
    let tree = read_behind(&before, repo.root(), "HEAD", &["./."])?;
    let place = tree.worlds[0].policies[0].place;
    assert_eq!(paths(&tree), ["p.yaml", "HEAD:p.yaml"]);
    assert_eq!((tree.sources.path(place.file), tree.counts.files), ("HEAD:p.yaml", 1));
    assert!(tree.sources.text(place.file).is_some());
    Ok(())
}

#[test]
fn the_clusters_and_namespaces_of_paths_hold_for_the_base() -> Answer {
    let repo = Repo::new()?;
    let config = "version: 1\nclusters: [{name: weu, paths: [weu/**]}, {name: neu, paths: [neu/**]}]\n\
                  files: {exclude: ['**/charts/**']}\n";
    repo.write(".ciliate.yaml", config)?;
    for path in ["weu/p.yaml", "neu/p.yaml", "neu/charts/q.yaml"] {
        repo.write(path, &policy("p"))?;
    }
    repo.commit()?;
    let old = repo.copy()?;
    for base in ["HEAD", &old.path().to_string_lossy()] {
        let tree = read(repo.root(), base, &["./."])?;
        let held: Vec<_> = tree
            .worlds
            .iter()
            .map(|world| (world.cluster.as_deref(), world.policies.len()))
            .collect();
        assert_eq!(held, [(Some("weu"), 1), (Some("neu"), 1)]);
    }
    Ok(())
}

#[test]
fn a_folder_is_read_as_a_revision_with_the_same_files() -> Answer {
    let repo = Repo::new()?;
    for path in [
        "a/p.yaml",
        "a/b/q.yml",
        "a/.h/r.yaml",
        "a/x/s.json",
        "t.yaml",
        "a/notes.md",
    ] {
        repo.write(path, &policy("p"))?;
    }
    repo.commit()?;
    let old = repo.copy()?;
    let old = old.path().to_string_lossy();
    for arguments in [
        &["./."][..],
        &["./a/b", "./t.yaml"],
        &["./a/notes.md"],
        &["./.", "--hidden"],
        &["./.", "--exclude", "a/b/**"],
        &["./.", "-g", "a/**/*.json"],
        &["./.", "-g", ".h,a/.h/*"],
    ] {
        let (revision, folder) = (
            read(repo.root(), "HEAD", arguments)?,
            read(repo.root(), &old, arguments)?,
        );
        let below = |tree: &BaseTree, root: &str| -> Vec<_> {
            paths(tree).iter().map(|path| path.replacen(root, "", 1)).collect()
        };
        let files = below(&revision, "HEAD:");
        assert_eq!(files, below(&folder, &format!("{old}/")), "{arguments:?}");
        assert!(!files.is_empty(), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn a_folder_stands_for_the_one_that_is_named() -> Answer {
    let repo = Repo::new()?;
    repo.write("rendered/shop/p.yaml", &policy("new"))?;
    let old = tempfile::tempdir()?;
    fs::create_dir(old.path().join("shop"))?;
    fs::write(old.path().join("shop/p.yaml"), policy("old"))?;
    let old = old.path().to_string_lossy();
    let tree = read(repo.root(), &old, &["./rendered", "-g", "rendered/shop/*"])?;
    assert_eq!(
        (policies(&tree), paths(&tree)),
        (vec!["old"], vec![&*format!("{old}/shop/p.yaml")])
    );
    let outside = message(read(&repo.root().join("rendered"), &old, &["./shop", "./../x.yaml"]));
    assert!(outside.contains("x.yaml"), "{outside}");
    Ok(())
}

#[test]
fn the_overlays_of_the_base_are_found_whatever_part_of_it_a_run_is_for() -> Answer {
    let repo = Repo::new()?;
    repo.write("apps/p.yaml", &policy("p"))?;
    repo.write("apps/beside.yaml", &policy("beside"))?;
    repo.write("cilium-overlays/o.yaml", &policy("o"))?;
    repo.commit()?;
    let old = repo.copy()?;
    fs::remove_dir_all(repo.root().join("cilium-overlays"))?;
    let names = |base: &str, root: &str| -> Answer<Vec<String>> {
        let tree = read(repo.root(), base, &["./apps/p.yaml"])?;
        Ok(paths(&tree).iter().map(|path| path.replacen(root, "", 1)).collect())
    };
    let old = old.path().to_string_lossy();
    for (base, root) in [("HEAD", "HEAD:"), (&*old, &*format!("{old}/"))] {
        assert_eq!(names(base, root)?, ["apps/p.yaml", "cilium-overlays/o.yaml"]);
    }
    repo.write(".ciliate.yaml", "version: 1\noverlays: {layout: beside}\n")?;
    for (base, root) in [("HEAD", "HEAD:"), (&*old, &*format!("{old}/"))] {
        assert_eq!(names(base, root)?[..2], ["apps/beside.yaml", "apps/p.yaml"]);
    }
    Ok(())
}

#[test]
fn what_is_not_ours_is_told_with_its_name_in_the_base() -> Answer {
    let repo = Repo::new()?;
    repo.write("apps/p.yaml", &policy("p"))?;
    repo.write("apps/long.yaml", &format!("{}# {}", policy("long"), "x".repeat(2000)))?;
    repo.write("other/q.yaml", &policy("q"))?;
    repo.commit_with(&[
        ("apps/away.yaml", "/etc/q.yaml"),
        ("apps/up.yaml", "../other/q.yaml"),
        ("apps/folder", "../other"),
        ("apps/inside.yaml", "p.yaml"),
        ("apps/nowhere.yaml", "../other/gone.yaml"),
        ("apps/module", ""),
    ])?;
    let tree = read(repo.root(), "HEAD", &["./apps", "--max-file-size", "1K"])?;
    let expected = [
        ("HEAD:apps/away.yaml", SkipReason::OutsideRoot),
        ("HEAD:apps/folder", SkipReason::OutsideRoot),
        ("HEAD:apps/long.yaml", SkipReason::TooLarge),
        ("HEAD:apps/module", SkipReason::Submodule),
        ("HEAD:apps/up.yaml", SkipReason::OutsideRoot),
    ];
    let mut told = skipped(&tree);
    told.sort_unstable();
    assert_eq!((policies(&tree), told), (vec!["p"], expected.to_vec()));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_path_that_leads_out_of_the_folder_is_not_followed() -> Answer {
    let (repo, old) = (Repo::new()?, tempfile::tempdir()?);
    for path in ["apps/p.yaml", "one.yaml", "gone/q.yaml"] {
        repo.write(path, &policy("p"))?;
    }
    std::os::unix::fs::symlink(repo.root().join("apps"), old.path().join("apps"))?;
    std::os::unix::fs::symlink(repo.root().join("one.yaml"), old.path().join("one.yaml"))?;
    fs::write(old.path().join("gone"), "a file now")?;
    let old = old.path().to_string_lossy();
    let tree = read(repo.root(), &old, &["./apps", "./one.yaml", "./gone/q.yaml"])?;
    let (apps, one) = (format!("{old}/apps"), format!("{old}/one.yaml"));
    let expected = [(&*apps, SkipReason::OutsideRoot), (&*one, SkipReason::OutsideRoot)];
    assert_eq!((policies(&tree).len(), skipped(&tree)), (0, expected.to_vec()));
    assert_eq!(tree.missing, [format!("{old}/gone/q.yaml")]);
    Ok(())
}

#[test]
fn broken_yaml_of_the_base_is_placed_in_the_base() -> Answer {
    let repo = Repo::new()?;
    repo.write("apps/p.yaml", "kind: NetworkPolicy\na: [\n")?;
    repo.commit()?;
    let tree = read(&repo.root().join("apps"), "HEAD", &["./."])?;
    assert_eq!(tree.failures[0].path, "HEAD:apps/p.yaml");
    assert!(tree.failures[0].at.is_some());
    Ok(())
}

#[test]
fn all_workloads_of_the_base_are_read_and_a_context_elsewhere_is_the_working_trees() -> Answer {
    let repo = Repo::new()?;
    let workload = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{containers: [{{name: c, image: i}}]}}\n"
        )
    };
    repo.write("apps/pod.yaml", &workload("then"))?;
    repo.write("apps/context/pod.yaml", &workload("within-then"))?;
    repo.write("shared/pod.yaml", &workload("shared-then"))?;
    repo.commit()?;
    repo.write("apps/pod.yaml", &workload("now"))?;
    repo.write("apps/context/pod.yaml", &workload("within-now"))?;
    repo.write("shared/pod.yaml", &workload("shared-now"))?;
    // Under the test's own working directory, since a context is opened from there.
    let [apps, shared, within] = ["apps", "shared", "apps/context"].map(|path| repo.root().join(path));
    let [apps, shared, within] = [&apps, &shared, &within].map(|path| path.to_string_lossy());
    let arguments = [&*apps, "--context", &*shared, "--context", &*within];
    let tree = read(&std::env::current_dir()?, "HEAD", &arguments)?;
    let workloads = &tree.worlds[0].workloads;
    let mut names: Vec<_> = workloads.iter().map(|workload| workload.key.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["shared-now", "then", "within-then"]);
    let shown: Vec<_> = tree.worlds[0].files.values().map(String::as_str).collect();
    let there = shown.iter().filter(|path| path.starts_with("HEAD:apps/"));
    assert_eq!((there.count(), shown.len()), (2, 3), "{shown:?}");
    Ok(())
}
