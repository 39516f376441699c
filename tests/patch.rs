//! `fix --diff` as a patch: what Git and `patch` make of it is, byte for byte, what `fix` writes.
#![cfg(unix)]

mod shared;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ciliate_transforms::catalog;
use shared::{FIX_ALL, NETWORK, Outcome, ciliate, code, folders, root, stderr, stdout, tool};
use tempfile::TempDir;

/// A policy that `ip-block` edits and `node-egress` gives an overlay; what a terminal would obey stands in a comment and
/// in the next document, right where the edit shows.
const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    # lone\r    # twice\r\r    # soft hyphen \u{ad}, turned \u{202e}
    - ipBlock:
        cidr: 0.0.0.0/0
---
# \u{1b}[4m\u{1b}]0;title\u{7}\u{9b}31m\u{7f}
kind: ConfigMap
";

/// Names that a patch has to quote, or that readers of patches trip over.
const NAMES: &[&str] = &[
    "a b.yaml",
    "-rf.yaml",
    "caf\u{e9}.yaml",
    "quo\"te.yaml",
    "back\\slash.yaml",
    "tab\t.yaml",
    "esc\u{1b}[31m.yaml",
    "x b/x.yaml",
    " /dev/null.yaml",
];

/// A file of a tree: its bytes, and whether it may be run.
type Files = BTreeMap<PathBuf, (Vec<u8>, bool)>;

/// Returns the files below a folder, but for what Git keeps.
fn files(folder: &Path) -> io::Result<Files> {
    let (mut found, mut open) = (Files::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for path in shared::entries(&next)? {
            if path.is_dir() && !path.ends_with(".git") {
                open.push(path);
            } else if path.is_file() {
                let below = path.strip_prefix(folder).map_err(io::Error::other)?;
                let executable = fs::metadata(&path)?.permissions().mode() & 0o111 != 0;
                found.insert(below.to_owned(), (fs::read(&path)?, executable));
            }
        }
    }
    Ok(found)
}

fn write(folder: &Path, name: impl AsRef<Path>, text: impl AsRef<[u8]>) -> io::Result<()> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    fs::write(path, text)
}

/// Makes a tree of all oddities of names and texts, with an overlay whose source is gone.
fn odd_tree(folder: &Path) -> Outcome {
    write(folder, "gone.yaml", POLICY.replace("NAME", "gone"))?;
    write(folder, "stays.yaml", POLICY.replace("NAME", "stays"))?;
    assert_eq!(code(&run(folder, FIX_ALL, &["."])?), 0);
    fs::remove_file(folder.join("gone.yaml"))?;
    for (number, name) in NAMES.iter().enumerate() {
        write(folder, name, POLICY.replace("NAME", &format!("named-{number}")))?;
    }
    let texts = [
        ("crlf", POLICY.replace('\n', "\r\n")),
        ("mixed", POLICY.replacen('\n', "\r\n", 4)),
        ("only-cr", POLICY.replace('\n', "\r")),
        ("no-end", POLICY.trim_end().to_owned()),
        ("edit-at-end", POLICY.split("\n---").take(1).collect()),
        ("no-end-cr", format!("{}\r", POLICY.trim_end())),
        ("bom", format!("\u{feff}{POLICY}")),
        (
            "heads",
            format!("{POLICY}# --- a/x\n#\n--- # +++ b/x\nkind: List\n... \n"),
        ),
    ];
    for (name, text) in texts {
        write(folder, format!("{name}.yaml"), text.replace("NAME", name))?;
    }
    write(folder, "run.yaml", POLICY.replace("NAME", "run"))?;
    fs::set_permissions(folder.join("run.yaml"), Permissions::from_mode(0o755))?;
    Ok(())
}

fn run<'a>(folder: &Path, verb: impl IntoIterator<Item = &'a str>, more: &[&str]) -> io::Result<Output> {
    let mut command = ciliate(folder);
    command.args(verb).args(NETWORK).args(["--cilium-version", "1.18.6"]);
    command.args(more).output()
}

fn diff(folder: &Path, more: &[&str]) -> io::Result<Output> {
    run(folder, FIX_ALL.into_iter().chain(["--diff"]), more)
}

