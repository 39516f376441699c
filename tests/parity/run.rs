//! A recorded cluster through the program and through the library.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use ciliate_transforms::engine::boundaries;
use ciliate_transforms::engine::cilium::{Cilium, Config};
use ciliate_transforms::engine::npm::Npm;
use ciliate_transforms::parity;
use ciliate_transforms::plan::{Fix, Options, Phases, Plan, plan};
use ciliate_transforms::policy::Policy;
use ciliate_transforms::policy::cilium::CiliumNetworkPolicy;
use ciliate_transforms::source::FileId;
use ciliate_transforms::world::build::{Input, InputRole, Spec, worlds};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::world::{MinorVersion, aks};
use ipnet::IpNet;
use serde_json::Value;

use crate::recorded::Cluster;
use crate::recorded::cluster::read_policies;
use crate::shared::clusters::{POLICIES, network, write_out};
use crate::shared::documents::objects_of;
use crate::shared::{ciliate, code, contents, stderr};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

/// The release that the clusters move to, and its line.
pub(crate) const TARGET: &str = "1.18.6";
const LINE: MinorVersion = MinorVersion(18);

/// The day on which everything happens.
const TODAY: &str = "2026-12-01";

const REPORT: &str = "report.json";

/// A cluster's policies as `fix` leaves them.
pub(crate) struct Fixed {
    network: Vec<Policy>,
    cilium: Vec<CiliumNetworkPolicy>,
    /// The names of what the report says, and of what waits for a fact.
    pub(crate) reported: BTreeSet<String>,
}

impl Fixed {
    /// Writes a cluster out, runs `fix` on it, and reads the policies back.
    pub(crate) fn run(manifests: &Value, flags: &[&str]) -> Fallible<Self> {
        let folder = tempfile::tempdir()?;
        write_out(manifests, folder.path())?;
        let report = format!("json={REPORT}");
        let output = ciliate(folder.path())
            .args([
                "fix",
                "--cilium-version",
                TARGET,
                "--today",
                TODAY,
                "-q",
                "-j",
                "1",
                "-o",
                &report,
            ])
            .args(flags)
            .args(network(manifests)?)
            .arg(".")
            .output()?;
        if ![0, 11].contains(&code(&output)) {
            return Err(format!("exit {}: {}", code(&output), stderr(&output)).into());
        }
        Self::read(folder.path())
    }

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
        let report: Value = serde_json::from_slice(&fs::read(folder.join(REPORT))?)?;
        let items = report["items"].as_array().ok_or("a report has items")?;
        let names = items.iter().filter_map(|item| item["name"].as_str());
        let waiting = items.iter().filter_map(|item| item["waiting"].as_object());
        let waiting = waiting.flat_map(|transforms| transforms.keys().map(String::as_str));
        Ok(Self {
            network,
            cilium,
            reported: names.chain(waiting).map(str::to_owned).collect(),
        })
    }

    pub(crate) fn boundaries(&self) -> Vec<IpNet> {
        boundaries(&self.network, &self.cilium)
    }

    pub(crate) fn under_npm<'a>(&self, cluster: &'a Cluster) -> Npm<'a> {
        Npm::new(&self.network, &cluster.inventory, &cluster.space)
    }

    pub(crate) fn under_cilium<'a>(&self, cluster: &'a Cluster) -> Cilium<'a> {
        under_cilium(&self.network, &self.cilium, cluster)
    }
}

/// Enforces policies with the target's defaults.
pub(crate) fn under_cilium<'p, 'a>(
    network: impl IntoIterator<Item = &'p Policy>,
    own_kinds: impl IntoIterator<Item = &'p CiliumNetworkPolicy>,
    cluster: &'a Cluster,
) -> Cilium<'a> {
    let config = Config::of(LINE, false);
    Cilium::new(network, own_kinds, config, &cluster.inventory, &cluster.space)
}

/// Plans a cluster as `fix --phase all --fix …` does for a release of Cilium.
pub(crate) fn planned(manifests: &Value, fix: Fix, release: &str) -> Fallible<Plan> {
    let folder = tempfile::tempdir()?;
    write_out(manifests, folder.path())?;
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
    let world = worlds(inputs, &spec(manifests, release)?)
        .worlds
        .pop()
        .ok_or("there is a cluster")?;
    if let Some(rejected) = world.rejected.first() {
        return Err(format!("no API server takes {}", rejected.key).into());
    }
    let options = Options {
        select: BTreeSet::new(),
        ignore: BTreeSet::new(),
        fix,
        phases: Phases::All,
        today: TODAY.to_owned(),
        require_reason: false,
    };
    let (plan, _) = parity::prove(plan(world, &options), &options);
    if let Some(contradicted) = plan.taken_back.contradicted.first() {
        return Err(format!("the engines contradict {contradicted:?}").into());
    }
    Ok(plan)
}

/// Returns what the flags of the run tell.
fn spec(manifests: &Value, release: &str) -> Fallible<Spec> {
    let mut spec = Spec {
        workloads_read: true,
        ..Spec::default()
    };
    let facts = &mut spec.facts;
    facts.target = aks::cilium_target(release)?;
    for pair in network(manifests)?.chunks(2) {
        let list = match pair[0].as_str() {
            "--pod-cidr" => &mut facts.pod_cidrs,
            "--node-cidr" => &mut facts.node_cidrs,
            _ => &mut facts.service_cidrs,
        };
        list.push(pair[1].parse()?);
    }
    Ok(spec)
}
