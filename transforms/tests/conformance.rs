//! The engines' models agree with every recorded verdict of the real engines.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the library is pure, its tests read the files that they are about and say how far they agree"
)]

mod recorded;

use std::collections::{BTreeMap, BTreeSet};

use ciliate_transforms::engine::cilium::{Cilium, Config};
use ciliate_transforms::engine::npm::Npm;
use ciliate_transforms::engine::{PolicyRef, Ruling, Verdict};
use ciliate_transforms::world::MinorVersion;
use recorded::{Cluster, Departure, Failure, Options, Refused, Said, Scenario};

type Outcome = Result<(), Failure>;

/// The line whose verdicts are stored with the scenarios.
const STORED: MinorVersion = MinorVersion(18);

/// The releases whose verdicts are recorded as departures from the stored ones, each with its line.
const RELEASES: &[(&str, u8)] = &[
    ("1.16.8", 16),
    ("1.17.2", 17),
    ("1.18.6", 18),
    ("1.19", 19),
    ("1.20.2", 20),
];

/// Agreement over many verdicts.
#[derive(Default)]
struct Tally {
    agreed: usize,
    /// By family: each verdict that is not agreed on.
    disagreed: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn count(&mut self, scenario: &Scenario, flow: usize, expected: &Said, found: &Said) {
        if expected == found {
            self.agreed += 1;
            return;
        }
        let line = format!("{} flow {flow}: recorded {expected:?}, found {found:?}", scenario.id);
        self.disagreed.entry(scenario.family.clone()).or_default().push(line);
    }

    fn refusals(&mut self, scenario: &Scenario, expected: &[Refused], found: &[String]) {
        let expected: BTreeSet<&str> = expected.iter().map(|refused| refused.policy.as_str()).collect();
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        if expected != found {
            let line = format!("{}: refuses {expected:?}, found {found:?}", scenario.id);
            self.disagreed.entry(scenario.family.clone()).or_default().push(line);
        }
    }

    /// Says how far the engine agrees, and fails where it does not.
    fn close(self, engine: &str) {
        let missed: usize = self.disagreed.values().map(Vec::len).sum();
        println!("{engine}: {} of {} verdicts agree", self.agreed, self.agreed + missed);
        for (family, lines) in &self.disagreed {
            println!("  {family}: {}", lines.len());
            for line in lines.iter().take(3) {
                println!("    {line}");
            }
        }
        assert_eq!(missed, 0, "{engine} disagrees");
    }
}

fn said<R>(verdict: &Verdict<R>) -> Said {
    let word = |allowed| if allowed { "allow" } else { "deny" }.to_owned();
    let side = |ruling: &Option<Ruling<R>>| ruling.as_ref().map_or("n/a".to_owned(), |ruling| word(ruling.allowed));
    Said {
        egress: side(&verdict.egress),
        ingress: side(&verdict.ingress),
        verdict: word(verdict.allowed()),
    }
}

fn config(version: MinorVersion, options: &Options) -> Config {
    let mut config = Config::of(version, options.dual_stack.unwrap_or(false));
    config.local_cluster_only = options.policy_scope_to_cluster.unwrap_or(config.local_cluster_only);
    config.has_default_deny_switch = options.non_default_deny.unwrap_or(config.has_default_deny_switch);
    config.has_end_ports &= !options.end_port_ignored.unwrap_or(false);
    config
}

fn name(cluster: &Cluster, policy: PolicyRef) -> String {
    match policy {
        PolicyRef::Network(index) => cluster.policies[index].key.to_string(),
        PolicyRef::Cilium(index) => cluster.cilium[index].key.to_string(),
    }
}

fn scenarios(name: &str) -> Result<Vec<Scenario>, Failure> {
    let mut scenarios = Vec::new();
    for folder in recorded::folders() {
        scenarios.extend(recorded::lines::<Scenario>(&folder, name)?.unwrap_or_default());
    }
    Ok(scenarios)
}

/// Judges every flow of a cluster; `expected` says what is recorded of the flow with an index.
fn judge_cilium<'s>(
    tally: &mut Tally,
    scenario: &Scenario,
    cluster: &Cluster,
    config: Config,
    expected: impl Fn(usize) -> &'s Said,
) -> Result<Vec<String>, Failure> {
    let (inventory, space) = (&cluster.inventory, &cluster.space);
    let cilium = Cilium::new(&cluster.policies, &cluster.cilium, config, inventory, space);
    for (index, connection) in scenario.flows.iter().enumerate() {
        let found = said(&cilium.verdict(&cluster.flow(connection)?));
        tally.count(scenario, index, expected(index), &found);
    }
    Ok(cilium
        .refused()
        .iter()
        .map(|(policy, _)| name(cluster, *policy))
        .collect())
}

