//! Inputs made to break parsers: each ends in a message and a documented exit code, in bounded memory and time.
#![cfg(target_os = "linux")]

mod shared;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::process::Output;
use std::time::Instant;

use serde_json::Value;
use shared::capped::{POLICY, capped};
use shared::documents::{read, unintended};
use shared::{ENDS_WELL, Outcome, code, contents, root, stderr, stdout};

/// What is to become of a hostile file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is read as any other, and its policy is fixed.
    Fixed,
    /// It is told under failures or skipped, and stays as it is.
    Told,
}

/// A hostile file.
struct Hostile {
    name: &'static str,
    bytes: Vec<u8>,
    fate: Fate,
}

fn hostile(name: &'static str, fate: Fate, text: impl Into<Vec<u8>>) -> Hostile {
    Hostile {
        name,
        bytes: text.into(),
        fate,
    }
}

/// Returns the policy with something more in its metadata.
fn with_annotation(annotation: &str) -> String {
    let named = "metadata: {name: good, namespace: shop}";
    POLICY.replace(
        named,
        &format!("metadata:\n  name: hostile\n  namespace: shop\n  annotations:\n{annotation}"),
    )
}

/// Returns the policy with a value that nests `depth` times.
fn nested(open: &str, close: &str, depth: usize) -> String {
    with_annotation(&format!("    deep: {}{}\n", open.repeat(depth), close.repeat(depth)))
}

fn block_levels(depth: usize) -> String {
    let mut text = POLICY.to_owned();
    for level in 0..depth {
        writeln!(text, "{}a:", " ".repeat(level)).expect("a string takes every text");
    }
    text
}

/// Each level's list holds the level below nine times: 9^24 items, were they copied out.
fn alias_bomb() -> String {
    let mut text = format!("{POLICY}x-bomb:\n  a0: &a0 [lol]\n");
    for level in 1..25 {
        let below = format!("*a{}, ", level - 1).repeat(9);
        writeln!(text, "  a{level}: &a{level} [{below}]").expect("a string takes every text");
    }
    text
}

