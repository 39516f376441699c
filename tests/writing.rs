//! Files that change, can't be written or are half-written while `fix` runs: real processes, signals and file systems.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod shared;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use shared::{FIX_ALL, NETWORK, Outcome, ciliate, code, contents, stderr, stdout};
use tempfile::TempDir;

/// A policy that `ip-block` edits and `node-egress` makes an overlay of.
const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: NAME\n  namespace: shop\n\
                      spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        \
                      cidr: 0.0.0.0/0\n";

/// Another user than root.
const SOMEBODY: u32 = 4242;

fn policy(name: &str) -> String {
    POLICY.replace("NAME", name)
}

fn tree(names: &[&str]) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for name in names {
        fs::write(folder.path().join(format!("{name}.yaml")), policy(name))?;
    }
    Ok(folder)
}

/// A run that makes every change of both phases.
fn fix(folder: &Path) -> Command {
    let mut command = ciliate(folder);
    command.args(FIX_ALL).args(["--cilium-version", "1.17.9"]).args(NETWORK);
    command
}

/// A run that only edits.
fn edit(folder: &Path) -> Command {
    let mut command = ciliate(folder);
    command
        .args(["fix", "--phase", "before", "--cilium-version", "1.17.9"])
        .args(NETWORK);
    command
}

/// A run as somebody else than root; `None` where that can't be.
fn as_somebody(run: &Command, folder: &Path) -> Option<Output> {
    let id = SOMEBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
    command.arg(run.get_program()).args(run.get_args());
    let output = command.current_dir(folder).output().ok();
    let output = output.filter(|output| ![126, 127].contains(&code(output)));
    if output.is_none() {
        println!("skipped: setpriv is not installed, or others may not run the program");
    }
    output
}

fn is_fixed(folder: &Path, name: &str) -> io::Result<bool> {
    Ok(fs::read_to_string(folder.join(format!("{name}.yaml")))?.contains("namespaceSelector"))
}

fn has_overlay(folder: &Path, name: &str) -> bool {
    folder
        .join(format!("cilium-overlays/shop/{name}-node-egress.yaml"))
        .is_file()
}

fn staged(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let all = contents(folder)?.into_keys();
    Ok(all
        .filter(|path| path.to_string_lossy().contains(".ciliate-"))
        .collect())
}

/// A dump of a cluster that comes through a pipe, which stops a run when all that sorts before it is read.
struct Pipe {
    path: PathBuf,
}

impl Pipe {
    fn new(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        assert!(Command::new("mkfifo").arg(&path).status()?.success());
        Ok(Self { path })
    }

