//! The floors of the library: imports point down, transforms don't know one another, and nothing reaches outside.
#![allow(clippy::disallowed_methods, reason = "this test reads the sources of the library")]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

type Outcome = Result<(), Box<dyn Error>>;

/// The floors, lowest first; a module may use those below it and its own.
const FLOORS: &[&str] = &[
    "suggest",
    "source",
    "yaml",
    "policy",
    "world",
    "engine",
    "transform",
    "overlay",
    "catalog",
    "plan",
    "parity",
    "draft",
    "verify",
    "report",
];

/// What would reach outside the library, as paths or macros.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::net::Udp",
    "ToSocketAddrs",
    "std::process",
    "std::io",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "env!",
    "option_env!",
    "git2",
    "rayon",
];

/// A source file of the library.
struct Source {
    /// Its path below `transforms/`.
    path: PathBuf,
    /// Its code without comments and tests.
    code: String,
}

impl Source {
    /// Returns the module path, such as `["catalog", "named_port", "pins"]`.
    fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
        parts.filter(|part| part != "mod" && part != "lib").collect()
    }

    /// Returns the paths below the crate that the code names, resolved from `crate::` and `super::`.
    fn imports(&self) -> BTreeSet<Vec<String>> {
        let module = self.module();
        let from_crate = named_after(&self.code, "crate::");
        let from_super = named_after(&self.code, "super::").into_iter().map(|path| {
            let ups = 1 + path.iter().take_while(|part| *part == "super").count();
            let parent = &module[..module.len().saturating_sub(ups)];
            parent.iter().cloned().chain(path.into_iter().skip(ups - 1)).collect()
        });
        from_crate.into_iter().chain(from_super).collect()
    }
}

/// Reads the library's sources, sorted by path, without the modules that are only compiled for tests.
fn sources() -> io::Result<Vec<Source>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.to_owned()];
    let (mut sources, mut of_tests) = (Vec::new(), Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let relative = path.strip_prefix(root).map_err(io::Error::other)?.to_owned();
            if path.is_dir() && !["tests", "benches"].iter().any(|other| relative == Path::new(other)) {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)?;
                let source = Source {
                    path: relative,
                    code: code(&text),
                };
                of_tests.extend(test_modules(&text).map(|name| [source.module(), vec![name.to_owned()]].concat()));
                sources.push(source);
            }
        }
    }
    sources.retain(|source| !of_tests.contains(&source.module()));
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

/// Returns the modules that a file declares for tests alone and that have files of their own.
fn test_modules(text: &str) -> impl Iterator<Item = &str> {
    let declared = text
        .lines()
        .zip(text.lines().skip(1))
        .filter(|(line, _)| line.trim() == "#[cfg(test)]");
    declared.filter_map(|(_, next)| next.trim_end().strip_suffix(';')?.split_whitespace().next_back())
}

/// Takes comments away and what is only compiled for tests: to the end of the file, or one `mod x;`.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            match lines.next() {
                Some(next) if next.trim_end().ends_with(';') => continue,
                _ => break,
            }
        }
        code += line.split_once("//").map_or(line, |(code, _)| code);
        code.push('\n');
    }
    code
}

/// Returns every path that stands behind `prefix`; a group of braces gives one for each of its members.
fn named_after(code: &str, prefix: &str) -> Vec<Vec<String>> {
    let starts_path = |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    let found = code.match_indices(prefix).map(|(at, _)| at).filter(starts_path);
    found.flat_map(|at| paths(&code[at + prefix.len()..])).collect()
}

/// Reads the paths that a `use` tree begins with.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim_start();
    if let Some(group) = tree.strip_prefix('{') {
        return members(group).into_iter().flat_map(paths).collect();
    }
    let end = tree
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(tree.len());
    let (name, rest) = (tree[..end].to_owned(), &tree[end..]);
    match rest.strip_prefix("::") {
        _ if name.is_empty() => Vec::new(),
        Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || c == '{') => paths(rest)
            .into_iter()
            .map(|path| [vec![name.clone()], path].concat())
            .collect(),
        _ => vec![vec![name]],
    }
}

