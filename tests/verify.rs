//! One connection, walked through both engines: against what was recorded of the real ones, and by its flags.

mod shared;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Output;

use ciliate_transforms::parity::State;
use ciliate_transforms::parity::trace::answer::{Answer, InState, Passes, Stage};
use ciliate_transforms::parity::trace::{Question, trace};
use ciliate_transforms::plan::{Fix, Options, Phases, plan};
use ciliate_transforms::source::{FileId, SourceFile, Sources};
use ciliate_transforms::world::aks;
use ciliate_transforms::world::build::{Input, InputRole, Spec, worlds};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use rayon::prelude::*;
use serde_json::Value;
use shared::clusters::{NODES, items, manifests, network, nodes, recorded, write_out};
use shared::{NETWORK, Outcome, ciliate, code, stderr, stdout};

/// The release that the verdicts were recorded of.
const RELEASE: &str = "1.18.6";

/// Names a recorded end as the command line takes it.
fn end(place: &Value) -> Result<String, Box<dyn Error>> {
    let text = |key: &str| place[key].as_str();
    let node = text("node").map(|name| format!("node:{name}"));
    let named = text("pod").or(text("ip")).map(str::to_owned);
    Ok(named.or(node).ok_or("an end is a pod, a node or an address")?)
}

/// Names a recorded connection as the command line takes it: source, destination, service.
fn words(flow: &Value) -> Result<(String, String, Option<String>), Box<dyn Error>> {
    let to = end(&flow["to"])?;
    let to = if to.matches(':').count() > 1 {
        format!("[{to}]")
    } else {
        to
    };
    let protocol = flow["protocol"].as_str().ok_or("a protocol is text")?;
    let via = &flow["via"];
    let via = via["service"].as_str().zip(via["entryNode"].as_str());
    Ok((
        end(&flow["from"])?,
        format!("{to}:{}/{protocol}", flow["port"]),
        via.map(|(service, node)| format!("{service}@{node}")),
    ))
}

/// Says where a recorded verdict is not the one that was found.
fn differs(recorded: &Value, found: [&str; 3]) -> Option<String> {
    let keys = ["egress", "ingress", "verdict"];
    let same = keys.iter().zip(found).all(|(key, found)| recorded[*key] == found);
    (!same).then(|| format!("recorded {recorded}, found {found:?}"))
}

fn verify(folder: &Path, trace: [&str; 2], more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = ciliate(folder);
    command
        .args(["verify", "--trace"])
        .args(trace)
        .args(["--today", "2026-12-01"]);
    Ok(command.args(more).arg(".").output()?)
}

/// Reads a state of the only walk in a report as JSON: egress, ingress and verdict.
fn in_json<'r>(report: &'r Value, stage: &str) -> Result<[&'r str; 3], Box<dyn Error>> {
    let mut all = items(&report["traces"][0], "states");
    let found = all.find(|state| state["state"] == stage).ok_or("the state is there")?;
    let side = |key: &str| match &found[key][0]["allowed"] {
        Value::Bool(true) => "allow",
        Value::Bool(false) => "deny",
        _ => "n/a",
    };
    let verdict = found["verdict"].as_str().ok_or("a verdict is text")?;
    Ok([side("egress"), side("ingress"), verdict])
}

fn problem_of_row(cluster: &Value, flow: &Value, folder: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let (from, to, via) = words(flow)?;
    let flags = network(cluster)?;
    let mut more: Vec<&str> = flags.iter().map(String::as_str).collect();
    more.extend([
        "--cilium-version",
        RELEASE,
        "--facts",
        NODES,
        "--exclude",
        NODES,
        "-o",
        "json",
    ]);
    more.extend(via.iter().flat_map(|via| ["--via", via]));
    let output = verify(folder, [&from, &to], &more)?;
    if code(&output) != 0 {
        return Ok(Some(format!("exit {}: {}", code(&output), stderr(&output))));
    }
    let report: Value = serde_json::from_str(&stdout(&output))?;
    let engines = [("npm", "npm-today"), ("cilium", "cilium-unchanged")];
    let mut problems = Vec::new();
    for (engine, stage) in engines {
        problems.extend(differs(&flow[engine], in_json(&report, stage)?).map(|problem| format!("{engine}: {problem}")));
    }
    Ok(problems.into_iter().next())
}

