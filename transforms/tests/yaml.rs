//! Every nasty input as a fixture: after the same few edits its snapshot shows that only the meant lines moved.
#![expect(
    clippy::disallowed_methods,
    reason = "fixtures are files; the library itself reads none"
)]

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path as FilePath, PathBuf};

use ciliate_transforms::yaml::{Edit, Item, Kind, Node, Path, Scalar, Tree, Value, documents, prove, render, splice};
use similar::TextDiff;

#[test]
fn every_nasty_input_matches_its_snapshot() -> io::Result<()> {
    for case in folders(&root().join("testdata/yaml"))? {
        let outcome = outcome_of(&case)?;
        insta::with_settings!({
            snapshot_path => root().join("snapshots/yaml"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(case.file_name().and_then(|name| name.to_str()), outcome);
        });
    }
    Ok(())
}

#[test]
fn ten_megabytes_of_documents_are_edited_one_by_one() -> io::Result<()> {
    let policy = fs::read_to_string(root().join("testdata/yaml/comments/before.yaml"))?;
    let mut text = String::new();
    while text.len() < 10_000_000 {
        text += "---\nkind: ConfigMap\ndata: {text: '--- no'}\n---\n";
        text += &policy;
    }
    let spans = documents(&text);
    let document = spans.len() - 1;
    let tree = Tree::parse(&text, spans[document]).map_err(io::Error::other)?;
    let edits = tree.root(&text).map(standard_edits).unwrap_or_default();
    let splices = render(&text, &tree, &edits).map_err(io::Error::other)?;
    prove(&text, &splice(&text, &splices), &[(document, &edits)]).map_err(io::Error::other)?;
    assert!(splices.iter().all(|splice| splice.span.start >= spans[document].start));
    Ok(())
}

/// Edits a fixture's file; returns what was refused, and the diff with invisible characters made visible.
fn outcome_of(case: &FilePath) -> io::Result<String> {
    let yaml = case.join("before.yaml");
    let bytes = fs::read(if yaml.exists() { yaml } else { case.join("before.json") })?;
    let Ok(before) = String::from_utf8(bytes) else {
        return Ok("not UTF-8".to_owned());
    };
    let mut outcome = String::new();
    let mut splices = Vec::new();
    let mut edits_by_document = Vec::new();
    for (index, span) in documents(&before).into_iter().enumerate() {
        let tree = match Tree::parse(&before, span) {
            Ok(tree) => tree,
            Err(error) => {
                let line = before[..error.offset as usize].lines().count();
                writeln!(outcome, "document {index}: line {line}: {error}").map_err(io::Error::other)?;
                continue;
            }
        };
        let edits = tree.root(&before).map(standard_edits).unwrap_or_default();
        match render(&before, &tree, &edits) {
            Ok(rendered) => {
                splices.extend(rendered);
                edits_by_document.push((index, edits));
            }
            Err(refusal) => writeln!(outcome, "document {index}: {refusal}").map_err(io::Error::other)?,
        }
    }
    let after = splice(&before, &splices);
    let edits: Vec<(usize, &[Edit])> = edits_by_document
        .iter()
        .map(|(index, edits)| (*index, edits.as_slice()))
        .collect();
    prove(&before, &after, &edits).map_err(io::Error::other)?;
    let diff = TextDiff::from_lines(&before, &after);
    outcome += &diff.unified_diff().context_radius(2).to_string();
    Ok(outcome
        .replace('\r', "␍")
        .replace('\u{feff}', "<BOM>")
        .replace('\t', "→")
        .replace(" \n", "·\n"))
}

/// The edits that all fixtures get, for each policy of a document.
fn standard_edits(root: Node<'_>) -> Vec<Edit> {
    let at = Path::default();
    let mut edits = Vec::new();
    match root.get("items") {
        Some(items) => {
            for (index, item) in items.items().enumerate() {
                policy_edits(item, &at.key("items").index(index), &mut edits);
            }
        }
        None => policy_edits(root, &at, &mut edits),
    }
    edits
}

fn policy_edits(policy: Node<'_>, at: &Path, edits: &mut Vec<Edit>) {
    let is_policy = policy.get("kind").and_then(Node::str) == Some("NetworkPolicy");
    let Some(spec) = policy.get("spec").filter(|_| is_policy) else {
        return;
    };
    let at = at.key("spec");
    for (index, rule) in spec.get("ingress").into_iter().flat_map(Node::items).enumerate() {
        let at = at.key("ingress").index(index);
        if let Some(peers) = rule.get("from").filter(|peers| peers.kind() != Kind::Alias) {
            edits.push(Edit::Items {
                at: at.key("from"),
                items: with_selectors(peers.items().count()),
            });
        }
        if let Some(ports) = rule.get("ports") {
            port_edits(ports, &at.key("ports"), edits);
        }
    }
    if spec.get("policyTypes").is_none() {
        let value = Value::seq([Value::string("Ingress")]);
        edits.push(Edit::Insert {
            at: at.clone(),
            key: "policyTypes".to_owned(),
            value,
        });
    }
    if spec.get("egress").is_some() {
        edits.push(Edit::Remove { at: at.key("egress") });
    }
}

/// The first peer, two new ones, the others.
fn with_selectors(count: usize) -> Vec<Item> {
    let selector = |key: &str| Item::New(Value::map([(key, Value::map::<&str>([]))]));
    let mut items: Vec<Item> = (0..count).map(Item::Keep).collect();
    let first = items.len().min(1);
    items.splice(first..first, [selector("namespaceSelector"), selector("podSelector")]);
    items
}

/// A range becomes single ports, a name its number.
fn port_edits(ports: Node<'_>, at: &Path, edits: &mut Vec<Edit>) {
    let mut items = Vec::new();
    for (index, entry) in ports.items().enumerate() {
        let here = at.index(index);
        items.push(Item::Keep(index));
        if entry.get("endPort").is_some() {
            edits.push(Edit::Remove {
                at: here.key("endPort"),
            });
            items.extend(["8001", "8002"].map(|port| copy(index, port)));
        } else if entry.get("port").and_then(Node::str) == Some("http") {
            edits.push(Edit::Set {
                at: here.key("port"),
                value: Scalar::plain("8080"),
            });
        }
    }
    if items.is_empty() {
        items.push(Item::New(Value::map([
            ("port", Value::plain("80")),
            ("protocol", Value::string("TCP")),
        ])));
    }
    if ports.kind() != Kind::Alias {
        edits.push(Edit::Items { at: at.clone(), items });
    }
}

fn copy(of: usize, port: &str) -> Item {
    let entry = Path::default();
    let changes = vec![
        Edit::Set {
            at: entry.key("port"),
            value: Scalar::plain(port),
        },
        Edit::Remove {
            at: entry.key("endPort"),
        },
    ];
    Item::Copy { of, changes }
}

fn folders(parent: &FilePath) -> io::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(parent)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    found.retain(|path| path.is_dir());
    found.sort();
    Ok(found)
}

fn root() -> PathBuf {
    FilePath::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
