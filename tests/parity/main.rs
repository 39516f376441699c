//! The recorded clusters end to end: written out as manifests, fixed, read back, and every flow judged again.
#![allow(clippy::print_stdout, reason = "the test says what it measured")]

mod judge;
#[allow(dead_code, unreachable_pub, reason = "the library's own tests use the rest of it")]
#[path = "../../transforms/tests/recorded/mod.rs"]
mod recorded;
#[path = "../shared/mod.rs"]
mod shared;

use std::error::Error;
use std::sync::OnceLock;

use judge::{Judged, judge};
use rayon::prelude::*;
use serde_json::Value;
use shared::{Outcome, root};

/// What is judged: scenarios with the defaults of both engines, of policies that today's API servers take.
fn counts(scenario: &Value) -> bool {
    let options = &scenario["options"];
    let is_default = options.is_null() || options.as_object().is_some_and(serde_json::Map::is_empty);
    is_default && !scenario["rejected"]["npm"].is_null() && scenario["family"] != "port-number-as-string"
}

/// Returns every cluster that counts, judged once for all tests.
fn clusters() -> Result<&'static [Judged], Box<dyn Error>> {
    static CLUSTERS: OnceLock<Result<Vec<Judged>, String>> = OnceLock::new();
    let clusters = CLUSTERS.get_or_init(|| judged().map_err(|error| error.to_string()));
    Ok(clusters.as_ref().map_err(String::as_str)?)
}

fn judged() -> Result<Vec<Judged>, Box<dyn Error>> {
    let mut scenarios: Vec<Value> = Vec::new();
    for folder in recorded::folders(root()) {
        scenarios.extend(recorded::lines(&folder, "scenarios.jsonl")?.unwrap_or_default());
    }
    scenarios.retain(counts);
    let judged = scenarios
        .par_iter()
        .map(|scenario| judge(scenario).map_err(|error| format!("{}: {error}", scenario["id"])));
    Ok(judged.collect::<Result<_, _>>()?)
}

#[test]
fn look() -> Outcome {
    let clusters = clusters()?;
    let flows: usize = clusters.iter().map(|it| it.flows).sum();
    let sum = |of: fn(&Judged) -> (usize, usize)| {
        let (l, o) = clusters.iter().map(of).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        #[allow(clippy::cast_precision_loss)]
        let p = |n: usize| n as f64 * 100.0 / flows as f64;
        println!("   lost {l} ({:.2} %) opened {o} ({:.2} %)", p(l), p(o));
    };
    println!("{} clusters, {flows} flows", clusters.len());
    sum(|it| (it.naive.dropped, it.naive.opened));
    sum(|it| (it.safe.dropped, it.safe.opened));
    sum(|it| (it.review.dropped, it.review.opened));
    for it in clusters {
        for problem in &it.problems {
            println!("PROBLEM {} {}: {problem}", it.family, it.id);
        }
        for left in it.left.iter().filter(|left| left.names.is_empty()) {
            println!("UNNAMED {} {}", it.id, left.what);
        }
    }
    for it in clusters {
        for left in &it.left {
            let n: Vec<_> = left.names.iter().copied().collect();
            println!("LEFT {} {} {} {}", n.join("+"), it.id, left.opened, left.what);
        }
    }
    let mut t: std::collections::BTreeMap<(String, String, bool), usize> = Default::default();
    for it in clusters {
        for left in &it.left {
            let n: Vec<_> = left.names.iter().copied().collect();
            *t.entry((n.join("+"), it.family.clone(), left.opened)).or_default() += 1;
        }
    }
    for (k, n) in t {
        println!("{k:?} {n}");
    }
    Ok(())
}
