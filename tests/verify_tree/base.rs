//! Two trees, held against each other.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use git2::{IndexAddOption, Repository, Signature};
use serde_json::Value;

use super::shared::clusters::items;
use super::shared::{Outcome, code, stderr, stdout, tool};
use super::{APPS, policy, said, tree, verify, write};

/// Commits everything in a folder, which becomes a repository.
fn commit(folder: &Path) -> Outcome {
    let git = Repository::init(folder)?;
    let mut index = git.index()?;
    index.add_all(["*"], IndexAddOption::DEFAULT, None)?;
    index.write()?;
    let tree = git.find_tree(index.write_tree()?)?;
    let who = Signature::now("a", "a@example.com")?;
    let parent = git.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    git.commit(Some("HEAD"), &who, &who, "a change", &tree, &parents)?;
    Ok(())
}

fn json(folder: &Path, more: &[&str]) -> Result<Value, Box<dyn Error>> {
    let output = verify(folder, &[more, &["-o", "json"]].concat())?;
    if code(&output) != 0 {
        return Err(stderr(&output).into());
    }
    Ok(serde_json::from_str(&stdout(&output))?)
}

#[test]
fn a_revision_plays_today_and_the_working_tree_the_fix() -> Outcome {
    let open = policy("policyTypes: [Ingress], ingress: [{}]");
    let closed = policy("policyTypes: [Ingress]");
    let folder = tree(&[("k8s/apps.yaml", APPS), ("k8s/web.yaml", &open)])?;
    commit(folder.path())?;
    write(folder.path(), &[("k8s/web.yaml", &closed)])?;
    commit(folder.path())?;
    let report = json(folder.path(), &["--base", "HEAD~1", "."])?;
    let expected = "lost brought: Deployment shop/api → Deployment shop/web, 443/TCP (k8s/web.yaml:3)";
    assert_eq!(said(&report, "differences"), [expected]);
    let npm = &report["clusters"][0]["differences"][0]["example"]["npm"];
    assert_eq!(npm["policy"]["path"], "HEAD~1:k8s/web.yaml");
    assert_eq!(
        (&npm["policy"]["line"], &npm["policy"]["rule"]),
        (&4.into(), &"ingress[0]".into())
    );
    assert_eq!(report["states"]["fixed"], "Cilium, this tree");
    assert_eq!(
        json(folder.path(), &["--base", "HEAD", "."])?["clusters"][0]["differences"],
        Value::Array(Vec::new())
    );
    Ok(())
}

#[test]
fn a_folder_is_a_base_and_people_read_both_trees_places() -> Outcome {
    let open = policy("policyTypes: [Ingress], ingress: [{}]");
    let closed = policy("policyTypes: [Ingress]");
    let folder = tree(&[
        ("old/apps.yaml", APPS),
        ("old/web.yaml", &open),
        ("new/apps.yaml", APPS),
        ("new/web.yaml", &closed),
    ])?;
    let output = verify(folder.path(), &["--base", "./old", "new"])?;
    let expected = "\
shop
  lost, brought by this tree: other nodes, the API server, outside and Deployment shop/api, Deployment shop/web and pods that no file shows → Deployment shop/web, all ports
    for example Deployment shop/api → Deployment shop/web, 443/TCP
      NPM, base          allow  ./old/web.yaml:4  NetworkPolicy shop/web, ingress[0]
";
    assert!(stdout(&output).starts_with(expected), "{}", stdout(&output));
    assert!(stdout(&output).contains("base ./old: 2 files, 3 documents, 1 policy, 2 workloads\n"));
    Ok(())
}

