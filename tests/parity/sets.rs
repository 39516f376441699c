//! The recorded clusters as sets: every difference that is left, not only those of recorded flows.

use ciliate_transforms::parity::compare::Course;
use ciliate_transforms::parity::{Connectivity, FlowSet, Held, State, connectivity};
use ciliate_transforms::plan::Fix;
use ciliate_transforms::source::Sources;
use rayon::prelude::*;
use serde_json::Value;

use crate::run::{Fallible, TARGET, planned};
use crate::scenarios;
use crate::shared::Outcome;

/// Tells who can reach whom in a cluster as a run leaves it.
fn told(scenario: &Value, fix: Fix) -> Fallible<Connectivity> {
    let plan = planned(scenario, fix, TARGET)?;
    Ok(connectivity(Held {
        world: &plan.world,
        base: None,
        today: State::today(&plan),
        fixed: State::fixed(&plan, |_| false),
        plan: Some(&plan),
        sources: &Sources::default(),
    }))
}

/// Returns the scenarios that can be planned: every API server refuses the policies of one further family.
fn plannable() -> Fallible<Vec<Value>> {
    let mut scenarios = scenarios()?;
    scenarios.retain(|scenario| scenario["family"] != "odd-label-values");
    Ok(scenarios)
}

/// Returns a line for each flow set that `wrong` picks, of every cluster.
fn lines(fix: Fix, wrong: fn(&FlowSet) -> bool) -> Result<Vec<String>, String> {
    let of_cluster = |scenario: &Value| {
        let id = scenario["id"].as_str().unwrap_or_default();
        let told = told(scenario, fix).map_err(|error| format!("{id}: {error}"))?;
        let moved = told.moved.iter().filter(|set| is_between_known_pods(set));
        let moved = moved.map(|set| line(id, "moves under NPM", set));
        let wrong = told.differences.iter().filter(|set| wrong(set));
        Ok(wrong.map(|set| line(id, "", set)).chain(moved).collect::<Vec<_>>())
    };
    let scenarios = plannable().map_err(|error| error.to_string())?;
    let lines: Result<Vec<Vec<String>>, String> = scenarios.par_iter().map(of_cluster).collect();
    Ok(lines?.concat())
}

/// Tells whether files show pods at both ends; what a change assumes of others is said in its grade.
fn is_between_known_pods(set: &FlowSet) -> bool {
    set.shown && set.peers.pods.as_ref().is_none_or(|pods| !pods.some.is_empty())
}

fn line(id: &str, what: &str, set: &FlowSet) -> String {
    let example = &set.example;
    format!(
        "{id}: {what} {:?} {:?} {:?} {} -> {} {} | {} {:?} | {} {:?}",
        set.direction,
        set.effect,
        set.course,
        example.from,
        example.to,
        example.port,
        example.npm.because.id,
        example.npm.policy.as_ref().map(|policy| &policy.name),
        example.cilium.because.id,
        example.cilium.policy.as_ref().map(|policy| &policy.name),
    )
}

#[test]
fn every_flow_set_that_differs_after_the_fix_is_named() -> Outcome {
    let unnamed = lines(Fix::Review, |set| set.course.is_fixed() && set.named_by.is_empty())?;
    assert!(
        unnamed.is_empty(),
        "{} are not named:\n{}",
        unnamed.len(),
        unnamed.join("\n")
    );
    Ok(())
}

#[test]
fn safe_changes_bring_no_difference_in_any_flow_set() -> Outcome {
    let brought = lines(Fix::Safe, |set| set.course == Course::Brought)?;
    assert!(
        brought.is_empty(),
        "{} are brought:\n{}",
        brought.len(),
        brought.join("\n")
    );
    Ok(())
}

/// A release of every line that AKS brings or will.
const RELEASES: [&str; 7] = ["1.13.18", "1.14.20", "1.16.16", "1.17.9", "1.18.6", "1.19.1", "1.20.2"];

#[test]
fn no_safe_change_is_contradicted_under_any_release() -> Outcome {
    let scenarios = plannable()?;
    let runs: Vec<(&Value, &str)> = scenarios
        .iter()
        .flat_map(|one| RELEASES.map(|release| (one, release)))
        .collect();
    let contradicted = |(scenario, release): &(&Value, &str)| {
        let error = planned(scenario, Fix::Safe, release).err()?;
        Some(format!("{} under {release}: {error}", scenario["id"]))
    };
    let contradicted: Vec<String> = runs.par_iter().filter_map(contradicted).collect();
    assert!(contradicted.is_empty(), "\n{}", contradicted.join("\n"));
    Ok(())
}
