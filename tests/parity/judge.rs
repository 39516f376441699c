//! One recorded cluster, judged as it is and as `fix` leaves it.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use ciliate_transforms::engine::cilium::{Cilium, Config};
use ciliate_transforms::engine::npm::Npm;
use ciliate_transforms::engine::{Flow, boundaries};
use ciliate_transforms::parity::{Disagreement, Explainer, State};
use ciliate_transforms::plan::{Fix, Options, Phases, Plan, plan};
use ciliate_transforms::policy::Policy;
use ciliate_transforms::policy::cilium::CiliumNetworkPolicy;
use ciliate_transforms::source::FileId;
use ciliate_transforms::world::build::{Input, InputRole, Spec, worlds};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::world::{MinorVersion, aks};
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

use crate::recorded::{Cluster, Connection, Scenario, read_policies};
use crate::shared::documents::objects_of;
use crate::shared::manifests::{POLICIES, ranges, write_out};
use crate::shared::{ENDS_WELL, ciliate, code, contents, stderr};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// The release that the clusters move to.
pub(crate) const TARGET: &str = "1.18.6";

/// Its line.
const LINE: MinorVersion = MinorVersion(18);

/// What became of a cluster's flows.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) id: String,
    pub(crate) family: String,
    /// How many flows have a verdict of both engines.
    pub(crate) flows: usize,
    /// Cilium with nothing changed.
    pub(crate) naive: Moved,
    /// Cilium after `fix --phase all`.
    pub(crate) safe: Moved,
    /// Cilium after `fix --phase all --fix review`.
    pub(crate) review: Moved,
    /// The flows that still differ after all of review.
    pub(crate) left: Vec<Left>,
    /// What must not be, a line each.
    pub(crate) problems: Vec<String>,
}

/// How many flows differ from NPM's verdict.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    /// NPM allows them, Cilium does not.
    pub(crate) dropped: usize,
    /// NPM denies them, Cilium does not.
    pub(crate) opened: usize,
}

impl Moved {
    fn count(&mut self, npm: bool, cilium: bool) {
        self.dropped += usize::from(npm && !cilium);
        self.opened += usize::from(!npm && cilium);
    }
}

/// A flow that differs after all changes.
#[derive(Debug)]
pub(crate) struct Left {
    /// Whether Cilium lets it through; else NPM does.
    pub(crate) opened: bool,
    /// What names it; nothing where a side of it is not named.
    pub(crate) names: BTreeSet<&'static str>,
    /// The flow and the rules of the engines that decide it.
    pub(crate) what: String,
}

/// Policies as they stand on disk.
struct Written {
    network: Vec<Policy>,
    cilium: Vec<CiliumNetworkPolicy>,
}

impl Written {
    fn read(folder: &Path) -> Fallible<Self> {
        let mut manifests = Vec::new();
        for (path, bytes) in contents(folder)? {
            let holds_policies = path == Path::new(POLICIES) || path.starts_with("cilium-overlays");
            if holds_policies && !path.ends_with("kustomization.yaml") {
                for object in objects_of(std::str::from_utf8(&bytes)?) {
                    manifests.push(serde_json::to_value(object)?);
                }
            }
        }
        let (network, cilium) = read_policies(&manifests)?;
        Ok(Self { network, cilium })
    }

    fn boundaries(&self) -> Vec<IpNet> {
        boundaries(&self.network, &self.cilium)
    }

    fn under_cilium<'a>(&self, cluster: &'a Cluster) -> Cilium<'a> {
        let config = Config::of(LINE, false);
        Cilium::new(&self.network, &self.cilium, config, &cluster.inventory, &cluster.space)
    }

    fn under_npm<'a>(&self, cluster: &'a Cluster) -> Npm<'a> {
        Npm::new(&self.network, &cluster.inventory, &cluster.space)
    }
}

/// Writes a cluster out and runs `fix` on it; returns the policies as they stand then.
fn fixed(manifests: &Value, flags: &[&str]) -> Fallible<Written> {
    let folder = tempfile::tempdir()?;
    write_out(manifests, folder.path())?;
    let output = ciliate(folder.path())
        .args(["fix", "--cilium-version", TARGET, "--today", "2026-12-01", "-q"])
        .args(flags)
        .args(ranges(manifests))
        .arg(".")
        .output()?;
    if !ENDS_WELL.contains(&code(&output)) || code(&output) == 12 {
        return Err(format!("exit {}: {}", code(&output), stderr(&output)).into());
    }
    Written::read(folder.path())
}

