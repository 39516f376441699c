//! The page of the binary's dependencies against the `Cargo.toml` files.

mod shared;

use std::fs;

use shared::{Outcome, root};

/// Returns the names that a manifest's tables of normal dependencies list, sorted.
fn named(manifest: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = table == "dependencies" || (table.starts_with("target.") && table.ends_with(".dependencies"));
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.extend(line.split(['.', ' ', '=']).next());
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the rows below a heading of the page, as names and reasons.
fn rows<'p>(page: &'p str, heading: &str) -> Vec<(&'p str, &'p str)> {
    let section = page
        .split("\n## ")
        .find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    let lines = section.unwrap_or_default().lines();
    let row = |line: &'p str| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ");
    lines.filter_map(row).collect()
}

#[test]
fn the_page_lists_each_dependency_of_the_binary_with_a_reason_and_no_other() -> Outcome {
    let page = fs::read_to_string(root().join("docs/dependencies.md"))?;
    for (package, manifest) in [
        ("ciliate", "Cargo.toml"),
        ("ciliate-transforms", "transforms/Cargo.toml"),
    ] {
        let manifest = fs::read_to_string(root().join(manifest))?;
        let rows = rows(&page, package);
        let listed: Vec<_> = rows.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, named(&manifest), "docs/dependencies.md, {package}");
        for (name, reason) in rows {
            assert!(!reason.trim().is_empty(), "{name} has no reason");
        }
    }
    Ok(())
}

#[test]
fn dependencies_of_tests_and_the_versions_of_the_workspace_are_not_meant() {
    let manifest = "[workspace.dependencies]\na = \"1\"\n[dependencies]\n# why\nb.workspace = true\nc = { path = \"c\" }\n\n\
                    [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[dev-dependencies]\ne.workspace = true\n\
                    [target.'cfg(unix)'.dev-dependencies]\nf = \"1\"\n[build-dependencies]\ng = \"1\"\n";
    assert_eq!(named(manifest), ["b", "c", "d"]);
}