    /// Waits until the run comes to the pipe, and lets it go on after `meanwhile`, then each time that it comes again.
    fn pass(self, meanwhile: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let pipe = fs::OpenOptions::new().write(true).open(&self.path)?;
        meanwhile()?;
        drop(pipe);
        // It ends with the test's process, waiting for a reader that never comes.
        thread::spawn(move || {
            while fs::OpenOptions::new().write(true).open(&self.path).is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        Ok(())
    }
}

/// Starts a run that heeds every signal, whatever the caller of the tests ignores: `nohup` or a shell's `&`.
fn start(run: &Command) -> io::Result<Child> {
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,TERM");
    command.arg(run.get_program()).args(run.get_args());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(run.get_current_dir().unwrap_or_else(|| Path::new(".")));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

fn held_by(folder: &Path, name: &str) -> io::Result<(Pipe, Child)> {
    let pipe = Pipe::new(folder, name)?;
    let child = start(fix(folder).args(["-j", "1", "--facts", name]))?;
    Ok((pipe, child))
}

#[test]
fn what_is_saved_while_a_run_goes_on_stays_and_the_rest_is_planned_and_written_without_it() -> Outcome {
    let folder = tree(&["a", "b"])?;
    let (pipe, child) = held_by(folder.path(), "zz-facts")?;
    let saved = policy("a") + "# mine\n";
    pipe.pass(|| fs::write(folder.path().join("a.yaml"), &saved))?;
    let output = child.wait_with_output()?;
    assert_eq!(code(&output), 12, "{}{}", stdout(&output), stderr(&output));
    assert!(
        stdout(&output).contains("a.yaml: not written: it was saved after it was read"),
        "{}",
        stdout(&output)
    );
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml"))?, saved);
    assert!(is_fixed(folder.path(), "b")?);
    assert_eq!(staged(folder.path())?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn a_run_that_can_write_nothing_ends_with_1() -> Outcome {
    let folder = tree(&["a"])?;
    let pipe = Pipe::new(folder.path(), "zz-facts")?;
    let child = start(edit(folder.path()).args(["-j", "1", "--facts", "zz-facts"]))?;
    pipe.pass(|| fs::write(folder.path().join("a.yaml"), policy("a") + "# mine\n"))?;
    let output = child.wait_with_output()?;
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert!(!is_fixed(folder.path(), "a")?);
    Ok(())
}

#[test]
fn an_overlay_and_its_line_in_the_list_come_together_or_not_at_all() -> Outcome {
    let folder = tree(&["a", "b"])?;
    assert!(fix(folder.path()).status()?.code().is_some_and(|code| code != 1));
    let list = folder.path().join("cilium-overlays/kustomization.yaml");
    let before = fs::read_to_string(&list)?;
    fs::write(folder.path().join("c.yaml"), policy("c"))?;
    let (pipe, child) = held_by(folder.path(), "zz-facts")?;
    let saved = before.clone() + "# mine\n";
    pipe.pass(|| fs::write(&list, &saved))?;
    let output = child.wait_with_output()?;
    assert_eq!(code(&output), 12, "{}{}", stdout(&output), stderr(&output));
    assert_eq!(fs::read_to_string(&list)?, saved);
    assert!(!has_overlay(folder.path(), "c"), "its list does not name it");
    assert!(is_fixed(folder.path(), "c")?);
    // And the way back: without its source an overlay goes, unless its list can't be written.
    fs::remove_file(folder.path().join("b.yaml"))?;
    let (pipe, child) = held_by(folder.path(), "zz-more")?;
    let saved = saved + "# again\n";
    pipe.pass(|| fs::write(&list, &saved))?;
    assert_eq!(code(&child.wait_with_output()?), 1, "there was nothing else to write");
    assert!(has_overlay(folder.path(), "b"), "its list still names it");
    fix(folder.path()).status()?;
    assert!(!has_overlay(folder.path(), "b") && has_overlay(folder.path(), "c"));
    assert!(!fs::read_to_string(&list)?.contains("b-node-egress"));
    Ok(())
}

#[test]
fn signals_end_with_128_and_their_number() -> Outcome {
    for (signal, expected) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let folder = tree(&["a"])?;
        let (pipe, child) = held_by(folder.path(), "zz-facts")?;
        let id = child.id().to_string();
        // The run waits in the middle of its reading, so that the handlers are there.
        let pipe = fs::OpenOptions::new().write(true).open(&pipe.path)?;
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &id])
                .status()?
                .success()
        );
        let output = child.wait_with_output()?;
        drop(pipe);
        assert_eq!(code(&output), expected, "{signal}");
        assert!(!is_fixed(folder.path(), "a")?);
    }
    Ok(())
}

#[test]
fn a_signal_that_the_caller_ignores_is_ignored() -> Outcome {
    let folder = tree(&["a"])?;
    let pipe = Pipe::new(folder.path(), "zz-facts")?;
    let binary = env!("CARGO_BIN_EXE_ciliate");
    let script = format!(
        "trap '' HUP; exec {binary} fix -j 1 --phase before --facts zz-facts --cilium-version 1.17.9 --pod-cidr 10.244.0.0/16"
    );
    let child = start(Command::new("sh").args(["-c", &script]).current_dir(folder.path()))?;
    let id = child.id().to_string();
    pipe.pass(|| Command::new("kill").args(["-HUP", &id]).status().map(drop))?;
    let output = child.wait_with_output()?;
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(is_fixed(folder.path(), "a")?);
    Ok(())
}

/// Starts a run over many files and does something as soon as the first is staged.
fn at_first_staged(folder: &Path, act: impl FnOnce(&mut Child) -> io::Result<()>) -> io::Result<Output> {
    let mut child = start(&fix(folder))?;
    let patience = Instant::now();
    loop {
        let names = fs::read_dir(folder)?.flatten();
        let is_staged = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".ciliate-");
        if names.into_iter().any(|entry| is_staged(&entry)) {
            break;
        }
        if child.try_wait()?.is_some() || patience.elapsed() > Duration::from_mins(2) {
            break;
        }
    }
    act(&mut child)?;
    child.wait_with_output()
}

