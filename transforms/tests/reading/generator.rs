//! Makes documents from a seed: policies, alone or several, and what files have around them.

use super::maker::Maker;
use super::random::Random;
use super::writer::{Node, write};

/// A document, or a stream of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its number and what is odd about it as a file.
    pub(crate) name: String,
    /// What stands in the file.
    pub(crate) text: String,
}

/// Returns the documents of a seed, their numbers behind `series`.
pub(crate) fn documents(series: &str, seed: u64, count: usize) -> Vec<Document> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|number| {
            let mut one = Random::new(random.next());
            let (frame, text) = document(&mut one);
            Document {
                name: format!("{series}{number:04} {frame}"),
                text,
            }
        })
        .collect()
}

fn document(random: &mut Random) -> (&'static str, String) {
    let frame = random.below(120);
    let (name, text) = match frame {
        0..=7 => ("several", several(random)),
        8..=13 => ("list", list(random)),
        14 | 50..=52 => ("bad-neighbour", bad_neighbour(random)),
        15 => ("list-in-list", list_in_list(random)),
        16 => ("json-stream", json_stream(random)),
        _ => {
            let text = policy(random, "web");
            around(frame, random, text)
        }
    };
    if random.chance(3) {
        return (name, text.replace('\n', "\r\n"));
    }
    (name, text)
}

fn policy(random: &mut Random, name: &str) -> String {
    let node = Maker::new(random).policy(name);
    write(&node, random)
}

/// Puts around a policy, or between its lines, what the reader of a file has to get over.
fn around(frame: usize, random: &mut Random, text: String) -> (&'static str, String) {
    let behind_version = |what: &str| text.replacen('\n', &format!("{what}\n"), 1);
    match frame {
        17 => ("marker-text", format!("--- {text}")),
        18 => ("marker-text", format!("{text}--- # the next\n{text}")),
        19 => ("marker-text", format!("{text}--- {{}}\n")),
        20 => ("end-marker", format!("{text}...\n{}", policy(random, "next"))),
        21 => ("end-marker", format!("{text}...\n---\n{}", policy(random, "next"))),
        22 => ("end-marker", format!("{text}...\n# the end\n")),
        23 => (
            "directive",
            format!("%YAML {}\n---\n{text}", random.one(&["1.1", "1.2", "1.3"])),
        ),
        24 => ("directive", format!("%TAG ! tag:example.com,2026:\n---\n{text}")),
        25 => ("byte-order-mark", format!("\u{feff}{text}")),
        26 => (
            "byte-order-mark",
            format!("{text}---\n\u{feff}{}", policy(random, "next")),
        ),
        27 => ("byte-order-mark", format!("\u{feff}---\n{text}")),
        28 => ("line-break", behind_version(" # a\u{2028}extra: 1")),
        29 => (
            "line-break",
            behind_version(random.one(&[" # a\u{85}b", " # a\u{2029}extra: 1", "\u{85}", "\u{2028}"])),
        ),
        53 | 54 => {
            let policy = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {}}";
            ("line-break", format!("{policy} # a\u{85}b\n"))
        }
        30 => (
            "blank",
            behind_version(random.one(&["\u{a0}", " \u{a0}# c", "\t", " \t # c"])),
        ),
        31 => ("tab", behind_version("\n\t# c")),
        32 => ("tab", text.replacen(": ", ":\t", 1)),
        33 => ("tab", text.replacen('[', "[\t", 1)),
        34 => ("tab", text.replacen("- ", "-\t", 1)),
        35 => ("tab", text.replacen("\n    ", "\n\t  ", 1)),
        36 | 37 => ("bracket-at-key", at_key(&text)),
        38 => ("template", text.replacen("web", "{{ .Values.name }}", 1)),
        39 => {
            let spec = "spec: {podSelector: {matchLabels: {{ .Values.labels }}}}\n";
            (
                "template",
                format!("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: web}}\n{spec}"),
            )
        }
        40 => ("marker", format!("---\n{text}")),
        41 => ("marker", format!("---\n---\n# nothing\n---\n{text}---\n")),
        42 => ("marker", format!("# before\n---\n{text}")),
        43 => ("no-newline", text.trim_end().to_owned()),
        44 => (
            "control",
            behind_version(random.one(&[" # \u{7f}", " # \u{1}", " # \u{fffd}", " # \u{1f600}", " # \u{feff}"])),
        ),
        45 => (
            "continued-text",
            text.replacen("networking.k8s.io/v1\n", "\"networking.\\\nk8s.io/v1\"\n", 1),
        ),
        46 => {
            let text = random.one(&[
                "[]\n",
                "web\n",
                "- a\n",
                "apiVersion: v1\n",
                "kind: [NetworkPolicy]\napiVersion: v1\n",
            ]);
            ("no-object", format!("---\n{text}"))
        }
        47 => {
            let namespace = random.one(&["5", "on", "{}", "1.5"]);
            let item = format!(
                "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: web, namespace: {namespace}}}}}"
            );
            ("list", format!("apiVersion: v1\nkind: List\nitems: [{item}]\n"))
        }
        48 => ("escaped-key", text.replacen("kind:", "\"\\x6bind\":", 1)),
        49 => ("items", format!("{text}items: []\n")),
        _ => ("alone", text),
    }
}