#[test]
#[expect(clippy::print_stdout, reason = "it says how many rows agree")]
fn every_row_of_the_guide_table_comes_out_of_a_trace() -> Outcome {
    let clusters = recorded("guide-table")?;
    let mut problems = Vec::new();
    let mut rows = 0;
    for cluster in &clusters {
        let folder = tempfile::tempdir()?;
        write_out(cluster, folder.path())?;
        fs::write(folder.path().join(NODES), nodes(cluster)?)?;
        let flows: Vec<&Value> = items(cluster, "flows").collect();
        rows += flows.len();
        let judged = |flow: &&Value| {
            let problem = problem_of_row(cluster, flow, folder.path());
            let problem = problem.unwrap_or_else(|error| Some(error.to_string()))?;
            Some(format!("{} {}: {problem}", cluster["id"], flow["row"]))
        };
        problems.extend(flows.par_iter().filter_map(judged).collect::<Vec<_>>());
    }
    println!("{} of {rows} rows agree", rows - problems.len());
    assert_eq!((rows, problems.len()), (74, 0), "\n{}", problems.join("\n"));
    Ok(())
}

fn said(state: &InState) -> [&'static str; 3] {
    let word = |allowed: bool| if allowed { "allow" } else { "deny" };
    let side = |answers: &[Answer]| answers.first().map_or("n/a", |answer| word(answer.allowed));
    [
        side(&state.egress),
        side(&state.ingress),
        word(state.verdict == Passes::Allow),
    ]
}

/// Walks every third connection of a cluster without a process for each, and says what is not as recorded.
fn problems_of(cluster: &Value) -> Result<(usize, Vec<String>), Box<dyn Error>> {
    let files = manifests(cluster)?.into_iter().chain([(NODES, nodes(cluster)?)]);
    let (mut inputs, mut sources) = (Vec::new(), Sources::default());
    for (id, (path, text)) in (0..).map(FileId).zip(files) {
        inputs.push(Input {
            path: path.to_owned(),
            role: if path == NODES {
                InputRole::Facts
            } else {
                InputRole::Edit
            },
            clusters: Vec::new(),
            namespace_by_path: None,
            extract: extract(id, path, &text, mentions(text.as_bytes()), Wanted { workloads: true }),
        });
        sources.files.push(SourceFile {
            path: path.to_owned(),
            text: Some(text.into()),
        });
    }
    let mut spec = Spec {
        workloads_read: true,
        ..Spec::default()
    };
    spec.facts.target = aks::cilium_target(RELEASE)?;
    let ranges = |key: &str| {
        items(&cluster["network"], key)
            .filter_map(|cidr| cidr.as_str()?.parse().ok())
            .collect()
    };
    spec.facts.pod_cidrs = ranges("podCIDRs");
    spec.facts.node_cidrs = ranges("nodeCIDRs");
    let options = Options {
        select: [].into(),
        ignore: [].into(),
        fix: Fix::Safe,
        phases: Phases::All,
        today: "2026-12-01".to_owned(),
        require_reason: false,
    };
    let world = worlds(inputs, &spec).worlds.pop().ok_or("there is a world")?;
    let plan = plan(world, &options);
    let fixed = State::fixed(&plan, |_| false);
    let (mut flows, mut problems) = (0, Vec::new());
    // All agree; a walk translates every policy anew, and a third of them take as long as the rest of these tests.
    for (index, flow) in items(cluster, "flows").enumerate().step_by(3) {
        let (from, to, via) = words(flow)?;
        let question = Question::new(&from, &to, via.as_deref())?;
        flows += 1;
        let walks = match trace(&question, &plan, &fixed, &sources) {
            Ok(walks) => walks,
            Err(error) => {
                problems.push(format!("{} flow {index} {from} {to} {via:?}: {error}", cluster["id"]));
                continue;
            }
        };
        let [walk] = &walks[..] else {
            return Err("a connection with its entry is one walk".into());
        };
        for (engine, stage) in [("npm", Stage::NpmToday), ("cilium", Stage::CiliumUnchanged)] {
            let state = walk
                .states
                .iter()
                .find(|state| state.state == stage)
                .ok_or("it is judged")?;
            let problem = differs(&flow[engine], said(state));
            problems
                .extend(problem.map(|it| format!("{} flow {index} {from} {to} {via:?} {engine}: {it}", cluster["id"])));
        }
    }
    Ok((flows, problems))
}

