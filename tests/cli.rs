//! The command line from outside: flags, streams and exit codes.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a run of the program came to.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn ciliate(folder: &Path, args: &[&str]) -> io::Result<Ran> {
    ciliate_with(folder, args, "", &[])
}

fn ciliate_with(folder: &Path, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> io::Result<Ran> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ciliate"));
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy().starts_with("CILIATE_");
        if ours
            || ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"]
                .iter()
                .any(|known| name == *known)
        {
            command.env_remove(name);
        }
    }
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = pipes.args(args).current_dir(folder).envs(env.iter().copied()).spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(stdin.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    Ok(Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn tree(files: &[(&str, &str)]) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
        fs::write(path, text)?;
    }
    Ok(folder)
}

const CONFIG_MAP: (&str, &str) = ("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_wrong() -> io::Result<()> {
    let folder = tree(&[CONFIG_MAP])?;
    for (args, message) in [
        (&["chekc"][..], "similar subcommand exists: 'check'"),
        (
            &["check", "--pod-cidr", "10.0.0/8"],
            "invalid value '10.0.0/8' for '--pod-cidr",
        ),
        (
            &["check", "--aks-version", "1.32", "--cilium-version", "1.17"],
            "cannot be used with",
        ),
        (
            &["check", "--select", "no-such"],
            "no transform or finding has this name",
        ),
        (&["check", "--write-baseline"], "--baseline"),
        (&["check", "-o", "yaml"], "there are human, concise, json"),
        (
            &["check", "-o", "json", "-o", "human"],
            "only one report fits on stdout",
        ),
        (&["fix", "--diff", "-o", "json"], "stdout holds other data"),
        (&["check", "--today", "tomorrow"], "2027-03-31"),
        (&["check", "nowhere"], "nowhere: "),
        (&["fix", "-", "a.yaml"], "`-` reads stdin and stands alone"),
        (&["check", "-g", "a["], "a["),
        (&["check", "--baseline", "none.json"], "none.json: "),
    ] {
        let ran = ciliate(folder.path(), args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
    Ok(())
}

#[test]
fn a_name_that_is_empty_is_wrong_usage_as_a_flag_and_in_the_environment() -> io::Result<()> {
    let folder = tree(&[CONFIG_MAP])?;
    let from = ["shop/a", "shop/b"];
    let mut all: Vec<Vec<&str>> = vec![
        vec!["check", ""],
        vec!["init", ""],
        vec!["verify", "--base", ""],
        vec!["verify", "--base="],
        vec!["verify", "--trace", from[0], from[1], "--via", ""],
    ];
    for flag in [
        "--config",
        "--context",
        "--facts",
        "--namespace",
        "--glob",
        "--exclude",
        "--baseline",
    ] {
        all.push(vec!["check", flag, ""]);
    }
    for args in all {
        let ran = ciliate(folder.path(), &args)?;
        assert_eq!(ran.code, Some(2), "{args:?}: {}", ran.stderr);
        let is_told = ["but none was supplied", "`` is no namespace"]
            .iter()
            .any(|told| ran.stderr.contains(told));
        assert!(is_told, "{args:?}: {}", ran.stderr);
    }
    for name in ["CONFIG", "CONTEXT", "FACTS", "NAMESPACE", "GLOB", "EXCLUDE", "BASELINE"] {
        let name = format!("CILIATE_{name}");
        let ran = ciliate_with(folder.path(), &["check"], "", &[(&name, "")])?;
        assert_eq!(ran.code, Some(2), "{name}: {}", ran.stderr);
    }
    Ok(())
}

#[test]
fn a_tree_without_manifests_ends_with_3_unless_that_is_allowed() -> io::Result<()> {
    let folder = tree(&[("notes.md", "")])?;
    for verb in ["check", "fix"] {
        let ran = ciliate(folder.path(), &[verb])?;
        assert_eq!(ran.code, Some(3));
        assert!(ran.stderr.starts_with("error: no manifests found"), "{}", ran.stderr);
        assert_eq!(ciliate(folder.path(), &[verb, "--allow-empty"])?.code, Some(0));
    }
    Ok(())
}

#[test]
fn context_alone_is_nothing_to_look_at() -> io::Result<()> {
    let folder = tree(&[("apps/notes.md", ""), ("base/a.yaml", POLICY)])?;
    let args = ["check", "--context", "base", "apps"];
    assert_eq!(ciliate(folder.path(), &args)?.code, Some(3));
    Ok(())
}

#[test]
fn what_has_no_place_is_told_before_anything_is_written() -> io::Result<()> {
    let folder = tree(&[("a.yaml", POLICY)])?;
    for (args, said) in [
        (
            ["fix", "--baseline", "known.json"],
            "error: known.json: no such baseline; --write-baseline writes it\n",
        ),
        (
            ["fix", "-o", "json=out/r.json"],
            "error: out/r.json: there is no folder out\n",
        ),
    ] {
        let ran = ciliate(folder.path(), &with_flags(&args))?;
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), said));
        assert_eq!(fs::read_to_string(folder.path().join("a.yaml"))?, POLICY, "{args:?}");
    }
    Ok(())
}

