//! Tests of which revision is read, and how little of its repository is trusted.

use super::*;

#[test]
fn a_branch_a_tag_a_commit_and_an_expression_are_revisions() -> Answer {
    let repo = Repo::new()?;
    repo.write("p.yaml", &policy("first"))?;
    let first = repo.commit()?;
    repo.tag("v1", first)?;
    repo.write("p.yaml", &policy("second"))?;
    repo.commit()?;
    repo.branch("origin/main", first)?;
    repo.write("p.yaml", &policy("today"))?;
    for (name, expected) in [
        ("HEAD", "second"),
        ("HEAD~1", "first"),
        ("v1", "first"),
        ("origin/main", "first"),
        (&first.to_string()[..8], "first"),
    ] {
        let tree = read(repo.root(), name, &["./."])?;
        assert_eq!(policies(&tree), [expected], "{name}");
        assert_eq!(paths(&tree), [format!("{name}:p.yaml")]);
    }
    Ok(())
}

#[test]
fn a_linked_work_tree_of_a_packed_repository_has_its_revisions() -> Answer {
    let repo = Repo::new()?;
    repo.write("p.yaml", &policy("first"))?;
    let first = repo.commit()?;
    repo.branch("main-then", first)?;
    repo.write("p.yaml", &policy("second"))?;
    repo.commit()?;
    let linked = tempfile::tempdir()?;
    let linked = linked.path().join("linked");
    let linked = linked.to_string_lossy();
    if repo.run_git(&["gc", "--quiet"])? && repo.run_git(&["worktree", "add", "--quiet", &linked, "main-then"])? {
        let root = Path::new(&*linked);
        assert_eq!(
            policies(&read(root, "HEAD", &["./."])?),
            ["first"],
            "the linked one's own"
        );
        assert_eq!(policies(&read(root, "HEAD@{0}", &["./."])?), ["first"]);
        assert_eq!(policies(&read(repo.root(), "main-then", &["./."])?), ["first"]);
        assert_eq!(policies(&read(repo.root(), "HEAD", &["./."])?), ["second"]);
    }
    Ok(())
}

#[test]
fn a_shallow_clone_that_lacks_the_revision_is_told_to_fetch_more() -> Answer {
    let repo = Repo::new()?;
    for name in ["first", "second"] {
        repo.write("p.yaml", &policy(name))?;
        repo.commit()?;
    }
    let clone = tempfile::tempdir()?;
    let (from, to) = (repo.root().to_string_lossy(), clone.path().to_string_lossy());
    if repo.run_git(&["clone", "--quiet", "--depth=1", &format!("file://{from}"), &to])? {
        let message = message(read(clone.path(), "HEAD~1", &["./."]));
        assert!(message.contains("git fetch --unshallow"), "{message}");
    }
    Ok(())
}

#[test]
fn a_name_that_stands_for_nothing_is_refused_with_what_to_do() -> Answer {
    let repo = Repo::new()?;
    repo.write("p.yaml", &policy("p"))?;
    repo.commit()?;
    for name in ["mian", "--upload-pack=x", "HEAD~7", "HEAD:p.yaml", "0123456789"] {
        let message = message(read(repo.root(), name, &["./."]));
        assert!(
            message.contains(name) && message.contains("git branch --all"),
            "{message}"
        );
    }
    let message = message(read(repo.root(), "./mian", &["./."]));
    assert_eq!(message, "--base ./mian: there is no such folder");
    Ok(())
}

#[test]
fn a_revision_asks_for_a_repository_around_the_paths() -> Answer {
    let folder = tempfile::tempdir()?;
    git2::Repository::init_bare(folder.path())?;
    fs::write(folder.path().join("p.yaml"), policy("p"))?;
    let message = message(read(folder.path(), "main", &["./."]));
    assert!(message.contains("lies in no Git repository"), "{message}");
    Ok(())
}

#[test]
fn paths_of_two_repositories_are_refused() -> Answer {
    let (repo, other) = (Repo::new()?, Repo::new()?);
    repo.write("p.yaml", &policy("p"))?;
    repo.commit()?;
    let other = other.root().to_string_lossy().into_owned();
    let message = message(read(repo.root(), "HEAD", &["./.", &other]));
    assert!(message.contains("two repositories"), "{message}");
    Ok(())
}

#[test]
fn a_tracked_file_counts_though_it_is_ignored() -> Answer {
    let repo = Repo::new()?;
    repo.write("p.yaml", &policy("p"))?;
    repo.commit()?;
    repo.write(".gitignore", "*.yaml\n")?;
    assert_eq!(policies(&read(repo.root(), "HEAD", &["./."])?), ["p"]);
    Ok(())
}

#[test]
fn nothing_that_a_repository_configures_is_run() -> Answer {
    let repo = Repo::new()?;
    repo.write(".gitattributes", "*.yaml filter=evil diff=evil text eol=crlf\n")?;
    repo.write("p.yaml", &policy("p"))?;
    repo.commit()?;
    let mark = repo.root().join("ran");
    let run = format!("touch {}", mark.display());
    let config = format!(
        "[core]\n\tfsmonitor = {run}\n\tworktree = /\n\thooksPath = hooks\n\tsshCommand = {run}\n\
         [filter \"evil\"]\n\tsmudge = {run}\n\tclean = {run}\n\tprocess = {run}\n\trequired = true\n\
         [diff \"evil\"]\n\ttextconv = {run}\n\tcommand = {run}\n"
    );
    fs::write(repo.root().join(".git/config"), config)?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    let text = tree.sources.files[0].text.as_deref();
    assert_eq!(text, Some(policy("p").as_str()), "the bytes are those of the object");
    assert!(!mark.exists());
    Ok(())
}

#[test]
fn a_damaged_revision_hides_nothing_else_of_it() -> Answer {
    let repo = Repo::new()?;
    repo.commit_with_odd_names(&[b"a/../../p.yaml", b"\xff.yaml", b"ok.yaml"], &policy("ok"))?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(
        (policies(&tree), tree.failures.len()),
        (vec!["ok"], 2),
        "{:?}",
        tree.failures
    );
    Ok(())
}