#[test]
#[expect(clippy::print_stdout, reason = "it says how many connections agree")]
fn recorded_connections_come_out_of_a_trace() -> Outcome {
    let clusters = recorded("scenarios")?;
    let is_of_network_policies = |cluster: &&Value| {
        cluster["rejected"]["npm"].is_array()
            && cluster["options"].as_object().is_none_or(serde_json::Map::is_empty)
            // Every API server refuses these: they are in no cluster.
            && cluster["family"] != "port-number-as-string"
    };
    let clusters: Vec<&Value> = clusters.iter().filter(is_of_network_policies).collect();
    let judged = |cluster: &&Value| problems_of(cluster).map_err(|error| format!("{}: {error}", cluster["id"]));
    let judged: Vec<_> = clusters.par_iter().map(judged).collect::<Result<_, _>>()?;
    let flows: usize = judged.iter().map(|(flows, _)| flows).sum();
    let problems: Vec<String> = judged.into_iter().flat_map(|(_, problems)| problems).collect();
    println!(
        "{flows} connections of {} clusters, {} problems",
        clusters.len(),
        problems.len()
    );
    assert!(
        flows > 0 && problems.is_empty(),
        "{} problems\n{}",
        problems.len(),
        problems.join("\n")
    );
    Ok(())
}

const SHOP: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: web}]}
status: {podIP: 10.244.0.7}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]
    ports: [{port: 443}]
";

/// Traces in a tree of one file.
fn in_shop(trace: [&str; 2], more: &[&str]) -> Result<Output, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("shop.yaml"), SHOP)?;
    let flags = [&["--cilium-version", RELEASE], &NETWORK[..], more].concat();
    verify(folder.path(), trace, &flags)
}

#[test]
fn people_read_each_state_with_what_decides() -> Outcome {
    let output = in_shop(["shop/web-0", "own-node:443"], &[])?;
    let expected = "\
shop/web-0 → own-node, 443/TCP
  from  Pod shop/web-0, on node n1, 10.244.0.7
  to    node n1

  NPM today                        allow
    egress   allow  no policy has a say
                    NPM-D6: NPM never filters what a pod and its own node exchange

  Cilium 1.18.6, nothing changed   deny  (not as NPM today)
    egress   deny   shop.yaml:9  NetworkPolicy shop/out, isolates for egress
                    CIL-R3: policies isolate the pod, and none of their rules matches

  Cilium 1.18.6, fixed             allow
    egress   allow  cilium-overlays/shop/out-node-egress.yaml  CiliumNetworkPolicy shop/out-node-egress, egress[0] (to be added)
                    CIL-entities: the entity stands for the peer
";
    assert_eq!(
        (code(&output), stdout(&output).as_str()),
        (0, expected),
        "{}",
        stderr(&output)
    );
    Ok(())
}

