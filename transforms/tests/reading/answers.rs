//! What Kubernetes made of each document, and what ours makes of it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use ciliate_transforms::policy::dns;
use ciliate_transforms::policy::{Direction, Peer, Policy, Rule, Selector};
use ciliate_transforms::source::FileId;
use ciliate_transforms::world::extract::{Extract, Skip, Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::yaml::Dialect;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};

use super::generator::Document;

/// A document and what Kubernetes makes of it; `testdata/server` says what the fields are.
#[derive(Debug, Deserialize)]
pub(crate) struct Answered {
    /// The document's name.
    pub(crate) name: String,
    /// What stands in the file.
    pub(crate) text: String,
    /// What comes of each NetworkPolicy that kubectl sends.
    pub(crate) objects: Vec<Answer>,
    /// What kubectl can't read or send.
    #[serde(default)]
    pub(crate) unread: Vec<String>,
}

/// What comes of an object that kubectl sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    stored: Option<Value>,
    older: Option<Value>,
    message: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/server")
}

/// Reads the recorded answers.
pub(crate) fn recorded() -> io::Result<Vec<Answered>> {
    let mut text = String::new();
    GzDecoder::new(File::open(folder().join("answers.jsonl.gz"))?).read_to_string(&mut text)?;
    let answers: Result<_, _> = text.lines().map(serde_json::from_str).collect();
    Ok(answers?)
}

/// Asks Kubernetes about documents and records what it says.
pub(crate) fn record(documents: &[Document]) -> io::Result<()> {
    let mut server = Command::new("go")
        .args(["run", "."])
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let asked = documents
        .iter()
        .map(|Document { name, text }| format!("{}\n", json!({"name": name, "text": text})));
    let asked: String = asked.collect();
    let mut stdin = server.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let writer = thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let output = server.wait_with_output()?;
    let written = writer.join().map_err(|_| io::ErrorKind::Other)?;
    written?;
    if !output.status.success() {
        return Err(io::Error::other("`go run .` in testdata/server failed"));
    }
    let mut packed = GzEncoder::new(File::create(folder().join("answers.jsonl.gz"))?, Compression::best());
    packed.write_all(&output.stdout)?;
    packed.finish()?;
    Ok(())
}

impl Answered {
    /// Says how our reading differs from the recorded one; nothing where it does not.
    pub(crate) fn difference(&self) -> Option<String> {
        let ours = read(&self.text);
        let taken = self.objects.iter().filter_map(Answer::taken);
        let taken: Vec<_> = taken
            .map(|stored| {
                read(&stored.to_string())
                    .policies
                    .iter()
                    .map(meaning)
                    .collect::<String>()
            })
            .collect();
        let lands = |policy: &&Policy| {
            policy
                .key
                .namespace
                .name()
                .is_none_or(|name| dns::namespace(name).is_ok())
        };
        let read: Vec<_> = ours.policies.iter().filter(lands).map(meaning).collect();
        // A namespace is judged where the policy lands, which is for the world to say.
        let nowhere = ours.policies.len() - read.len();
        if taken != read {
            return Some(format!(
                "the server takes:\n{}but we read:\n{}the server says: {}\nwe say: {}",
                taken.concat(),
                read.concat(),
                self.refusals().join("; "),
                refusals(&ours)
            ));
        }
        let refused = self.objects.len() - taken.len();
        // What follows `...` kubectl drops without a word, and we say so.
        let skipped = ours.skipped.iter().filter(|skipped| skipped.why != Skip::Dropped);
        let unread = ours.unread.len() + skipped.count();
        let agreed = if self.unread.is_empty() && unread == 0 {
            refused == ours.rejected.len() + nowhere
        } else {
            (refused + self.unread.len() > 0) == (unread + nowhere + ours.rejected.len() > 0)
        };
        (!agreed).then(|| {
            format!(
                "the server says: {}\nwe say: {}",
                self.refusals().join("; "),
                refusals(&ours)
            )
        })
    }

    /// Tells whether we refuse something of the document for this reason.
    pub(crate) fn refused_for(&self, reason: &str) -> bool {
        refusals(&read(&self.text)).contains(reason)
    }

    /// Tells whether kubectl gives up with these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.unread.iter().any(|message| message.contains(words))
    }

    /// Returns what is odd about the document as a file.
    pub(crate) fn frame(&self) -> &str {
        self.name.rsplit(' ').next().unwrap_or_default()
    }

    fn refusals(&self) -> Vec<&str> {
        let objects = self.objects.iter().filter(|answer| answer.taken().is_none());
        let messages = objects.filter_map(|answer| answer.message.as_deref());
        messages.chain(self.unread.iter().map(String::as_str)).collect()
    }
}

impl Answer {
    /// Returns the policy where some server takes it: what only 1.36 refuses may be stored since before.
    fn taken(&self) -> Option<&Value> {
        self.stored.as_ref().or(self.older.as_ref())
    }
}

/// Reads a text as kubectl does, where kustomize reads it otherwise too.
fn read(text: &str) -> Extract {
    let mentioned = mentions(text.as_bytes());
    let mut found = extract(FileId(0), "policy.yaml", text, mentioned, Wanted::default());
    found.settle(Some(Dialect::Kubectl));
    found
}

fn refusals(extract: &Extract) -> String {
    let rejected = extract.rejected.iter().flat_map(|rejected| &rejected.problems);
    let rejected = rejected.map(|(_, problem)| problem.clone());
    let unread = extract
        .unread
        .iter()
        .map(|unread| format!("unread: {}", unread.message));
    let skipped = extract
        .skipped
        .iter()
        .map(|skipped| format!("skipped: {:?}", skipped.why));
    rejected.chain(unread).chain(skipped).collect::<Vec<_>>().join("; ")
}

/// Returns what a policy means, in words; kubectl's own namespace stands for none.
fn meaning(policy: &Policy) -> String {
    let mut lines = vec![format!(
        "{}/{}: {}; ingress {}, egress {}",
        policy.key.namespace.name().unwrap_or("default"),
        policy.key.name,
        selector(&policy.selector),
        policy.types.ingress,
        policy.types.egress
    )];
    for direction in Direction::BOTH {
        let rules = policy.section(direction).rules.iter();
        lines.extend(rules.map(|entry| format!("  {}: {}", direction.section_key(), rule(&entry.value))));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn rule(rule: &Rule) -> String {
    let peers = rule.peers.iter().map(|entry| match &entry.value {
        Peer::Pods { pods, namespaces } => {
            let of = |wanted: &Option<Selector>| wanted.as_ref().map_or("none".to_owned(), selector);
            format!("pods {} in {}", of(pods), of(namespaces))
        }
        Peer::Block(block) => format!("{:?} but {:?}", block.cidr.net, block.except),
    });
    let ports = rule
        .ports
        .iter()
        .map(|entry| format!("{} {:?}", entry.value.protocol, entry.value.target));
    format!("{:?} on {:?}", peers.collect::<Vec<_>>(), ports.collect::<Vec<_>>())
}

fn selector(selector: &Selector) -> String {
    let mut labels = selector.labels.clone();
    labels.sort();
    format!("{labels:?} {:?}", selector.expressions)
}