/// Makes every change to a path, or shows it.
fn fix_or_diff(folder: &Path, shown: bool, more: &[&str]) -> io::Result<Output> {
    if shown {
        diff(folder, more)
    } else {
        run(folder, FIX_ALL, more)
    }
}

/// Runs a program with a patch as its input; what a machine says of Git does not count.
fn feed(folder: &Path, words: &[&str], patch: &[u8]) -> io::Result<Output> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let mut pipe = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let patch = patch.to_owned();
    // The program may go before it has read all.
    let fed = std::thread::spawn(move || drop(pipe.write_all(&patch)));
    let output = child.wait_with_output();
    drop(fed.join());
    output
}

fn assert_applies(folder: &Path, words: &[&str], patch: &[u8]) -> Outcome {
    let output = feed(folder, words, patch)?;
    let said = format!("{}{}", stdout(&output), stderr(&output));
    let patch = String::from_utf8_lossy(patch);
    assert!(output.status.success(), "{words:?}: {said}\n{}", patch.escape_debug());
    Ok(())
}

/// Holds what `apply` makes of a tree's patch against what `fix` makes of the tree. All commands are run in `at`.
fn assert_same(source: &Path, at: &str, fix: impl Fn(&Path, bool) -> io::Result<Output>, apply: &[&[&str]]) -> Outcome {
    let (fixed, patched) = (twin(source)?, twin(source)?);
    let before = files(patched.path())?;
    let patch = fix(&patched.path().join(at), true)?;
    assert_eq!(files(patched.path())?, before, "--diff writes nothing");
    let made = fix(&fixed.path().join(at), false)?;
    let after = files(fixed.path())?;
    assert_eq!(patch.stdout.is_empty(), after == before, "{}", stderr(&made));
    if after == before {
        return Ok(());
    }
    for words in apply {
        assert_applies(patched.path(), words, &patch.stdout)?;
    }
    let patched = files(patched.path())?;
    let differs = |path: &&PathBuf| patched.get(*path) != after.get(*path);
    let wrong: Vec<_> = after.keys().chain(patched.keys()).filter(differs).collect();
    assert!(wrong.is_empty(), "{}: {wrong:?}", source.display());
    Ok(())
}

/// Returns a copy of a tree, modes and Git's folder with it.
fn twin(source: &Path) -> Result<TempDir, Box<dyn Error>> {
    let twin = tempfile::tempdir()?;
    let done = Command::new("cp")
        .arg("-pR")
        .arg(source.join("."))
        .arg(twin.path())
        .status()?;
    assert!(done.success());
    Ok(twin)
}

const GIT: &[&[&str]] = &[&["git", "apply", "--check"], &["git", "apply", "--whitespace=nowarn"]];

fn init(folder: &Path) -> Outcome {
    assert_applies(folder, &["git", "init", "--quiet"], b"")
}

#[test]
fn git_makes_of_the_patch_what_fix_makes_of_the_tree_whatever_it_holds() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    odd_tree(folder.path())?;
    // No file may be called so where `patch` takes the same tree.
    write(folder.path(), "new\nline.yaml", POLICY.replace("NAME", "new-line"))?;
    let fix = |at: &Path, shown| fix_or_diff(at, shown, &["."]);
    assert_same(folder.path(), "", fix, GIT)?;
    init(folder.path())?;
    assert_same(folder.path(), "", fix, GIT)?;
    let patch = stdout(&diff(folder.path(), &["."])?);
    let edited = patch.matches("\n+++ ").count() - patch.matches("\n--- /dev/null\n").count();
    // The policy that was fixed before and its overlay stay as they are.
    assert_eq!(edited, files(folder.path())?.len() - 2, "{patch}");
    for part in [
        "\u{202e}",
        "\u{1b}]0;title\u{7}\u{9b}31m\u{7f}",
        "lone\r    # twice\r\r",
        "\nnew file mode 100644\n",
        "\ndeleted file mode 100644\n",
    ] {
        assert!(patch.contains(part), "{part:?}: {patch:?}");
    }
    Ok(())
}