#[test]
fn clusters_are_matched_by_name_and_one_that_a_tree_lacks_is_told() -> Outcome {
    let closed = policy("policyTypes: [Ingress]");
    let folder = tree(&[
        ("old/clusters/a/web.yaml", &closed),
        ("old/clusters/b/web.yaml", &closed),
        ("new/clusters/b/web.yaml", &closed),
        ("new/clusters/c/web.yaml", &closed),
    ])?;
    let report = json(folder.path(), &["--base", "old", "new"])?;
    let clusters: Vec<_> = items(&report, "clusters")
        .map(|cluster| {
            (
                &cluster["cluster"],
                &cluster["only_in"],
                cluster["moved"][0]["effect"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        clusters,
        [
            (&"a".into(), &"base".into(), Some("gained")),
            (&"b".into(), &"neither".into(), None),
            (&"c".into(), &"this-tree".into(), Some("lost")),
        ]
    );
    let output = verify(folder.path(), &["--base", "old", "new"])?;
    assert!(
        stdout(&output).contains("  only the base has this cluster: "),
        "{}",
        stdout(&output)
    );
    Ok(())
}

#[test]
fn paths_that_the_base_lacks_are_told_and_all_in_them_is_new() -> Outcome {
    let closed = policy("policyTypes: [Ingress]");
    let folder = tree(&[
        ("old/a/apps.yaml", APPS),
        ("a/apps.yaml", APPS),
        ("b/web.yaml", &closed),
    ])?;
    let report = json(folder.path(), &["--base", "old", "a", "b"])?;
    assert_eq!(report["base"]["missing"], serde_json::json!(["old/b"]));
    assert_eq!(said(&report, "moved").len(), 1);
    let output = verify(folder.path(), &["--base", "old", "a", "b"])?;
    assert!(
        stdout(&output).contains("  it has no old/b: all that is there now is new\n"),
        "{}",
        stdout(&output)
    );
    Ok(())
}

#[test]
fn what_can_not_be_read_of_the_base_is_12_and_named_as_in_it() -> Outcome {
    let folder = tree(&[
        ("old/bad.yaml", "kind: NetworkPolicy\n\t- [\n"),
        ("new/apps.yaml", APPS),
    ])?;
    let output = verify(folder.path(), &["--base", "old", "new"])?;
    assert_eq!(code(&output), 12, "{}", stderr(&output));
    assert!(stdout(&output).contains("  old/bad.yaml:1:7: "), "{}", stdout(&output));
    Ok(())
}

#[test]
fn what_is_no_base_is_wrong_usage() -> Outcome {
    let folder = tree(&[("apps.yaml", APPS)])?;
    for (more, message) in [
        (&["--base", "./old", "."][..], "no such folder"),
        (&["--base", "main", "."], "lies in no Git repository"),
        (&["--base", "old", "-"], "stdin has no counterpart"),
        (
            &["--base", "old", "--trace", "shop/web", "world"],
            "cannot be used with",
        ),
    ] {
        let output = verify(folder.path(), more)?;
        assert_eq!(code(&output), 2, "{more:?}");
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
    Ok(())
}

/// Runs Git itself in a folder; tells whether there is one.
fn git(folder: &Path, arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
    let Some(git) = tool("git", "--version") else {
        return Ok(false);
    };
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let mut command = Command::new(git);
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.args(identity).args(arguments).output()?;
    if output.status.success() {
        Ok(true)
    } else {
        Err(stderr(&output).into())
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_neither_lost_nor_gained_and_meets_no_require() -> Outcome {
    let closed = policy("policyTypes: [Ingress]");
    let folder = tree(&[("k8s/apps.yaml", APPS), ("pay/web.yaml", &closed)])?;
    if !(git(folder.path(), &["init", "-q"])?
        && git(folder.path(), &["add", "--all"])?
        && git(folder.path(), &["commit", "-qm", "x"])?
        && git(folder.path(), &["sparse-checkout", "set", "k8s"])?)
    {
        return Ok(());
    }
    let output = verify(folder.path(), &["--base", "HEAD", "--require", "exact", "."])?;
    assert_eq!(code(&output), 12);
    for expected in [
        "  pay/web.yaml: the checkout is sparse and leaves it out of the working tree",
        "differences: none in what is compared: ",
        "--require exact: not met, 1 path not compared: see the failures",
    ] {
        assert!(stdout(&output).contains(expected), "{}", stdout(&output));
    }
    let output = verify(folder.path(), &["--base", "HEAD", "-o", "json", "."])?;
    let report: Value = serde_json::from_str(&stdout(&output))?;
    assert_eq!(report["base"]["left_out"], serde_json::json!(["pay/web.yaml"]));
    Ok(())
}

#[test]
fn line_ends_and_ids_that_git_writes_into_files_are_no_difference() -> Outcome {
    let text = format!("# $Id$\n{}", policy("policyTypes: [Ingress]"));
    let folder = tree(&[
        (".gitattributes", "*.yaml text eol=crlf ident\n"),
        ("k8s/apps.yaml", APPS),
        ("k8s/web.yaml", &text),
    ])?;
    let web = folder.path().join("k8s/web.yaml");
    let commit = |folder: &Path| {
        Ok::<_, Box<dyn Error>>(git(folder, &["add", "--all"])? && git(folder, &["commit", "-qm", "x"])?)
    };
    if !(git(folder.path(), &["init", "-q"])? && commit(folder.path())?) {
        return Ok(());
    }
    std::fs::remove_file(&web)?;
    git(folder.path(), &["checkout", "-q", "."])?;
    let checked_out = std::fs::read_to_string(&web)?;
    assert!(
        checked_out.contains("\r\n") && checked_out.contains("$Id: "),
        "{checked_out}"
    );
    for text in [
        checked_out.clone(),
        checked_out.replace('\r', ""),
        format!("{checked_out}# more\r\n"),
    ] {
        std::fs::write(&web, text)?;
        let report = json(folder.path(), &["--base", "HEAD", "--require", "exact", "."])?;
        assert_eq!(said(&report, "differences").len() + said(&report, "moved").len(), 0);
    }
    Ok(())
}

#[test]
fn what_a_partial_clone_lacks_is_compared_with_nothing() -> Outcome {
    let [open, closed] = ["policyTypes: [Ingress], ingress: [{}]", "policyTypes: [Ingress]"].map(policy);
    let folder = tree(&[("r/apps.yaml", APPS), ("r/web.yaml", &open)])?;
    let origin = folder.path().join("r");
    let commit = || Ok::<_, Box<dyn Error>>(git(&origin, &["add", "--all"])? && git(&origin, &["commit", "-qm", "x"])?);
    if !(git(&origin, &["init", "-q"])? && commit()?) {
        return Ok(());
    }
    write(&origin, &[("web.yaml", &closed)])?;
    commit()?;
    git(&origin, &["config", "uploadpack.allowFilter", "true"])?;
    let url = format!("file://{}", origin.display());
    git(folder.path(), &["clone", "-q", "--filter=blob:none", &url, "c"])?;
    let output = verify(&folder.path().join("c"), &["--base", "HEAD~1", "."])?;
    assert_eq!(code(&output), 12);
    let expected =
        "  web.yaml: the clone is partial and lacks it as HEAD~1 has it, so nothing is said of it; `git fetch ";
    assert!(stdout(&output).contains(expected), "{}", stdout(&output));
    assert!(!stdout(&output).contains("lost"), "{}", stdout(&output));
    Ok(())
}
