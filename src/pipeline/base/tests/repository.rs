//! Small repositories in temporary folders.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use git2::{ObjectType, Oid, Repository, Signature};
use tempfile::TempDir;

use crate::git::index_entry;

pub(super) fn policy(name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{podSelector: {{}}}}\n"
    )
}

/// A repository with its working tree.
pub(super) struct Repo {
    folder: TempDir,
    git: Repository,
}

impl Repo {
    pub(super) fn new() -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let git = Repository::init(folder.path())?;
        Ok(Self { folder, git })
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn write(&self, path: &str, text: &str) -> io::Result<()> {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap_or(self.root()))?;
        fs::write(path, text)
    }

    /// Commits all files of the working tree.
    pub(super) fn commit(&self) -> Result<Oid, git2::Error> {
        self.commit_with(&[])
    }

    /// Commits all files of the working tree, and symbolic links that it need not hold: where each lies, and leads.
    /// One that leads nowhere becomes a submodule.
    pub(super) fn commit_with(&self, links: &[(&str, &str)]) -> Result<Oid, git2::Error> {
        let mut index = self.git.index()?;
        index.add_all(["*"], git2::IndexAddOption::FORCE, None)?;
        for (path, target) in links {
            let (mode, id) = if target.is_empty() {
                (0o160_000, Oid::from_bytes(&[1; 20])?)
            } else {
                (0o120_000, self.git.blob(target.as_bytes())?)
            };
            index.add(&index_entry(path, mode, id))?;
        }
        let tree = index.write_tree()?;
        self.commit_tree(tree)
    }

    /// Commits a tree whose entries, all of them files, have names that Git itself would not write.
    pub(super) fn commit_with_odd_names(&self, names: &[&[u8]], text: &str) -> Result<Oid, git2::Error> {
        let blob = self.git.blob(text.as_bytes())?;
        let entry = |name: &&[u8]| [b"100644 ", *name, b"\0", blob.as_bytes()].concat();
        let tree = names.iter().flat_map(entry).collect::<Vec<_>>();
        let tree = self.git.odb()?.write(ObjectType::Tree, &tree)?;
        self.commit_tree(tree)
    }

    fn commit_tree(&self, tree: Oid) -> Result<Oid, git2::Error> {
        let tree = self.git.find_tree(tree)?;
        let parent = self.git.head().ok().map(|head| head.peel_to_commit()).transpose()?;
        let author = Signature::new("a", "a@example.com", &git2::Time::new(0, 0))?;
        let parents: Vec<_> = parent.iter().collect();
        self.git.commit(Some("HEAD"), &author, &author, "x", &tree, &parents)
    }

    pub(super) fn tag(&self, name: &str, commit: Oid) -> Result<Oid, git2::Error> {
        let commit = self.git.find_object(commit, None)?;
        let author = Signature::new("a", "a@example.com", &git2::Time::new(0, 0))?;
        self.git.tag(name, &commit, &author, "x", false)
    }

    pub(super) fn branch(&self, name: &str, commit: Oid) -> Result<(), git2::Error> {
        let commit = self.git.find_commit(commit)?;
        self.git.branch(name, &commit, false).map(drop)
    }

    /// Runs Git itself in the repository; tells whether there is one to run.
    pub(super) fn run_git(&self, arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
        let mut git = Command::new("git");
        git.current_dir(self.root()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = match git.args(arguments).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            output => output?,
        };
        if output.status.success() {
            Ok(true)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into())
        }
    }

    /// Returns a copy of the working tree, without the repository.
    pub(super) fn copy(&self) -> io::Result<TempDir> {
        let copy = tempfile::tempdir()?;
        copy_folder(self.root(), copy.path())?;
        Ok(copy)
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == ".git" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