#[test]
fn broken_yaml_is_told_with_its_place_and_the_other_files_go_through() -> io::Result<()> {
    let folder = tree(&[("a.yaml", POLICY), ("b.yaml", "kind: NetworkPolicy\n  spec: [\n")])?;
    let ran = ciliate(folder.path(), &with_flags(&["fix"]))?;
    assert_eq!(ran.code, Some(12));
    assert!(
        ran.stdout
            .contains("failures: 1; everything else went through\n  b.yaml:2:7: "),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("leave the file out with --exclude"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("changes: 1\n  1 made\n"), "{}", ran.stdout);
    assert_ne!(fs::read_to_string(folder.path().join("a.yaml"))?, POLICY);
    Ok(())
}

#[test]
fn a_config_with_an_unknown_key_is_refused_with_its_place_and_a_suggestion() -> io::Result<()> {
    let config = "version: 1\nclusters:\n- name: prod\n  pod-cidr: [10.0.0.0/8]\n";
    let folder = tree(&[CONFIG_MAP, (".ciliate.yaml", config), ("apps/b.yaml", "")])?;
    let ran = ciliate(folder.path(), &["check"])?;
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .starts_with("error: .ciliate.yaml:4:3: clusters[0]: unknown field `pod-cidr`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.ends_with("did you mean `pod-cidrs`?\n"), "{}", ran.stderr);
    let below = ciliate(&folder.path().join("apps"), &["check", ".."])?;
    assert!(
        below.stderr.starts_with("error: ../.ciliate.yaml:4:3: "),
        "{}",
        below.stderr
    );
    Ok(())
}

#[test]
fn the_environment_speaks_where_no_flag_does() -> io::Result<()> {
    let folder = tree(&[CONFIG_MAP])?;
    let env = [("CILIATE_POD_CIDR", "10.0.0/8")];
    let ran = ciliate_with(folder.path(), &["check"], "", &env)?;
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--pod-cidr"), "{}", ran.stderr);
    let flagged = ciliate_with(folder.path(), &["check", "--pod-cidr", "10.0.0.0/8"], "", &env)?;
    assert_eq!(flagged.code, Some(0), "{}", flagged.stderr);
    Ok(())
}

#[test]
fn init_writes_a_config_that_check_takes_and_never_overwrites_one() -> io::Result<()> {
    let folder = tree(&[("clusters/prod/a.yaml", CONFIG_MAP.1)])?;
    assert_eq!(ciliate(folder.path(), &["init"])?.code, Some(0));
    let config = fs::read_to_string(folder.path().join(".ciliate.yaml"))?;
    assert!(
        config.contains("  - name: prod\n    paths: [\"clusters/prod/**\"]\n"),
        "{config}"
    );
    assert_eq!(ciliate(folder.path(), &["check"])?.code, Some(0));
    let again = ciliate(folder.path(), &["init"])?;
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("stands already"), "{}", again.stderr);
    Ok(())
}

#[test]
fn completions_and_the_manual_go_to_stdout() -> io::Result<()> {
    let folder = tree(&[])?;
    for (args, part) in [
        (&["completions", "bash"][..], "_ciliate()"),
        (&["completions", "zsh"], "#compdef ciliate"),
        (&["completions", "fish"], "complete -c ciliate"),
        (&["man"], ".TH ciliate 1"),
        (&["--version"], "ciliate 0."),
    ] {
        let ran = ciliate(folder.path(), args)?;
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(ran.stdout.contains(part), "{args:?}");
    }
    Ok(())
}

#[test]
fn explain_lists_everything_prints_a_page_and_tells_a_slip() -> io::Result<()> {
    let folder = tree(&[])?;
    let all = ciliate(folder.path(), &["explain"])?;
    assert_eq!(all.code, Some(0));
    assert!(all.stdout.starts_with("Before the switch\n"), "{}", all.stdout);
    for line in all.stdout.lines().filter(|line| line.starts_with("  ")) {
        let name = line.split_whitespace().next().unwrap_or_default();
        let page = ciliate(folder.path(), &["explain", name])?;
        assert!(
            page.code == Some(0) && page.stdout.starts_with("# "),
            "{name}: {}",
            page.stdout
        );
    }
    let slip = ciliate(folder.path(), &["explain", "no-such-thing-at-all"])?;
    assert_eq!(slip.code, Some(2));
    assert!(slip.stderr.contains("`ciliate explain` lists them"), "{}", slip.stderr);
    Ok(())
}

const POLICY: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - ipBlock:
        cidr: 0.0.0.0/0
";

const FLAGS: [&str; 4] = ["--cilium-version", "1.18.6", "--select", "ip-block"];

fn with_flags<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().chain(&FLAGS).copied().collect()
}

