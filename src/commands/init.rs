//! `ciliate init`: a config for a tree, with what could not be told left as questions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use anyhow::Context;
use ignore::overrides::Override;

use crate::cli::InitArgs;
use crate::config::{self, PathRules};
use crate::discover::{Found, Role, Walk, roots};
use crate::exit::Exit;
use crate::paths;
use crate::stop::Stop;
use crate::{terminal, text};

/// Folders whose folders are clusters each.
const CLUSTER_FOLDERS: [&str; 3] = ["clusters", "environments", "envs"];

/// What Flux writes once per cluster.
const FLUX_SYNC: &str = "/flux-system/gotk-sync.yaml";

/// Writes the config; one that stands already is never touched.
pub(crate) fn run(args: &InitArgs) -> Result<Exit, Stop> {
    let cwd = std::env::current_dir().context("the working directory")?;
    let root = roots(&cwd, std::slice::from_ref(&args.folder), Role::Edit)?;
    let path = args.folder.join(config::NAME);
    if root.iter().any(|root| !root.is_folder) {
        return Err(Stop::Usage(format!("{}: not a folder", args.folder.display())));
    }
    let rules = PathRules::default();
    let globs = Override::empty();
    let walk = Walk {
        globs,
        rules: &rules,
        respect_ignores: true,
        hidden: false,
        force_exclude: false,
        threads: 0,
    };
    let base = paths::absolute(&cwd, &args.folder);
    let below = |file: &Found| paths::within(&base, &paths::absolute(&cwd, file.path.as_ref()));
    let files: Vec<_> = walk.run(&root).files.iter().filter_map(below).collect();
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Stop::Usage(format!(
            "{}: stands already and was left alone; edit it, or remove it first",
            path.display()
        )),
        _ => Stop::unusable(&path, &error),
    })?;
    file.write_all(config_of(&clusters(&files)).as_bytes())?;
    terminal::to_stderr(anstream::ColorChoice::Auto, |out| {
        writeln!(
            out,
            "wrote {}; its comments ask for what could not be told",
            text::shown(&path.display().to_string())
        )
    })?;
    Ok(Exit::Done)
}

/// Returns the folders that look like clusters, by name; folders of one name are numbered.
fn clusters(files: &[String]) -> BTreeMap<String, String> {
    let mut folders = BTreeSet::new();
    for file in files {
        folders.extend(match file.strip_suffix(FLUX_SYNC) {
            Some(folder) => Some(folder.to_owned()),
            None => below_cluster_folder(file),
        });
    }
    let mut found = BTreeMap::new();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for folder in folders {
        let base = name_of(folder.rsplit('/').next().unwrap_or(&folder));
        let count = alike.entry(base.clone()).or_insert(1);
        let mut name = base.clone();
        while found.contains_key(&name) {
            *count += 1;
            name = format!("{base}-{count}");
        }
        found.insert(name, folder);
    }
    found
}

/// Returns the name of a cluster by its folder's: what none may hold becomes a `-`.
fn name_of(folder: &str) -> String {
    let kept = |character| {
        if config::is_of_a_name(character) {
            character
        } else {
            '-'
        }
    };
    let name: String = folder.chars().map(kept).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() {
        "cluster".to_owned()
    } else {
        name.to_owned()
    }
}

/// Returns the folder right below one of [`CLUSTER_FOLDERS`] that holds the file.
fn below_cluster_folder(file: &str) -> Option<String> {
    let names: Vec<_> = file.split('/').collect();
    let at = names.iter().position(|name| CLUSTER_FOLDERS.contains(name))?;
    (names.len() > at + 2).then(|| names[..=at + 1].join("/"))
}

fn config_of(clusters: &BTreeMap<String, String>) -> String {
    let mut lines: Vec<String> = HEAD.lines().map(str::to_owned).collect();
    if clusters.is_empty() {
        lines.extend(["# What is known of the cluster?", "# clusters:", "#   - name: prod"].map(str::to_owned));
        lines.extend(
            FACTS
                .lines()
                .map(|line| format!("#     {}", line.trim_start_matches("# "))),
        );
    } else {
        lines.extend(["# The folders that look like clusters.", "clusters:"].map(str::to_owned));
        for (name, folder) in clusters {
            let glob = format!("{}/**", escaped(folder));
            lines.extend([
                format!("  - name: {}", name_in_yaml(name)),
                format!("    paths: [{}]", quoted(&glob)),
            ]);
            lines.extend(FACTS.lines().map(|line| format!("    {line}")));
        }
    }
    lines.extend(TAIL.lines().map(str::to_owned));
    lines.join("\n") + "\n"
}