#[test]
fn patch_makes_the_same_of_it() -> Outcome {
    let Some(_) = tool("patch", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    odd_tree(folder.path())?;
    let fix = |at: &Path, shown| fix_or_diff(at, shown, &["."]);
    assert_same(folder.path(), "", fix, &[&["patch", "-p1", "--quiet"]])
}

#[test]
fn git_makes_of_every_case_and_of_the_demo_what_fix_makes_of_it() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let mut trees = vec![(root().join("testdata/demo/tree"), String::new())];
    for transform in catalog::ALL {
        for case in folders(&root().join("testdata").join(transform.id.replace('-', "_")))? {
            let flags = fs::read_to_string(case.join("args")).unwrap_or_default();
            trees.push((case.join("input"), flags));
        }
    }
    for (tree, flags) in trees {
        let fix = |at: &Path, shown: bool| {
            let mut command = ciliate(at);
            command.args(FIX_ALL).args(flags.split_whitespace());
            command.args(shown.then_some("--diff")).arg(".").output()
        };
        assert_same(&tree, "", fix, &GIT[1..])?;
    }
    Ok(())
}

#[test]
fn in_a_repository_the_paths_are_from_its_root_wherever_the_run_starts() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "apps/shop/a.yaml", POLICY.replace("NAME", "a"))?;
    write(folder.path(), "apps/b.yaml", POLICY.replace("NAME", "b"))?;
    let odd = Path::new("apps").join(OsString::from_vec(b"caf\xe9".to_vec()));
    fs::create_dir_all(folder.path().join(&odd))?;
    init(folder.path())?;
    for at in ["apps", "apps/shop"] {
        let path = folder.path().join("apps");
        let path = path.to_str().ok_or("a folder's name is UTF-8")?;
        assert_eq!(
            diff(&folder.path().join(at), &[path])?.stdout,
            diff(folder.path(), &["apps"])?.stdout,
            "{at}"
        );
    }
    let fix = |at: &Path, shown| fix_or_diff(at, shown, &[".."]);
    assert_same(folder.path(), "apps/shop", fix, GIT)?;
    write(folder.path(), odd.join("c.yaml"), POLICY.replace("NAME", "c"))?;
    let shown = diff(&folder.path().join(&odd), &["."])?;
    assert!(
        stdout(&shown).contains("\n--- \"a/apps/caf\\351/c.yaml\"\n"),
        "{}",
        stdout(&shown)
    );
    Ok(())
}

#[test]
fn below_the_root_the_patch_applies_to_what_lies_there_and_is_told_when_it_holds_more() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "apps/a.yaml", POLICY.replace("NAME", "a"))?;
    init(folder.path())?;
    let apps = folder.path().join("apps");
    let inside = diff(&apps, &["--select", "ip-block", "."])?;
    assert!(!stderr(&inside).contains("note: the paths"), "{}", stderr(&inside));
    assert_applies(&apps, &["git", "apply", "--check"], &inside.stdout)?;
    // The overlays lie at the root, which `git apply` leaves out without a word.
    let beyond = diff(&apps, &["."])?;
    let told = "note: the paths of this patch start at ..; apply it there, as with `git -C`\n";
    assert!(stderr(&beyond).starts_with(told), "{}", stderr(&beyond));
    for quiet in [&["-q", "."][..], &["-o", "concise", "."]] {
        assert!(!stderr(&diff(&apps, quiet)?).contains("note: the paths"));
    }
    Ok(())
}

#[test]
fn elsewhere_the_paths_are_from_the_working_directory_or_from_the_path() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "here/x.yaml", "")?;
    for name in ["here/a.yaml", "there/b.yaml", "there/c/d.yaml"] {
        write(
            folder.path(),
            name,
            POLICY.replace("NAME", &name[name.len() - 6..name.len() - 5]),
        )?;
    }
    let here = folder.path().join("here");
    let select = ["--select", "ip-block"];
    for (paths, names, start) in [
        (&["a.yaml"][..], &["a.yaml"][..], None),
        (&["../there"], &["b.yaml", "c/d.yaml"], Some("../there")),
        (&["../there/c/d.yaml"], &["d.yaml"], Some("../there/c")),
        (&[".", "../there/c"], &["here/a.yaml", "there/c/d.yaml"], Some("..")),
    ] {
        let shown = diff(&here, &[&select, paths].concat())?;
        let said = stdout(&shown);
        let heads = said.lines().filter_map(|line| line.strip_prefix("+++ b/"));
        assert_eq!(heads.collect::<Vec<_>>(), names, "{paths:?}");
        let note = start.map(|start| format!("note: the paths of this patch start at {start};"));
        assert_eq!(
            stderr(&shown).contains("note: the paths"),
            note.is_some(),
            "{}",
            stderr(&shown)
        );
        assert!(
            stderr(&shown).starts_with(&note.unwrap_or_default()),
            "{}",
            stderr(&shown)
        );
        assert_applies(&here.join(start.unwrap_or(".")), GIT[0], &shown.stdout)?;
    }
    Ok(())
}