/// An overlay of ours with this `spec`: to tell whether a person edited it, all of that is read.
fn owned(spec: &str) -> String {
    format!(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: owned\n  namespace: shop\n  labels: \
         {{ciliate.dev/owned: \"true\"}}\n{spec}"
    )
}

/// Each level holds the one below: no value is large, and the last is as deep as there are levels.
fn alias_chain(levels: usize) -> String {
    let mut text = owned("x-chain:\n  a0: &a0 [x]\n");
    for level in 1..levels {
        writeln!(text, "  a{level}: &a{level} [*a{}]", level - 1).expect("a string takes every text");
    }
    format!("{text}spec: {{a: *a{}}}\n", levels - 1)
}

/// A mapping that merges a mapping many times, which merges another many times.
fn merge_bomb(width: usize) -> String {
    let merged = |name: &str| format!("*{name}, ").repeat(width);
    let (first, second) = (merged("a"), merged("b"));
    owned(&format!(
        "x-bomb:\n  a: &a {{x: y}}\n  b: &b {{<<: [{first}]}}\nspec: {{<<: [{second}]}}\n"
    ))
}

/// A policy of as many rules, each of as many peers, each of as many labels.
fn aliased_rules(width: usize) -> String {
    let labels: Vec<_> = (0..width).map(|label| format!("l{label}: x")).collect();
    let labels = labels.join(", ");
    let list = |name: &str| format!("*{name}, ").repeat(width);
    let (peers, rules) = (list("peer"), list("rule"));
    format!(
        "x-peer: &peer {{podSelector: {{matchLabels: {{{labels}}}}}}}\nx-rule: &rule {{from: [{peers}]}}\n{POLICY}  \
         ingress: [{rules}]\n"
    )
}

/// A `List` of one item, which is a `List` of one item, and so on.
fn lists_in_lists(levels: usize) -> String {
    let open = "{apiVersion: v1, kind: List, items: [";
    format!("{POLICY}---\n{}{}\n", open.repeat(levels), "]}".repeat(levels))
}

fn many_keys(number: usize) -> String {
    let mut text = "kind: ConfigMap\napiVersion: v1\n# NetworkPolicy\nmetadata: {name: keys}\ndata:\n".to_owned();
    for key in 0..number {
        writeln!(text, "  key{key}: value").expect("a string takes every text");
    }
    format!("{text}---\n{POLICY}")
}

fn many_items(number: usize) -> String {
    let ports = "    - port: 443\n".repeat(number);
    format!("{POLICY}    ports:\n{ports}")
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn inputs() -> Vec<Hostile> {
    let one_line = r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "hostile", "namespace": "shop", "annotations": {"long": "LONG"}}, "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}}"#;
    vec![
        hostile("brackets", Fate::Told, nested("[", "]", 10_000)),
        hostile("unclosed-brackets", Fate::Told, nested("[", "", 10_000)),
        hostile("braces", Fate::Told, nested("{a: ", "}", 10_000)),
        hostile("block-levels", Fate::Told, block_levels(10_000)),
        hostile("alias-bomb", Fate::Told, alias_bomb()),
        hostile("alias-of-itself", Fate::Told, owned("spec: &s {a: *s}\n")),
        hostile("alias-chain", Fate::Told, alias_chain(20_000)),
        hostile("merge-bomb", Fate::Told, merge_bomb(10_000)),
        hostile("aliased-rules", Fate::Told, aliased_rules(1_000)),
        hostile("lists-in-lists", Fate::Fixed, lists_in_lists(100)),
        hostile(
            "large-scalar",
            Fate::Fixed,
            with_annotation(&format!("    a: {}\n", "x".repeat(5_000_000))),
        ),
        hostile("many-keys", Fate::Fixed, many_keys(300_000)),
        hostile("many-items", Fate::Fixed, many_items(100_000)),
        hostile(
            "large-anchor",
            Fate::Fixed,
            with_annotation(&format!("    a: &{} x\n", "a".repeat(1_000_000))),
        ),
        hostile("nul", Fate::Told, with_annotation("    a: \"x\0y\"\n")),
        hostile("utf-16", Fate::Told, utf16(POLICY)),
        hostile(
            "only-cr",
            Fate::Fixed,
            POLICY.replace("good", "hostile").replace('\n', "\r"),
        ),
        hostile(
            "long-comment",
            Fate::Fixed,
            format!("# {}\n{POLICY}", "x".repeat(2_000_000)),
        ),
        hostile(
            "long-line",
            Fate::Fixed,
            one_line.replace("LONG", &"x".repeat(2_000_000)),
        ),
    ]
}

/// Says what went wrong in a run that must end well whatever it reads.
fn problem(output: &Output) -> Option<String> {
    let (code, stderr) = (code(output), stderr(output));
    (stderr.contains("panicked") || !ENDS_WELL.contains(&code))
        .then(|| format!("exit {code}: {}", stderr.chars().take(2000).collect::<String>()))
}

/// Says what went wrong with a hostile file and its good neighbour.
fn problem_with(input: &Hostile) -> Result<Option<String>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (bad, good) = (folder.path().join("bad.yaml"), folder.path().join("good.yaml"));
    fs::write(&bad, &input.bytes)?;
    fs::write(&good, POLICY)?;
    let output = capped(folder.path(), &[])?;
    if let Some(problem) = problem(&output) {
        return Ok(Some(problem));
    }
    let report: Value = serde_json::from_str(&stdout(&output))?;
    let names = |list: &str| {
        report[list]
            .as_array()
            .is_some_and(|list| list.iter().any(|it| it["path"] == "bad.yaml"))
    };
    let fixed = fs::read(&bad)? != input.bytes;
    let said = fs::metadata(folder.path().join("report.txt"))?.len();
    Ok(match (input.fate, fixed) {
        _ if fs::read_to_string(&good)? == POLICY => Some("the good neighbour was not fixed".to_owned()),
        _ if said > 100_000 => Some(format!("{said} bytes of report")),
        (Fate::Fixed, false) => Some(format!("not fixed: {} {}", report["failures"], report["skipped"])),
        (Fate::Told, true) => Some("changed".to_owned()),
        (Fate::Told, false) if !names("failures") && !names("skipped") => Some("not told".to_owned()),
        (Fate::Told, false) if names("failures") && code(&output) != 12 => Some(format!("exit {}", code(&output))),
        (Fate::Fixed, true) | (Fate::Told, false) => None,
    })
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the times are for the table of `benches/README.md`; none is asserted"
)]
fn every_hostile_file_is_fixed_or_told_and_its_neighbour_is_fixed() -> Outcome {
    let mut problems = String::new();
    for input in inputs() {
        let start = Instant::now();
        if let Some(problem) = problem_with(&input)? {
            writeln!(problems, "{}: {problem}", input.name)?;
        }
        println!("| {} | {:.2} |", input.name, start.elapsed().as_secs_f64());
    }
    assert!(problems.is_empty(), "\n{problems}");
    Ok(())
}