/// Returns a glob that takes just this path.
fn escaped(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for character in path.chars() {
        if matches!(character, '?' | '*' | '[' | ']' | '{' | '}' | '\\') {
            glob.extend(['[', character, ']']);
        } else {
            glob.push(character);
        }
    }
    glob
}

/// Returns a name as YAML reads it back: in quotes where it would be a number or a word of YAML's own.
fn name_in_yaml(name: &str) -> String {
    let is_read_back = serde_yaml::from_str::<String>(name).is_ok_and(|read| read == name);
    if is_read_back { name.to_owned() } else { quoted(name) }
}

/// Returns a text in YAML's double quotes, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match (character, u32::from(character)) {
            ('"' | '\\', _) => quoted.extend(['\\', character]),
            (_, code) if text::acts(character) => quoted.extend(["\\U", &format!("{code:08x}")]),
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

const HEAD: &str = r#"---
# The config of ciliate. `ciliate check` says what is still missing.
version: 1

# Which AKS will the clusters run? Without an answer Cilium 1.16 is assumed.
# target: {aks-version: "1.32"}

# `all`, once the clusters run Cilium.
phase: before

"#;

/// What is asked of each cluster.
const FACTS: &str = "\
# Where do pods, nodes and services get their addresses?
# pod-cidrs: [10.244.0.0/16]
# node-cidrs: [10.224.0.0/16]
# service-cidrs: [10.0.0.0/16]
# Is every workload of the cluster in the tree, but for AKS's own namespaces?
# complete: true
";

const TAIL: &str = r#"
# Which namespace do manifests get that name none?
# namespaces-by-path: [{path: "apps/*/**", namespace: "$1"}]

# Which files are not manifests of these clusters, which are only looked up?
# files: {exclude: ["**/charts/**"], context: ["base/**"]}
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;

    fn parses(text: &str) -> File {
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
    }

    #[test]
    fn folders_that_look_like_clusters_are_named() {
        let files = [
            "clusters/prod/a.yaml",
            "clusters/kustomization.yaml",
            "x/envs/test/a/b.yaml",
            "eu/flux-system/gotk-sync.yaml",
            "y/envs/test/a.yaml",
        ];
        let found = clusters(&files.map(str::to_owned));
        let expected = [
            ("eu", "eu"),
            ("prod", "clusters/prod"),
            ("test", "x/envs/test"),
            ("test-2", "y/envs/test"),
        ];
        assert_eq!(
            found,
            expected
                .map(|(name, folder)| (name.to_owned(), folder.to_owned()))
                .into()
        );
    }

    #[test]
    fn no_folder_breaks_the_config() {
        for (folder, name) in [
            ("prod", "prod"),
            ("1.20", "1.20"),
            ("true", "true"),
            ("~", "-"),
            (".hidden", "hidden"),
            ("a\"]\nphase: all\n# \u{202e}\u{9b}\u{e0041}", "a---phase--all------"),
            ("a b: {c} [d] *e?\\f", "a-b---c---d---e--f"),
        ] {
            let files = [format!("clusters/{folder}/apps/web.yaml")];
            let written = config_of(&clusters(&files));
            assert!(
                !written.contains(|character| text::acts(character) && character != '\n'),
                "{written:?}"
            );
            let file = parses(&written);
            assert_eq!(file.clusters[0].name, name);
            let glob = globset::Glob::new(&file.clusters[0].paths[0])
                .unwrap()
                .compile_matcher();
            assert!(glob.is_match(&files[0]), "{written}");
            assert!(
                !glob.is_match("clusters/other/apps/web.yaml") && file.phase == Some(crate::cli::PhaseChoice::Before)
            );
        }
    }

    #[test]
    fn the_config_is_valid_and_so_are_its_questions_once_answered() {
        let clusters = BTreeMap::from([("prod".to_owned(), "clusters/prod".to_owned())]);
        assert_eq!(parses(&config_of(&clusters)).clusters.len(), 1);
        for clusters in [clusters, BTreeMap::new()] {
            let is_answer = |line: &&str| !line.ends_with(['?', '.']);
            let written = config_of(&clusters);
            let answered: Vec<_> = written
                .lines()
                .filter(is_answer)
                .map(|line| line.replacen("# ", "", 1))
                .collect();
            let file = parses(&answered.join("\n"));
            assert!(file.target.is_some() && file.clusters[0].complete && file.clusters[0].pod_cidrs.len() == 1);
        }
    }
}