#[test]
fn people_read_on_which_ports_a_denied_peer_passes() -> Outcome {
    let output = in_shop(["shop/web-0", "203.0.113.7:80"], &[])?;
    let expected = "\
    egress   deny   shop.yaml:9  NetworkPolicy shop/out, isolates for egress
                    NPM-R3: policies isolate the pod, and none of their rules matches
             would allow 443/TCP  shop.yaml:14  NetworkPolicy shop/out, egress[0]
";
    assert!(stdout(&output).contains(expected), "{}", stdout(&output));
    Ok(())
}

#[test]
fn a_line_a_state_is_enough_for_other_programs() -> Outcome {
    let output = in_shop(["shop/web-0", "203.0.113.7"], &["-o", "concise"])?;
    let expected = "\
shop/web-0 → 203.0.113.7, every port: NPM today: allow 443/TCP
shop/web-0 → 203.0.113.7, every port: Cilium, nothing changed: allow 443/TCP
shop/web-0 → 203.0.113.7, every port: Cilium, fixed: allow 443/TCP
";
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    Ok(())
}

#[test]
fn a_pull_request_gets_a_row_a_state() -> Outcome {
    let output = in_shop(["shop/web-0", "own-node:443"], &["-o", "markdown"])?;
    let text = stdout(&output);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(text.starts_with("### `shop/web-0` → `own-node`, `443/TCP`\n"), "{text}");
    assert_eq!(rows.len(), 5, "{text}");
    assert!(
        rows[3].starts_with("| Cilium 1.18.6, nothing changed | **deny** ⚠️ | deny: `shop.yaml:9`"),
        "{text}"
    );
    assert!(rows[4].contains("(to be added) ([CIL-entities]("), "{text}");
    Ok(())
}

#[test]
fn a_phase_that_leaves_the_overlays_out_is_judged_without_them() -> Outcome {
    let output = in_shop(["shop/web-0", "own-node:443"], &["--phase", "before", "-o", "json"])?;
    let report: Value = serde_json::from_str(&stdout(&output))?;
    assert_eq!(in_json(&report, "cilium-fixed")?, ["deny", "n/a", "deny"]);
    Ok(())
}

#[test]
fn a_connection_that_can_not_be_walked_is_wrong_usage() -> Outcome {
    for (trace, more, message) in [
        (["shop/web", "world"], &[][..], "there is shop/web-0"),
        (["web-0", "world"], &[][..], "is no end of a connection"),
        (["world", "shop/web-0"], &["--via", "shop/lb"][..], "no Service shop/lb"),
    ] {
        let output = in_shop(trace, more)?;
        assert_eq!(code(&output), 2, "{trace:?}");
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
    Ok(())
}

#[test]
fn a_file_that_can_not_be_read_is_12_and_the_walk_is_shown() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("shop.yaml"), SHOP)?;
    fs::write(folder.path().join("bad.yaml"), "kind: NetworkPolicy\n\t- [\n")?;
    let output = verify(folder.path(), ["shop/web-0", "world:443"], &[])?;
    assert_eq!(code(&output), 12);
    assert!(
        stdout(&output).contains("NPM today") && stdout(&output).contains("bad.yaml:1:"),
        "{}",
        stdout(&output)
    );
    Ok(())
}

#[test]
fn a_connection_is_walked_in_every_cluster_that_has_its_ends() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (cluster, text) in [
        ("prod", SHOP.to_owned()),
        ("test", SHOP.replace("443", "80")),
        ("lab", SHOP.replace("web-0", "x")),
    ] {
        let home = folder.path().join("clusters").join(cluster);
        fs::create_dir_all(&home)?;
        fs::write(home.join("shop.yaml"), text)?;
    }
    let output = verify(folder.path(), ["shop/web-0", "203.0.113.7:443"], &["-o", "json"])?;
    let report: Value = serde_json::from_str(&stdout(&output))?;
    let said: Vec<_> = items(&report, "traces")
        .map(|trace| (&trace["cluster"], &trace["states"][0]["verdict"]))
        .collect();
    assert_eq!(
        said,
        [(&"prod".into(), &"allow".into()), (&"test".into(), &"deny".into())]
    );
    Ok(())
}