/// Marsaglia's xorshift: the same numbers on every machine.
struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("it is below a usize")
    }
}

/// Returns every file of the cases and of the demo that holds a policy.
fn seeds() -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let files = contents(&root().join("testdata"))?;
    let holds_policy = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains("kind: NetworkPolicy");
    Ok(files.into_values().filter(holds_policy).collect())
}

/// Changes, drops or doubles one byte, most often to one that means something in YAML.
fn mutant(seed: &[u8], random: &mut Xorshift) -> Vec<u8> {
    const MEANINGFUL: &[u8] = b" \n\r\t-:?,[]{}#&*!|>'\"%@`~0a\0\xff";
    let mut bytes = seed.to_owned();
    let at = random.below(bytes.len());
    match random.below(4) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, bytes[at]),
        _ => bytes[at] = MEANINGFUL[random.below(MEANINGFUL.len())],
    }
    bytes
}

#[test]
fn no_mutant_of_a_policy_panics_and_none_loses_a_value() -> Outcome {
    let (seeds, mut random) = (seeds()?, Xorshift(0x2545_f491_4f6c_dd1d));
    let of_blocks = |bytes: &&Vec<u8>| String::from_utf8_lossy(bytes).contains("cidr: 0.0.0.0/0");
    let sure_to_change: Vec<_> = seeds.iter().filter(of_blocks).collect();
    let folder = tempfile::tempdir()?;
    for number in 0..800 {
        let seed = match number % 2 {
            0 => &seeds[random.below(seeds.len())],
            _ => sure_to_change[random.below(sure_to_change.len())],
        };
        let bytes = mutant(seed, &mut random);
        fs::write(folder.path().join(format!("{number:03}.yaml")), bytes)?;
    }
    let before = contents(folder.path())?;
    let output = capped(folder.path(), &[])?;
    assert_eq!(problem(&output), None);
    assert!(
        !stdout(&output).contains("report this as a bug"),
        "an edit was not proven: {}",
        stdout(&output)
    );
    let after = contents(folder.path())?;
    let mut edited = 0;
    for (path, bytes) in changed(&before, &after) {
        let (old, new) = (std::str::from_utf8(&before[path])?, std::str::from_utf8(bytes)?);
        if read(old).is_ok() {
            assert_eq!(unintended(old, new), None, "{}:\n{old}\n=>\n{new}", path.display());
        }
        edited += 1;
    }
    // Most mutants are refused: a letter more or less makes a field that no policy has.
    assert!(edited > 50, "only {edited} of the mutants were edited");
    Ok(())
}

/// Returns the files that were there before and have other bytes now.
fn changed<'t, K: Ord>(before: &BTreeMap<K, Vec<u8>>, after: &'t BTreeMap<K, Vec<u8>>) -> Vec<(&'t K, &'t Vec<u8>)> {
    after
        .iter()
        .filter(|(path, bytes)| before.get(*path).is_some_and(|old| old != *bytes))
        .collect()
}