/// Closes the first list of types at the column of its key.
fn at_key(text: &str) -> String {
    for types in ["[Ingress]", "[Egress]", "[Ingress, Egress]"] {
        if let Some((before, _)) = text.split_once(types) {
            let line = before.rsplit('\n').next().unwrap_or_default();
            let indent = line.len() - line.trim_start().len();
            let inner = types.trim_matches(['[', ']']);
            let (pad, deeper) = (" ".repeat(indent), " ".repeat(indent + 2));
            return text.replacen(types, &format!("[\n{deeper}{inner}\n{pad}]"), 1);
        }
    }
    text.to_owned()
}

fn several(random: &mut Random) -> String {
    let first = policy(random, "one");
    let second = policy(random, "two");
    format!("{first}---\n{second}")
}

fn bad_neighbour(random: &mut Random) -> String {
    let (first, second) = (policy(random, "one"), policy(random, "two"));
    let bad = random.one(&[
        "a: b: c\n",
        "a: [\n",
        "kind: NetworkPolicy\n",
        "- a\n",
        "just text\n",
        "apiVersion: v1\n",
        "a: \"\\/\"\n",
    ]);
    format!("{first}---\n{bad}---\n{second}")
}

fn list(random: &mut Random) -> String {
    let typed = random.chance(50);
    let mut maker = Maker::new(random);
    let items = ["one", "two"].map(|name| if typed { maker.item(name) } else { maker.policy(name) });
    let (version, kind) = if typed {
        ("networking.k8s.io/v1", "NetworkPolicyList")
    } else {
        ("v1", "List")
    };
    write(&list_of(version, kind, items.into()), random)
}

fn list_in_list(random: &mut Random) -> String {
    let item = Maker::new(random).policy("web");
    let inner = list_of("v1", "List", vec![item]);
    write(&list_of("v1", "List", vec![inner]), random)
}

fn list_of(version: &str, kind: &str, items: Vec<Node>) -> Node {
    let fields = [
        ("apiVersion", Node::raw(version)),
        ("kind", Node::raw(kind)),
        ("items", Node::List(items)),
    ];
    Node::Map(fields.map(|(key, value)| (key.to_owned(), value)).into())
}

fn json_stream(random: &mut Random) -> String {
    let object = |name: &str, more: &str| {
        format!(
            "{{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{{\"name\":\"{name}\",\"namespace\":\
             \"shop\"}},\"spec\":{{\"podSelector\":{{}},\"policyTypes\":[\"Ingress\"]{more}}}}}"
        )
    };
    let more = random.one(&[
        "",
        ",\"ingress\":[{}]",
        ",\"ingress\":[{\"ports\":[{\"port\":80,\"port\":81}]}]",
        ",\"extra\":1",
    ]);
    let between = random.one(&["\n", "", " ", "\n---\n"]);
    format!("{}{between}{}\n", object("one", more), object("two", ""))
}