/// Cuts a group of braces at the commas of its first level; `group` begins behind the opening one.
fn members(group: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                members.push(&group[start..at]);
                start = at + 1;
                if byte == b'}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members
}

fn floor(module: &[String]) -> Option<usize> {
    FLOORS
        .iter()
        .position(|floor| module.first().is_some_and(|name| name == floor))
}

#[test]
fn every_module_has_its_floor() -> Outcome {
    for source in sources()? {
        let is_known = source.module().is_empty() || floor(&source.module()).is_some();
        assert!(is_known, "{} stands on no floor", source.path.display());
    }
    Ok(())
}

#[test]
fn imports_point_down_only() -> Outcome {
    let mut upward = Vec::new();
    for source in sources()?.iter().filter(|source| !source.module().is_empty()) {
        for import in source.imports() {
            if floor(&import) > floor(&source.module()) {
                upward.push(format!("{} uses {}", source.path.display(), import.join("::")));
            }
        }
    }
    assert!(upward.is_empty(), "\n{}", upward.join("\n"));
    Ok(())
}

#[test]
fn no_transform_knows_another() -> Outcome {
    let mut known = Vec::new();
    for source in sources()? {
        let module = source.module();
        let [catalog, own, ..] = &module[..] else { continue };
        for import in source.imports().iter().filter(|import| import.first() == Some(catalog)) {
            let is_file = import.get(1).is_some_and(|name| name.starts_with(char::is_lowercase));
            if catalog == "catalog" && is_file && import.get(1) != Some(own) {
                known.push(format!("{} uses {}", source.path.display(), import.join("::")));
            }
        }
    }
    assert!(known.is_empty(), "\n{}", known.join("\n"));
    Ok(())
}

#[test]
fn who_proposes_does_not_judge() -> Outcome {
    for source in sources()? {
        let floor = source.module().first().cloned().unwrap_or_default();
        if !["catalog", "overlay", "transform"].contains(&floor.as_str()) {
            continue;
        }
        for import in source.imports() {
            let judges = import
                .first()
                .is_some_and(|name| ["engine", "parity", "verify"].contains(&name.as_str()));
            assert!(!judges, "{} uses {}", source.path.display(), import.join("::"));
        }
    }
    Ok(())
}

#[test]
fn no_engine_knows_the_other() -> Outcome {
    for source in sources()? {
        let module = source.module();
        for (own, other) in [("npm", "cilium"), ("cilium", "npm")] {
            let is_own = module.starts_with(&["engine".to_owned(), own.to_owned()]);
            let mut imports = source.imports().into_iter();
            let knows = is_own && imports.any(|import| import.starts_with(&["engine".to_owned(), other.to_owned()]));
            assert!(!knows, "{} uses the engine {other}", source.path.display());
        }
    }
    Ok(())
}

#[test]
fn the_parser_that_plans_is_used_in_yaml_alone() -> Outcome {
    for source in sources()?.iter().filter(|source| !source.path.starts_with("yaml")) {
        assert!(!source.code.contains("granit_parser"), "{}", source.path.display());
    }
    Ok(())
}

#[test]
fn nothing_prints_or_asks_for_files_the_environment_or_a_clock() -> Outcome {
    let mut reaching = Vec::new();
    for source in sources()? {
        for name in OUTSIDE {
            let is_word = |at: usize| !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if source.code.match_indices(name).any(|(at, _)| is_word(at)) {
                reaching.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert!(reaching.is_empty(), "\n{}", reaching.join("\n"));
    Ok(())
}

#[test]
fn imports_are_read_from_groups_and_from_super_and_not_from_tests() {
    let code = code(
        "use crate::{a::{B, c::D}, e};\nfn f() { super::g::h() } // crate::no\n#[cfg(test)]\nmod tests { use crate::no; }",
    );
    let source = Source {
        path: PathBuf::from("x/y.rs"),
        code,
    };
    let imports: Vec<_> = source.imports().into_iter().map(|path| path.join("::")).collect();
    assert_eq!(imports, ["a::B", "a::c::D", "e", "x::g::h"]);
}
