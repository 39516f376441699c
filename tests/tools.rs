//! The output of Helm and kustomize, as a stream and as a folder.

mod shared;

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_yaml::Value;
use shared::documents::{documents, is_policy, read, unintended};
use shared::{ENDS_WELL, FIX_ALL, NETWORK, Outcome, ciliate, code, contents, copy, root, stderr, stdout, tool};

const TARGET: [&str; 2] = ["--cilium-version", "1.16.16"];

/// A program that renders a part of the demo to its stdout.
struct Renderer {
    program: &'static str,
    arguments: &'static [&'static str],
    namespace: &'static str,
}

const RENDERERS: [Renderer; 3] = [
    Renderer {
        program: "helm3",
        arguments: &["template", "shop", "charts/shop", "--namespace", "shop"],
        namespace: "shop",
    },
    Renderer {
        program: "helm4",
        arguments: &["template", "metrics", "charts/metrics", "--namespace", "metrics"],
        namespace: "metrics",
    },
    Renderer {
        program: "kustomize",
        arguments: &["build", "kustomize/overlays/prod"],
        namespace: "payments",
    },
];

impl Renderer {
    /// Returns what the program prints; nothing where it is not installed.
    fn rendered(&self) -> Result<Option<String>, Box<dyn Error>> {
        let Some(program) = tool(self.program, "version") else {
            return Ok(None);
        };
        let output = Command::new(program)
            .args(self.arguments)
            .current_dir(root().join("testdata/demo"))
            .output()?;
        assert!(output.status.success(), "{program}: {}", stderr(&output));
        Ok(Some(stdout(&output)))
    }

    /// Sends a stream through `ciliate fix -`.
    fn fixed(&self, stream: &str) -> Result<String, Box<dyn Error>> {
        let mut command = ciliate(root());
        command
            .args(FIX_ALL)
            .args(NETWORK)
            .args(TARGET)
            .args(["--namespace", self.namespace, "-"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().ok_or("no stdin")?.write_all(stream.as_bytes())?;
        let output = child.wait_with_output()?;
        assert!(
            ENDS_WELL.contains(&code(&output)),
            "{} of {}: {}",
            code(&output),
            self.program,
            stderr(&output)
        );
        Ok(stdout(&output))
    }
}

/// Returns what `kustomize build` makes of a folder, without policies of either kind.
fn built(folder: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let output = Command::new("kustomize").arg("build").arg(folder).output()?;
    assert!(
        output.status.success(),
        "kustomize build {}: {}",
        folder.display(),
        stderr(&output)
    );
    let values: Result<Vec<_>, _> = documents(&stdout(&output)).into_iter().map(read).collect();
    Ok(values?
        .into_iter()
        .filter(|value| !is_policy(value) && value["kind"] != "CiliumNetworkPolicy")
        .collect())
}

/// Makes a folder that kustomize builds from one file of resources.
fn buildable(resources: &str) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("all.yaml"), resources)?;
    fs::write(folder.path().join("kustomization.yaml"), "resources:\n- all.yaml\n")?;
    Ok(folder)
}

#[test]
fn the_demo_is_what_its_tools_render() -> Outcome {
    if RENDERERS
        .iter()
        .any(|renderer| tool(renderer.program, "version").is_none())
    {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let demo = root().join("testdata/demo");
    let output = Command::new(demo.join("render")).arg(folder.path()).output()?;
    assert!(output.status.success(), "{}", stderr(&output));
    let mut committed = contents(&demo.join("tree"))?;
    committed
        .remove(Path::new(".ciliate.yaml"))
        .ok_or("the demo has no config")?;
    let rendered = contents(folder.path())?;
    assert!(
        rendered.keys().eq(committed.keys()),
        "{:?} were rendered",
        rendered.keys()
    );
    for (path, bytes) in rendered {
        assert!(
            bytes == committed[&path],
            "{} is another: run testdata/demo/render",
            path.display()
        );
    }
    Ok(())
}

#[test]
fn a_stream_keeps_its_other_documents_and_gets_overlays_at_its_end() -> Outcome {
    for renderer in RENDERERS {
        let Some(before) = renderer.rendered()? else { continue };
        let after = renderer.fixed(&before)?;
        let all = documents(&after);
        let (old, new) = all
            .split_at_checked(documents(&before).len())
            .ok_or("documents are missing")?;
        assert_eq!(unintended(&before, &old.concat()), None, "{}", renderer.program);
        assert_ne!(
            before, after,
            "something of the demo of {} is to change",
            renderer.program
        );
        for overlay in new {
            assert_eq!(read(overlay)?["kind"], "CiliumNetworkPolicy", "{overlay}");
        }
        assert_eq!(
            renderer.fixed(&after)?,
            after,
            "a second run over {} changes nothing",
            renderer.program
        );
    }
    Ok(())
}

#[test]
fn kustomize_reads_a_fixed_stream_as_it_read_the_original() -> Outcome {
    for renderer in RENDERERS {
        let Some(before) = renderer.rendered()? else { continue };
        let Some(_) = tool("kustomize", "version") else {
            return Ok(());
        };
        let after = buildable(&renderer.fixed(&before)?)?;
        assert_eq!(
            built(after.path())?,
            built(buildable(&before)?.path())?,
            "{}",
            renderer.program
        );
    }
    Ok(())
}

#[test]
fn kustomize_builds_the_folders_and_the_overlays_of_a_fixed_tree() -> Outcome {
    let Some(_) = tool("kustomize", "version") else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let tree = root().join("testdata/demo/tree");
    copy(&tree, folder.path())?;
    let output = ciliate(folder.path()).args(FIX_ALL).arg(".").output()?;
    assert!(
        ENDS_WELL.contains(&code(&output)),
        "{}: {}",
        code(&output),
        stderr(&output)
    );
    for path in contents(&tree)?.keys().filter(|path| path.starts_with("clusters")) {
        let (before, after) = (
            fs::read_to_string(tree.join(path))?,
            fs::read_to_string(folder.path().join(path))?,
        );
        assert_eq!(unintended(&before, &after), None, "{}", path.display());
        assert_eq!(
            built(buildable(&after)?.path())?,
            built(buildable(&before)?.path())?,
            "{}",
            path.display()
        );
    }
    let overlays = folder.path().join("cilium-overlays/prod");
    let listed = Command::new("kustomize").arg("build").arg(&overlays).output()?;
    assert!(listed.status.success(), "{}", stderr(&listed));
    let files = contents(&overlays)?.len() - 1;
    assert_eq!(
        documents(&stdout(&listed)).len(),
        files,
        "the kustomization lists every overlay"
    );
    Ok(())
}