#[test]
fn npm_agrees_with_every_verdict() -> Outcome {
    let mut tally = Tally::default();
    for scenario in &scenarios("scenarios.jsonl")? {
        let Some(refused) = &scenario.rejected.npm else {
            continue;
        };
        let cluster = scenario.cluster()?;
        let npm = Npm::new(&cluster.policies, &cluster.inventory, &cluster.space);
        for (index, connection) in scenario.flows.iter().enumerate() {
            let Some(expected) = &connection.npm else { continue };
            tally.count(
                scenario,
                index,
                expected,
                &said(&npm.verdict(&cluster.flow(connection)?)),
            );
        }
        let dropped: Vec<String> = npm
            .dropped()
            .iter()
            .map(|(policy, _)| name(&cluster, *policy))
            .collect();
        tally.refusals(scenario, refused, &dropped);
    }
    tally.close("NPM");
    Ok(())
}

#[test]
fn cilium_agrees_with_every_stored_verdict() -> Outcome {
    let mut tally = Tally::default();
    for scenario in &scenarios("scenarios.jsonl")? {
        let cluster = scenario.cluster()?;
        let config = config(STORED, &scenario.options);
        let refused = judge_cilium(&mut tally, scenario, &cluster, config, |flow| {
            &scenario.flows[flow].cilium
        })?;
        tally.refusals(scenario, &scenario.rejected.cilium, &refused);
    }
    tally.close("Cilium, as stored");
    Ok(())
}

#[test]
fn cilium_agrees_with_every_release() -> Outcome {
    for (release, minor) in RELEASES {
        let mut tally = Tally::default();
        for folder in recorded::folders() {
            let Some(departures) = recorded::lines(&folder, &format!("versions/{release}.jsonl"))? else {
                continue;
            };
            let scenarios = recorded::lines(&folder, "scenarios.jsonl")?.unwrap_or_default();
            judge_release(&mut tally, &scenarios, departures, MinorVersion(*minor))?;
        }
        tally.close(&format!("Cilium {release}"));
    }
    Ok(())
}

/// Judges scenarios with a line's own defaults; what it does not depart from is as stored.
fn judge_release(
    tally: &mut Tally,
    scenarios: &[Scenario],
    departures: Vec<Departure>,
    version: MinorVersion,
) -> Outcome {
    let departures: BTreeMap<_, _> = departures
        .into_iter()
        .map(|it| ((it.scenario, it.flow), it.cilium))
        .collect();
    for scenario in scenarios {
        let options = Options {
            dual_stack: scenario.options.dual_stack,
            ..Options::default()
        };
        judge_cilium(
            tally,
            scenario,
            &scenario.cluster()?,
            config(version, &options),
            |flow| {
                let departed = departures.get(&(scenario.id.clone(), flow));
                departed.unwrap_or(&scenario.flows[flow].cilium)
            },
        )?;
    }
    Ok(())
}

#[test]
fn both_agree_with_the_table_of_the_guide() -> Outcome {
    let scenarios = scenarios("guide-table.jsonl")?;
    let mut tally = Tally::default();
    for scenario in &scenarios {
        let cluster = scenario.cluster()?;
        let npm = Npm::new(&cluster.policies, &cluster.inventory, &cluster.space);
        for (index, connection) in scenario.flows.iter().enumerate() {
            let Some(expected) = &connection.npm else { continue };
            tally.count(
                scenario,
                index,
                expected,
                &said(&npm.verdict(&cluster.flow(connection)?)),
            );
        }
    }
    tally.close("NPM, the guide's table");
    for minor in 17..=19 {
        let mut tally = Tally::default();
        for scenario in &scenarios {
            let config = config(MinorVersion(minor), &scenario.options);
            judge_cilium(&mut tally, scenario, &scenario.cluster()?, config, |flow| {
                &scenario.flows[flow].cilium
            })?;
        }
        tally.close(&format!("Cilium 1.{minor}, the guide's table"));
    }
    Ok(())
}
