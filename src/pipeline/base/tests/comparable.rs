//! Tests of what a repository's work tree and clone do not show as its revisions hold it.

use std::time::{Duration, SystemTime};

use super::*;

/// Commits with Git itself, so that index and attributes are those that it writes; tells whether there is one.
fn commit(repo: &Repo, files: &[(&str, &str)]) -> Answer<bool> {
    for (path, text) in files {
        repo.write(path, text)?;
        // A file as old as the index could have changed unseen.
        let hour = SystemTime::now() - Duration::from_hours(1);
        let file = fs::File::options().write(true).open(repo.root().join(path))?;
        file.set_modified(hour)?;
    }
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    Ok(repo.run_git(&["add", "--all"])? && repo.run_git(&[&identity[..], &["commit", "-qm", "x"]].concat())?)
}

fn told(tree: &BaseTree) -> Vec<&str> {
    tree.failures.iter().map(|failure| failure.message.as_str()).collect()
}

/// Makes a clean filter that marks each of its runs.
fn filter(repo: &Repo) -> Answer<bool> {
    let clean = format!("touch {} && tr a-z b-za", repo.root().join(".git/ran").display());
    Ok(repo.run_git(&["config", "filter.odd.clean", &clean])?
        && repo.run_git(&["config", "filter.odd.smudge", "tr b-za a-z"])?)
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_told_and_not_of_the_base() -> Answer {
    let repo = Repo::new()?;
    if !commit(&repo, &[("shop/p.yaml", &policy("p"))])?
        || !commit(&repo, &[("pay/q.yaml", &policy("q")), ("pay/r.yaml", &policy("r"))])?
        || !repo.run_git(&["sparse-checkout", "set", "--no-sparse-index", "shop"])?
    {
        return Ok(());
    }
    for revision in ["HEAD", "HEAD~1"] {
        let tree = read(repo.root(), revision, &["./."])?;
        assert_eq!(
            (policies(&tree), &*tree.left_out),
            (vec!["p"], &["pay/q.yaml".to_owned(), "pay/r.yaml".to_owned()][..])
        );
        assert_eq!(tree.failures[0].path, "pay/q.yaml");
        assert!(
            told(&tree)[0].contains("sparse and leaves it and 1 other out"),
            "{:?}",
            told(&tree)
        );
    }
    let tree = read(repo.root(), "HEAD", &["./shop"])?;
    assert_eq!((policies(&tree), told(&tree)), (vec!["p"], vec![]));
    let tree = read(repo.root(), "HEAD", &["./.", "--exclude", "pay/**"])?;
    assert_eq!((policies(&tree), told(&tree)), (vec!["p"], vec![]));
    Ok(())
}

#[test]
fn a_file_that_is_gone_from_a_full_checkout_is_of_the_base() -> Answer {
    let repo = Repo::new()?;
    if commit(&repo, &[("shop/p.yaml", &policy("p")), ("pay/q.yaml", &policy("q"))])? {
        fs::remove_dir_all(repo.root().join("pay"))?;
        let tree = read(repo.root(), "HEAD", &["./."])?;
        assert_eq!((policies(&tree), told(&tree)), (vec!["q", "p"], vec![]));
    }
    Ok(())
}

#[test]
fn an_index_that_can_not_be_read_is_told_with_the_command_that_mends_it() -> Answer {
    let repo = Repo::new()?;
    if !commit(&repo, &[("shop/p.yaml", &policy("p")), ("pay/q.yaml", &policy("q"))])?
        || !repo.run_git(&["sparse-checkout", "set", "--sparse-index", "shop"])?
    {
        return Ok(());
    }
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(
        (policies(&tree), &*tree.left_out),
        (vec!["p"], &["pay/q.yaml".to_owned()][..])
    );
    let mends = "git sparse-checkout reapply --no-sparse-index";
    assert!(told(&tree)[0].contains(mends), "{:?}", told(&tree));
    let command: Vec<&str> = mends.split(' ').skip(1).collect();
    assert!(repo.run_git(&command)?);
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert!(told(&tree)[0].contains("is sparse"), "{:?}", told(&tree));
    Ok(())
}

#[test]
fn a_partial_clone_tells_how_to_fetch_what_it_lacks() -> Answer {
    for filter in ["blob:none", "tree:0"] {
        let repo = Repo::new()?;
        let first = [("a/p.yaml", &*policy("first")), ("a/same.yaml", &policy("same"))];
        if !commit(&repo, &first)? || !commit(&repo, &[("a/p.yaml", &policy("second"))])? {
            return Ok(());
        }
        repo.run_git(&["config", "uploadpack.allowFilter", "true"])?;
        let clone = Repo::new()?;
        let url = format!("file://{}", repo.root().display());
        let to = clone.root().join("clone").to_string_lossy().into_owned();
        clone.run_git(&["clone", "-q", &format!("--filter={filter}"), &url, &to])?;
        let to = Path::new(&to);
        let tree = read(to, "HEAD~1", &["./."])?;
        assert!(
            !policies(&tree).contains(&"first") && !tree.left_out.is_empty(),
            "{filter}"
        );
        assert!(told(&tree)[0].contains("the clone is partial"), "{:?}", told(&tree));
        let at = to.to_string_lossy().into_owned();
        let mends = "git fetch --refetch --no-filter";
        assert!(told(&tree)[0].contains(mends), "{:?}", told(&tree));
        let command: Vec<&str> = mends.split(' ').skip(1).collect();
        clone.run_git(&[&["-C", &at][..], &command].concat())?;
        let tree = read(to, "HEAD~1", &["./."])?;
        assert_eq!(
            (policies(&tree), told(&tree)),
            (vec!["first", "same"], vec![]),
            "{filter}"
        );
    }
    Ok(())
}

#[test]
fn a_filtered_file_is_the_same_while_it_is_as_it_was_checked_out() -> Answer {
    let repo = Repo::new()?;
    let attributes = (".gitattributes", "*.yaml filter=odd\n");
    if !filter(&repo)? || !commit(&repo, &[attributes, ("p.yaml", &policy("p")), ("q.yaml", &policy("q"))])? {
        return Ok(());
    }
    fs::remove_file(repo.root().join(".git/ran"))?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!((policies(&tree), told(&tree)), (vec!["p", "q"], vec![]));
    repo.write("p.yaml", &policy("now"))?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(
        (policies(&tree), &*tree.left_out),
        (vec!["q"], &["p.yaml".to_owned()][..])
    );
    assert!(told(&tree)[0].contains("No filter is run here"), "{:?}", told(&tree));
    assert!(!repo.root().join(".git/ran").exists(), "no filter was run");
    Ok(())
}

#[test]
fn a_filter_that_only_the_base_has_is_seen() -> Answer {
    let repo = Repo::new()?;
    let attributes = (".gitattributes", "*.yaml filter=odd\n");
    if !filter(&repo)? || !commit(&repo, &[attributes, ("p.yaml", &policy("p"))])? {
        return Ok(());
    }
    fs::remove_file(repo.root().join(".gitattributes"))?;
    repo.write("p.yaml", &policy("now"))?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(
        (policies(&tree).len(), &*tree.left_out),
        (0, &["p.yaml".to_owned()][..])
    );
    Ok(())
}

#[test]
fn a_file_in_another_encoding_is_the_same_while_it_is_as_it_was_checked_out() -> Answer {
    let repo = Repo::new()?;
    let latin = policy("p").replace("spec", "# caf\u{e9}\nspec");
    let bytes: Vec<u8> = latin.chars().map(|char| u8::try_from(char).unwrap_or(b'?')).collect();
    repo.write(".gitattributes", "*.yaml working-tree-encoding=ISO-8859-1\n")?;
    fs::write(repo.root().join("p.yaml"), &bytes)?;
    let hour = SystemTime::now() - Duration::from_hours(1);
    fs::File::options()
        .write(true)
        .open(repo.root().join("p.yaml"))?
        .set_modified(hour)?;
    if !commit(&repo, &[])? {
        return Ok(());
    }
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(tree.left_out, Vec::<String>::new());
    assert!(
        matches!(&tree.failures[..], [failure] if failure.path == "HEAD:p.yaml" && failure.message.contains("no UTF-8")),
        "as in the working tree: {:?}",
        tree.failures
    );
    fs::write(repo.root().join("p.yaml"), [&bytes[..], b"# more\n"].concat())?;
    let tree = read(repo.root(), "HEAD", &["./."])?;
    assert_eq!(tree.left_out, ["p.yaml"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn no_file_is_taken_through_a_symbolic_link() -> Answer {
    let (repo, away) = (Repo::new()?, tempfile::tempdir()?);
    if commit(&repo, &[("a/p.yaml", &policy("p"))])? {
        fs::rename(repo.root().join("a"), away.path().join("a"))?;
        fs::write(away.path().join("a/p.yaml"), policy("x"))?;
        std::os::unix::fs::symlink(away.path().join("a"), repo.root().join("a"))?;
        assert_eq!(policies(&read(repo.root(), "HEAD", &["./."])?), ["p"]);
    }
    Ok(())
}
