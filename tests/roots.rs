//! What a repository's own files name stays inside of the root, or is refused.
#![cfg(unix)]

mod shared;

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use shared::{FIX_ALL, NETWORK, Outcome, ciliate, code, contents, stderr, stdout};
use tempfile::TempDir;

/// A policy with an overlay in both of its phases.
const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\n  namespace: shop\n\
                      spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        \
                      cidr: 0.0.0.0/0\n";

/// A repository beside a folder that nothing may be written to.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> io::Result<Self> {
        let case = Self {
            folder: tempfile::tempdir()?,
        };
        fs::create_dir_all(case.at("repo/.git"))?;
        fs::create_dir_all(case.at("repo/apps"))?;
        fs::create_dir_all(case.at("outside/shop"))?;
        fs::write(case.at("outside/shop/keep.yaml"), "kept: true\n")?;
        fs::write(case.at("repo/apps/web.yaml"), POLICY)?;
        Ok(case)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn config(&self, more: &str) -> io::Result<()> {
        fs::write(self.at("repo/.ciliate.yaml"), format!("version: 1\n{more}"))
    }

    fn fix(&self, cwd: &str, paths: &[&str]) -> io::Result<Output> {
        let mut command = ciliate(&self.at(cwd));
        command.args(FIX_ALL).args(["--cilium-version", "1.17.9"]).args(NETWORK);
        command.args(paths).output()
    }

    /// Runs and makes sure that nothing outside of the repository came, went or changed.
    fn refused(&self, cwd: &str, paths: &[&str]) -> io::Result<String> {
        let before = (contents(&self.at("outside"))?, contents(&self.at("repo"))?);
        let output = self.fix(cwd, paths)?;
        assert_eq!(code(&output), 2, "{}{}", stdout(&output), stderr(&output));
        assert_eq!((contents(&self.at("outside"))?, contents(&self.at("repo"))?), before);
        Ok(stderr(&output))
    }
}

#[test]
fn a_folder_of_overlays_outside_of_the_root_is_refused_at_the_configs_line() -> Outcome {
    let case = Case::new()?;
    let absolute = case.at("outside").display().to_string();
    for dir in ["../outside", "apps/../../outside", &absolute, "/"] {
        case.config(&format!("overlays: {{dir: \"{dir}\"}}\n"))?;
        for (cwd, path) in [("repo", "."), ("repo/apps", "."), (".", "repo")] {
            let said = case.refused(cwd, &[path])?;
            assert!(said.contains(".ciliate.yaml:2: overlays.dir: "), "{said}");
        }
    }
    case.config("overlays: {dir: apps/../deploy}\n")?;
    case.fix("repo/apps", &[])?;
    assert!(case.at("repo/deploy/shop/web-node-egress.yaml").is_file());
    Ok(())
}

#[test]
fn a_link_in_place_of_the_folder_of_overlays_is_followed_only_inside_of_the_root() -> Outcome {
    let case = Case::new()?;
    symlink("../outside", case.at("repo/cilium-overlays"))?;
    let said = case.refused("repo", &[])?;
    assert!(said.contains("cilium-overlays: it leads out of "), "{said}");
    fs::remove_file(case.at("repo/cilium-overlays"))?;
    fs::create_dir(case.at("repo/deploy"))?;
    symlink("deploy", case.at("repo/cilium-overlays"))?;
    case.fix("repo", &[])?;
    assert!(case.at("repo/deploy/shop/web-node-egress.yaml").is_file());
    Ok(())
}

#[test]
fn a_link_deeper_in_the_folder_of_overlays_keeps_its_files_unwritten_and_the_rest_goes_on() -> Outcome {
    let case = Case::new()?;
    fs::create_dir(case.at("repo/cilium-overlays"))?;
    symlink("../../outside/shop", case.at("repo/cilium-overlays/shop"))?;
    let before = contents(&case.at("outside"))?;
    let output = case.fix("repo", &[])?;
    assert_eq!(code(&output), 12, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("not written: it leads out of "),
        "{}",
        stdout(&output)
    );
    assert_eq!(contents(&case.at("outside"))?, before);
    assert_ne!(fs::read_to_string(case.at("repo/apps/web.yaml"))?, POLICY);
    assert!(!case.at("repo/cilium-overlays/kustomization.yaml").exists());
    Ok(())
}

#[test]
fn a_config_that_is_no_regular_file_inside_of_the_root_is_refused() -> Outcome {
    let case = Case::new()?;
    let config = case.at("repo/.ciliate.yaml");
    fs::write(case.at("outside/config.yaml"), "version: 1\n")?;
    for target in [
        "../outside/config.yaml",
        "/dev/zero",
        "/dev/stdin",
        "gone",
        ".ciliate.yaml",
    ] {
        symlink(target, &config)?;
        let said = case.refused("repo/apps", &[])?;
        assert!(said.contains(".ciliate.yaml: "), "{target}: {said}");
        fs::remove_file(&config)?;
    }
    assert!(Command::new("mkfifo").arg(&config).status()?.success());
    let before = contents(&case.at("repo"))?;
    let output = case.fix("repo/apps", &[])?;
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    assert_eq!(contents(&case.at("repo"))?, before);
    fs::remove_file(&config)?;
    fs::write(&config, format!("version: 1\n# {}\n", "x".repeat(1 << 20)))?;
    assert!(case.refused("repo", &[])?.contains("larger than"));
    fs::remove_file(&config)?;
    fs::write(case.at("repo/real.yaml"), "version: 1\noverlays: {dir: linked}\n")?;
    symlink("real.yaml", &config)?;
    case.fix("repo", &["apps"])?;
    assert!(case.at("repo/linked/shop").is_dir());
    Ok(())
}