fn many() -> io::Result<(TempDir, Vec<String>)> {
    let names: Vec<String> = (0..400).map(|number| format!("p{number:03}")).collect();
    let folder = tree(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok((folder, names))
}

#[test]
fn a_run_that_is_ended_while_it_writes_leaves_no_staged_file_and_no_half_of_its_plan() -> Outcome {
    let (folder, names) = many()?;
    let output = at_first_staged(folder.path(), |child| {
        Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .map(drop)
    })?;
    // Should it have been faster than the signal, it ends as any other run.
    assert!([130, 0, 11].contains(&code(&output)), "{}", code(&output));
    assert_eq!(staged(folder.path())?, Vec::<PathBuf>::new());
    let fixed = names
        .iter()
        .filter(|name| is_fixed(folder.path(), name).unwrap_or(false))
        .count();
    let overlays = names.iter().filter(|name| has_overlay(folder.path(), name)).count();
    assert!(
        (fixed, overlays) == (0, 0) || (fixed, overlays) == (400, 400),
        "{fixed} {overlays}"
    );
    Ok(())
}

#[test]
fn what_a_killed_run_leaves_behind_goes_with_the_next_one() -> Outcome {
    let (folder, _) = many()?;
    at_first_staged(folder.path(), Child::kill)?;
    let left = staged(folder.path())?.len();
    assert!(left <= 64, "{left}");
    // Should the run have been faster than the signal.
    fs::write(folder.path().join(".ciliate-0123456789abcdef.tmp"), "")?;
    let output = fix(folder.path()).output()?;
    assert_eq!(staged(folder.path())?, Vec::<PathBuf>::new());
    assert!(
        stderr(&output).contains("which a killed run left behind"),
        "{}",
        stderr(&output)
    );
    Ok(())
}

/// Tells whether this test runs as root, or says that it is skipped.
fn is_root() -> io::Result<bool> {
    let root = fs::metadata("/proc/self")?.uid() == 0;
    if !root {
        println!("skipped: this needs root");
    }
    Ok(root)
}

#[test]
fn a_file_system_that_is_full_gets_all_or_nothing() -> Outcome {
    if !is_root()? {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=32k", "tmpfs"])
        .arg(folder.path())
        .stderr(Stdio::null())
        .status()?;
    if !mounted.success() {
        println!("skipped: no file system can be mounted here");
        return Ok(());
    }
    let end = || -> io::Result<(Output, bool, bool)> {
        // Four pages stay free, which two staged files do not fit into.
        for name in ["a", "b"] {
            let text = policy(name) + &"# long\n".repeat(1_200);
            fs::write(folder.path().join(format!("{name}.yaml")), text)?;
        }
        fs::write(folder.path().join("full"), vec![b'x'; 8 * 1024])?;
        let output = edit(folder.path()).output()?;
        Ok((output, is_fixed(folder.path(), "a")?, is_fixed(folder.path(), "b")?))
    };
    let ended = end().and_then(|ended| Ok((ended, staged(folder.path())?)));
    assert!(Command::new("umount").arg(folder.path()).status()?.success());
    let ((output, a, b), staged) = ended?;
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert_eq!((a, b), (false, false), "{}", stdout(&output));
    assert_eq!(staged, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn owner_and_group_are_kept_by_root_and_told_by_others() -> Outcome {
    if !is_root()? {
        return Ok(());
    }
    let folder = tree(&["a", "b"])?;
    let [a, b] = ["a.yaml", "b.yaml"].map(|name| folder.path().join(name));
    chown(&a, Some(SOMEBODY), Some(SOMEBODY))?;
    fs::set_permissions(&a, fs::Permissions::from_mode(0o640))?;
    edit(folder.path()).output()?;
    let metadata = fs::metadata(&a)?;
    assert!(is_fixed(folder.path(), "a")?);
    assert_eq!(
        (metadata.uid(), metadata.gid(), metadata.mode() & 0o777),
        (SOMEBODY, SOMEBODY, 0o640)
    );

    fs::write(&b, policy("b"))?;
    chown(folder.path(), Some(SOMEBODY), Some(SOMEBODY))?;
    let Some(output) = as_somebody(&edit(folder.path()), folder.path()) else {
        return Ok(());
    };
    assert_eq!(
        fs::metadata(&b)?.uid(),
        SOMEBODY,
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(
        stdout(&output).contains("b.yaml: its owner and group were 0:0 and are 4242:4242 now"),
        "{}",
        stdout(&output)
    );
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_written_keeps_its_files_and_the_rest_is_done() -> Outcome {
    if !is_root()? {
        return Ok(());
    }
    let folder = tree(&["a"])?;
    let locked = folder.path().join("locked");
    fs::create_dir(&locked)?;
    fs::write(locked.join("l.yaml"), policy("l"))?;
    chown(folder.path(), Some(SOMEBODY), Some(SOMEBODY))?;
    let Some(output) = as_somebody(&fix(folder.path()), folder.path()) else {
        return Ok(());
    };
    assert_eq!(code(&output), 12, "{}{}", stdout(&output), stderr(&output));
    assert!(
        stdout(&output).contains("locked/l.yaml: not written: "),
        "{}",
        stdout(&output)
    );
    assert!(is_fixed(folder.path(), "a")? && !is_fixed(&locked, "l")?);
    assert!(has_overlay(folder.path(), "a") && has_overlay(folder.path(), "l"));
    Ok(())
}
