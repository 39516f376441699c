//! The recorded clusters end to end: written out as manifests, fixed by the program, read back, every flow judged.
#![allow(clippy::print_stdout, reason = "the tests say what they measured")]

mod judge;
mod page;
#[allow(dead_code, reason = "the library's own tests use the rest of it")]
#[path = "../../transforms/tests/recorded/mod.rs"]
mod recorded;
mod run;
mod sets;
#[path = "../shared/mod.rs"]
mod shared;

use std::error::Error;
use std::fs;
use std::sync::OnceLock;

use judge::{Judged, Left, Moved, judge};
use rayon::prelude::*;
use serde_json::Value;
use shared::{Outcome, root};

/// The most flows that may be dropped and open after all of review, in percent.
const DROPPED: f64 = 2.9;
const OPENED: f64 = 0.8;

/// The most flows that may differ without being named.
const UNNAMED: usize = 4;

/// Tells whether a scenario counts: with the defaults of both engines, and of policies that API servers take.
fn counts(scenario: &Value) -> bool {
    let has_defaults = scenario["options"].as_object().is_none_or(serde_json::Map::is_empty);
    has_defaults && !scenario["rejected"]["npm"].is_null() && scenario["family"] != "port-number-as-string"
}

/// Returns every cluster that counts, judged once for all tests.
fn clusters() -> Result<&'static [Judged], Box<dyn Error>> {
    static CLUSTERS: OnceLock<Result<Vec<Judged>, String>> = OnceLock::new();
    let clusters = CLUSTERS.get_or_init(|| judged().map_err(|error| error.to_string()));
    Ok(clusters.as_ref().map_err(String::as_str)?)
}

/// Returns the scenarios that count.
fn scenarios() -> Result<Vec<Value>, Box<dyn Error>> {
    let folder = root().join("testdata/conformance");
    let scenarios = recorded::lines::<Value>(&folder, "scenarios.jsonl")?.ok_or("the recorded verdicts are missing")?;
    Ok(scenarios.into_iter().filter(counts).collect())
}

fn judged() -> Result<Vec<Judged>, Box<dyn Error>> {
    let scenarios = scenarios()?;
    let judged = scenarios
        .par_iter()
        .map(|scenario| judge(scenario).map_err(|error| format!("{}: {error}", scenario["id"])));
    Ok(judged.collect::<Result<_, _>>()?)
}

/// Returns how many percent of all flows `count` is.
#[expect(clippy::cast_precision_loss, reason = "there are thousands of flows")]
fn percent(count: usize, clusters: &[Judged]) -> f64 {
    let flows: usize = clusters.iter().map(|cluster| cluster.flows).sum();
    100.0 * count as f64 / flows as f64
}

fn left(clusters: &[Judged]) -> impl Iterator<Item = (&Judged, &Left)> {
    clusters
        .iter()
        .flat_map(|cluster| cluster.left.iter().map(move |left| (cluster, left)))
}

#[test]
fn after_the_fix_few_flows_are_dropped_or_open_that_were_not() -> Outcome {
    let clusters = clusters()?;
    let say = |state: &str, of: fn(&Judged) -> Moved| {
        let Moved { dropped, opened } = Moved::sum(clusters.iter().map(of));
        let shares = (percent(dropped, clusters), percent(opened, clusters));
        println!(
            "{state}: {dropped} dropped ({:.2} %), {opened} open ({:.2} %)",
            shares.0, shares.1
        );
        shares
    };
    say("nothing changed", |cluster| cluster.naive);
    say("fix --fix safe", |cluster| cluster.safe);
    let (dropped, opened) = say("fix --fix review", |cluster| cluster.review);
    assert!(dropped <= DROPPED, "{dropped:.2} % of the flows are dropped");
    assert!(opened <= OPENED, "{opened:.2} % of the flows are open");
    Ok(())
}

#[test]
fn what_still_differs_is_named_by_what_speaks_of_its_cause() -> Outcome {
    let all: Vec<_> = left(clusters()?).collect();
    let unnamed: Vec<_> = all.iter().filter(|(_, left)| left.names.is_empty()).collect();
    println!(
        "{} of {} differing flows are named",
        all.len() - unnamed.len(),
        all.len()
    );
    for (cluster, left) in &unnamed {
        println!("  not named: {}: {}", cluster.id, left.what);
    }
    assert!(unnamed.len() <= UNNAMED, "{} are not named", unnamed.len());
    Ok(())
}

#[test]
fn safe_changes_move_no_flow_away_from_npm() -> Outcome {
    let moved: Vec<&String> = clusters()?.iter().flat_map(|cluster| &cluster.moved_by_safe).collect();
    println!("moved away from NPM by safe changes: {}", moved.len());
    assert!(moved.is_empty(), "{moved:#?}");
    Ok(())
}

#[test]
fn the_phase_before_moves_no_flow_under_npm() -> Outcome {
    let moved: Vec<&String> = clusters()?.iter().flat_map(|cluster| &cluster.moved_before).collect();
    println!("moved under NPM by the phase before: {}", moved.len());
    assert!(moved.is_empty(), "{moved:#?}");
    Ok(())
}

#[test]
fn the_page_on_parity_is_current() -> Outcome {
    let path = root().join("docs/parity.md");
    let expected = page::render(clusters()?);
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&path, expected)?;
    } else {
        assert_eq!(fs::read_to_string(&path)?, expected, "run the tests with UPDATE_DOCS=1");
    }
    Ok(())
}
