//! NetworkPolicies are read as kubectl and the API server read them, held against what their own code said.
//!
//! `UPDATE_ANSWERS=1 cargo test -p ciliate-transforms --test reading` asks that code anew, which needs Go: about the
//! documents of [`SEED`], and as many of a seed that is drawn each time.
#![expect(
    clippy::disallowed_methods,
    reason = "the library is pure, its tests read what is recorded and run what records it"
)]

mod answers;
mod generator;
mod kinds;
mod maker;
mod mapping;
mod odd;
mod random;
mod traffic;
mod writer;

use std::collections::{BTreeSet, hash_map::RandomState};
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::sync::LazyLock;

use answers::Answered;
use generator::documents;
use kinds::KINDS;

/// The seed of the documents that this test can make itself.
const SEED: u64 = 20_261_201;
/// How many documents each seed has.
const COUNT: usize = 600;

static ANSWERS: LazyLock<io::Result<Vec<Answered>>> = LazyLock::new(|| {
    if std::env::var_os("UPDATE_ANSWERS").is_some() {
        let drawn = RandomState::new().build_hasher().finish();
        let mut all = documents("known ", SEED, COUNT);
        all.extend(documents("drawn ", drawn, COUNT));
        answers::record(&all)?;
    }
    answers::recorded()
});

fn answers() -> &'static [Answered] {
    ANSWERS
        .as_ref()
        .expect("testdata/server/answers.jsonl.gz is there and whole")
}

#[test]
fn the_seed_still_makes_the_documents_that_were_asked_about() {
    let known = answers().iter().filter(|answered| answered.name.starts_with("known "));
    let known: Vec<_> = known.map(|answered| (&answered.name, &answered.text)).collect();
    let made = documents("known ", SEED, COUNT);
    let made: Vec<_> = made.iter().map(|document| (&document.name, &document.text)).collect();
    assert_eq!(known, made, "record again: see this file's head");
}

#[test]
fn every_document_is_read_as_the_server_reads_it() {
    let mut met = BTreeSet::new();
    let mut differences = Vec::new();
    for answered in answers() {
        let Some(difference) = answered.difference() else {
            continue;
        };
        match KINDS.iter().find(|kind| (kind.is)(answered)) {
            Some(kind) => _ = met.insert(kind.why),
            None => differences.push(format!("=== {}\n{}--- {difference}", answered.name, answered.text)),
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} differ:\n{}", differences.join("\n"));
    let unmet: Vec<_> = KINDS
        .iter()
        .map(|kind| kind.why)
        .filter(|why| !met.contains(why))
        .collect();
    assert!(
        unmet.is_empty(),
        "no document differs so any more; take off the list: {unmet:?}"
    );
}