#[test]
fn of_a_link_the_file_is_changed_that_it_leads_to_and_only_once() -> Outcome {
    let Some(_) = tool("git", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "real/a.yaml", POLICY.replace("NAME", "a"))?;
    symlink("real/a.yaml", folder.path().join("link.yaml"))?;
    let paths = ["--select", "ip-block", "link.yaml", "real/a.yaml"];
    let shown = diff(folder.path(), &paths[..3])?;
    assert!(
        stdout(&shown).starts_with("diff --git a/real/a.yaml b/real/a.yaml\n"),
        "{}",
        stdout(&shown)
    );
    let twice = diff(folder.path(), &paths)?;
    assert_eq!(stdout(&twice).matches("diff --git").count(), 1, "{}", stdout(&twice));
    Ok(())
}

#[test]
fn colours_in_a_pipe_take_nothing_out_of_the_manifests() -> Outcome {
    let folder = tempfile::tempdir()?;
    write(folder.path(), "a.yaml", POLICY.replace("NAME", "a"))?;
    let plain = stdout(&diff(folder.path(), &["."])?);
    let mut colored = stdout(&diff(folder.path(), &["--color", "always", "."])?);
    assert!(colored.contains("\u{1b}[32m+"), "{colored:?}");
    for style in ["0", "1", "31", "32", "36"] {
        colored = colored.replace(&format!("\u{1b}[{style}m"), "");
    }
    assert_eq!(colored, plain);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_is_shown_no_control_character_of_a_manifest() -> Outcome {
    let Some(_) = tool("script", "--version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    write(folder.path(), "esc\u{1b}[2J.yaml", POLICY.replace("NAME", "a"))?;
    let program = env!("CARGO_BIN_EXE_ciliate");
    let line = format!("{program} fix --diff -q --color never --cilium-version 1.18.6 --select ip-block . 2>/dev/null");
    let shown = feed(folder.path(), &["script", "-qec", &line, "/dev/null"], b"")?;
    let text = stdout(&shown).replace("\r\n", "\n");
    assert!(text.contains("+++ \"b/esc\\033[2J.yaml\"\n"), "{text:?}");
    assert!(
        text.contains("# lone\\r    # twice\\r\\r    # soft hyphen \\u{ad}, turned \\u{202e}\n"),
        "{text:?}"
    );
    assert!(
        text.contains(" # \\u{1b}[4m\\u{1b}]0;title\\u{7}\\u{9b}31m\\u{7f}\n"),
        "{text:?}"
    );
    let obeyed: Vec<_> = text.chars().filter(|it| it.is_control() && *it != '\n').collect();
    assert!(obeyed.is_empty(), "{text:?}");
    Ok(())
}

#[test]
fn of_a_stream_the_patch_names_standard_input() -> Outcome {
    let program = env!("CARGO_BIN_EXE_ciliate");
    let folder = tempfile::tempdir()?;
    let words = [
        program,
        "fix",
        "--diff",
        "--cilium-version",
        "1.18.6",
        "--select",
        "ip-block",
        "-",
    ];
    let shown = feed(folder.path(), &words, POLICY.replace("NAME", "a").as_bytes())?;
    assert_eq!(code(&shown), 10, "{}", stderr(&shown));
    let head = "diff --git a/<stdin> b/<stdin>\n--- a/<stdin>\n+++ b/<stdin>\n@@ ";
    assert!(stdout(&shown).starts_with(head), "{}", stdout(&shown));
    Ok(())
}