#[test]
fn the_exit_code_tells_what_is_left_and_a_second_fix_has_nothing_to_do() -> io::Result<()> {
    let folder = tree(&[("a.yaml", POLICY)])?;
    let code = |args: &[&str]| Ok::<_, io::Error>(ciliate(folder.path(), &with_flags(args))?.code);
    assert_eq!(code(&["check"])?, Some(10));
    assert_eq!(code(&["check", "--exit-zero"])?, Some(0));
    assert_eq!(code(&["fix", "--diff"])?, Some(10));
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml"))?, POLICY);
    assert_eq!(code(&["fix"])?, Some(0));
    assert_ne!(fs::read_to_string(folder.path().join("a.yaml"))?, POLICY);
    assert_eq!(code(&["check"])?, Some(0));
    Ok(())
}

#[test]
fn the_filter_writes_manifests_to_stdout_and_the_report_to_stderr() -> io::Result<()> {
    let folder = tree(&[])?;
    let ran = ciliate_with(folder.path(), &with_flags(&["fix", "-"]), POLICY, &[])?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with(POLICY) && ran.stdout.ends_with("- podSelector: {}\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("safe[ip-block]"), "{}", ran.stderr);
    let untouched = ciliate_with(folder.path(), &["fix", "-"], CONFIG_MAP.1, &[])?;
    assert_eq!(untouched.stdout, CONFIG_MAP.1);
    Ok(())
}

#[test]
fn no_overlay_comes_to_the_end_of_a_stream_whose_readers_stop_before_it() -> io::Result<()> {
    let folder = tree(&[])?;
    let flags = ["fix", "--phase", "all", "--cilium-version", "1.18.6", "-"];
    let whole = ciliate_with(folder.path(), &flags, POLICY, &[])?;
    assert!(whole.stdout.contains("kind: CiliumNetworkPolicy"), "{}", whole.stdout);
    let stream = format!("{POLICY}---\na: b: c\n---\n{POLICY}");
    let stopped = ciliate_with(folder.path(), &flags, &stream, &[])?;
    assert_eq!(stopped.code, Some(12), "{}", stopped.stderr);
    assert!(
        !stopped.stdout.contains("kind: CiliumNetworkPolicy"),
        "{}",
        stopped.stdout
    );
    Ok(())
}

#[test]
fn threads_and_the_order_of_arguments_do_not_show() -> io::Result<()> {
    let folder = tree(&[("a/x.yaml", POLICY), ("b/y.yaml", POLICY), ("c.yaml", POLICY)])?;
    let first = ciliate(folder.path(), &with_flags(&["check", "-j", "1", "a", "b", "c.yaml"]))?;
    for args in [
        &["check", "-j", "7", "c.yaml", "b", "a"][..],
        &["check", "a", ".", "b/../b"],
    ] {
        assert_eq!(
            ciliate(folder.path(), &with_flags(args))?.stdout,
            first.stdout,
            "{args:?}"
        );
    }
    Ok(())
}

#[test]
fn only_what_is_not_in_the_baseline_counts() -> io::Result<()> {
    let folder = tree(&[("a.yaml", POLICY)])?;
    let code = |args: &[&str]| Ok::<_, io::Error>(ciliate(folder.path(), &with_flags(args))?.code);
    assert_eq!(
        code(&["check", "--baseline", "known.json", "--write-baseline"])?,
        Some(0)
    );
    fs::write(folder.path().join("a.yaml"), format!("# a line more\n{POLICY}"))?;
    assert_eq!(code(&["check", "--baseline", "known.json"])?, Some(0));
    fs::write(folder.path().join("b.yaml"), POLICY)?;
    assert_eq!(code(&["check", "--baseline", "known.json"])?, Some(10));
    Ok(())
}

#[test]
fn colours_and_files_follow_the_flags_and_the_variables() -> io::Result<()> {
    let folder = tree(&[("a.yaml", POLICY)])?;
    let is_coloured = |args: &[&str], env: &[(&str, &str)]| {
        let ran = ciliate_with(folder.path(), &with_flags(args), "", env)?;
        Ok::<_, io::Error>(ran.stdout.contains('\u{1b}'))
    };
    assert!(!is_coloured(&["check"], &[])?);
    assert!(is_coloured(&["check", "--color", "always"], &[("NO_COLOR", "1")])?);
    assert!(is_coloured(&["check"], &[("FORCE_COLOR", "1")])?);
    assert!(is_coloured(&["check"], &[("CLICOLOR_FORCE", "1")])?);
    assert!(!is_coloured(&["check"], &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")])?);
    ciliate(
        folder.path(),
        &with_flags(&["check", "--color", "always", "-o", "json=r.json", "-o", "human=r.txt"]),
    )?;
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.path().join("r.json"))?)?;
    assert_eq!(json["items"][0]["name"], "ip-block");
    assert!(!fs::read_to_string(folder.path().join("r.txt"))?.contains('\u{1b}'));
    Ok(())
}