#[test]
fn a_config_of_the_command_line_may_lie_elsewhere_and_speaks_of_the_root() -> Outcome {
    let case = Case::new()?;
    fs::write(
        case.at("outside/all.yaml"),
        "version: 1\nfiles: {context: [\"base/**\"]}\noverlays: {dir: deploy}\n",
    )?;
    fs::create_dir(case.at("repo/base"))?;
    fs::write(case.at("repo/base/web.yaml"), POLICY.replace("name: web", "name: base"))?;
    let before = contents(&case.at("outside"))?;
    case.fix("repo/apps", &["--config", "../../outside/all.yaml", ".."])?;
    assert_eq!(contents(&case.at("outside"))?, before);
    assert!(case.at("repo/deploy/shop/web-node-egress.yaml").is_file());
    assert!(!case.at("repo/deploy/shop/base-node-egress.yaml").exists());
    Ok(())
}

#[test]
fn globs_of_the_config_that_lead_out_of_its_folder_are_refused() -> Outcome {
    let case = Case::new()?;
    for key in ["files: {context: [\"GLOB\"]}", "files: {exclude: [\"GLOB\"]}"] {
        for glob in ["../outside/**", "/etc/**", "apps/../../outside/*"] {
            case.config(&key.replace("GLOB", glob))?;
            let said = case.refused("repo", &[])?;
            assert!(said.contains(".ciliate.yaml:2: files."), "{said}");
        }
    }
    Ok(())
}

#[test]
fn a_path_through_a_link_is_of_the_repository_that_it_leads_to() -> Outcome {
    let case = Case::new()?;
    fs::create_dir_all(case.at("other/.git"))?;
    symlink("../repo/apps", case.at("other/apps"))?;
    case.fix("other", &["apps"])?;
    assert!(case.at("repo/cilium-overlays/shop/web-node-egress.yaml").is_file());
    assert_eq!(fs::read_dir(case.at("other"))?.count(), 2);
    Ok(())
}

#[test]
fn a_folder_whose_ignore_file_is_no_bounded_regular_file_is_told_and_not_read() -> Outcome {
    type Make = fn(&Path) -> io::Result<()>;
    let make: [(&str, Make); 4] = [
        ("a link out", |path| symlink("../../outside/shop/keep.yaml", path)),
        ("a device", |path| symlink("/dev/zero", path)),
        ("a pipe", |path| Command::new("mkfifo").arg(path).status().map(drop)),
        ("100,000 patterns", |path| fs::write(path, "**/a*b\n".repeat(100_000))),
    ];
    for (what, make) in make {
        for name in [".gitignore", ".ignore"] {
            let case = Case::new()?;
            fs::create_dir(case.at("repo/free"))?;
            fs::write(case.at("repo/free/web.yaml"), POLICY.replace("name: web", "name: free"))?;
            make(&case.at("repo/apps").join(name))?;
            let output = case.fix("repo", &[])?;
            assert_eq!(code(&output), 12, "{what}: {}", stdout(&output));
            assert!(
                stdout(&output).contains(&format!("apps/{name}: it ")),
                "{what}: {}",
                stdout(&output)
            );
            assert_eq!(fs::read_to_string(case.at("repo/apps/web.yaml"))?, POLICY, "{what}");
            assert!(
                fs::read_to_string(case.at("repo/free/web.yaml"))?.contains("namespaceSelector"),
                "{what}"
            );
            // Above the path as well as in it.
            fs::create_dir(case.at("repo/apps/deep"))?;
            fs::write(case.at("repo/apps/deep/web.yaml"), POLICY)?;
            let output = case.fix("repo/apps/deep", &[])?;
            assert_eq!(code(&output), 12, "{what}: {}", stdout(&output));
        }
    }
    Ok(())
}

#[test]
fn a_report_follows_no_link_of_the_repository_out_of_it() -> Outcome {
    let case = Case::new()?;
    for target in ["../outside/shop/keep.yaml", "../outside/new", "/dev/zero"] {
        for flags in [
            &["-o", "json=report"][..],
            &["--baseline", "report", "--write-baseline"],
        ] {
            symlink(target, case.at("repo/report"))?;
            case.refused("repo", flags)?;
            fs::remove_file(case.at("repo/report"))?;
        }
    }
    assert!(!case.at("outside/new").exists());
    let output = case.fix("repo", &["-o", "json=/dev/stderr"])?;
    assert!(stderr(&output).contains("\"schema\""), "{}", stderr(&output));
    Ok(())
}