/// Plans a cluster as the run with all of review does, to ask what names a difference.
fn planned(manifests: &Value) -> Fallible<Plan> {
    let folder = tempfile::tempdir()?;
    write_out(manifests, folder.path())?;
    let mut spec = Spec {
        workloads_read: true,
        ..Spec::default()
    };
    spec.facts.target = aks::cilium_target(TARGET)?;
    let flags = ranges(manifests);
    for pair in flags.chunks(2) {
        let net = pair[1].parse()?;
        match pair[0] {
            "--pod-cidr" => spec.facts.pod_cidrs.push(net),
            "--node-cidr" => spec.facts.node_cidrs.push(net),
            _ => spec.facts.service_cidrs.push(net),
        }
    }
    let mut inputs = Vec::new();
    for (id, (path, bytes)) in (0..).zip(contents(folder.path())?) {
        let (path, text) = (path.to_string_lossy().into_owned(), String::from_utf8(bytes)?);
        let mentioned = mentions(text.as_bytes());
        inputs.push(Input {
            extract: extract(FileId(id), &path, &text, mentioned, Wanted { workloads: true }),
            path,
            role: InputRole::Edit,
            clusters: Vec::new(),
            namespace_by_path: None,
        });
    }
    let world = worlds(inputs, &spec).worlds.pop().ok_or("there is a cluster")?;
    let options = Options {
        select: BTreeSet::new(),
        ignore: BTreeSet::new(),
        fix: Fix::Review,
        phases: Phases::All,
        today: "2026-12-01".to_owned(),
        require_reason: false,
    };
    Ok(plan(world, &options))
}

/// Judges a cluster.
pub(crate) fn judge(manifests: &Value) -> Fallible<Judged> {
    let scenario = Scenario::deserialize(manifests)?;
    let safe = fixed(manifests, &["--phase", "all"])?;
    let review = fixed(manifests, &["--phase", "all", "--fix", "review"])?;
    let before = fixed(manifests, &["--phase", "before", "--fix", "review"])?;
    let cuts = [&safe, &review, &before].into_iter().flat_map(Written::boundaries);
    let cluster = scenario.cluster_cut_at(cuts)?;
    let under_safe = safe.under_cilium(&cluster);
    let under_review = review.under_cilium(&cluster);
    let npm_before = before.under_npm(&cluster);
    let mut judged = Judged {
        id: scenario.id.clone(),
        family: scenario.family.clone(),
        flows: 0,
        naive: Moved::default(),
        safe: Moved::default(),
        review: Moved::default(),
        left: Vec::new(),
        problems: Vec::new(),
    };
    let mut differing = Vec::new();
    for connection in &scenario.flows {
        let Some(npm) = &connection.npm else { continue };
        let flow = cluster.flow(connection)?;
        let (npm, naive) = (npm.verdict == "allow", connection.cilium.verdict == "allow");
        let safe = under_safe.verdict(&flow).allowed();
        let review = under_review.verdict(&flow).allowed();
        judged.flows += 1;
        judged.naive.count(npm, naive);
        judged.safe.count(npm, safe);
        judged.review.count(npm, review);
        let mut problem = |what: &str| judged.problems.push(format!("{what}: {connection:?}"));
        if safe && !naive && !npm {
            problem("a safe change opens a flow that NPM denies");
        }
        if !safe && naive && npm {
            problem("a safe change drops a flow that NPM allows");
        }
        if npm_before.verdict(&flow).allowed() != npm {
            problem("the phase before moves a flow under NPM");
        }
        if review != npm {
            differing.push((connection, flow));
        }
    }
    judged.left = left(&differing, &planned(manifests)?, &cluster, &mut judged.problems);
    Ok(judged)
}

/// Tells what names each of some flows.
fn left(differing: &[(&Connection, Flow)], plan: &Plan, cluster: &Cluster, problems: &mut Vec<String>) -> Vec<Left> {
    let (today, fixed) = (State::today(plan), State::fixed(plan, |_| false));
    let (inventory, space) = (&cluster.inventory, &cluster.space);
    let npm = Npm::new(&today.policies, inventory, space);
    let config = Config::of(LINE, false);
    let cilium = Cilium::new(&fixed.policies, fixed.own_kinds(), config, inventory, space);
    let explainer = Explainer::new(plan, &fixed, inventory, &npm, &cilium);
    let one = |(connection, flow): &(&Connection, Flow)| {
        let (by_npm, by_cilium) = (npm.verdict(flow), cilium.verdict(flow));
        let sides = Disagreement::of(flow, &by_npm, &by_cilium, &cilium);
        if sides.is_empty() {
            problems.push(format!(
                "the plan and the files it writes are not the same: {connection:?}"
            ));
        }
        let named: Vec<_> = sides.iter().map(|side| explainer.named_by(side)).collect();
        let all = named.iter().all(|names| !names.is_empty());
        let names = named.iter().flatten().map(|proposal| proposal.transform.id);
        Left {
            opened: by_cilium.allowed(),
            names: if all { names.collect() } else { BTreeSet::new() },
            what: format!("{connection:?} {by_npm:?} {by_cilium:?}"),
        }
    };
    differing.iter().map(one).collect()
}
