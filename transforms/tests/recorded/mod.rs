//! The recorded verdicts: what a folder of them holds.

pub(crate) mod cluster;

use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ciliate_transforms::policy::Labels;
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;

pub(crate) use cluster::Cluster;

pub(crate) type Failure = Box<dyn Error>;

/// A cluster with its policies, its connections and their verdicts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scenario {
    pub(crate) id: String,
    pub(crate) family: String,
    network: Network,
    namespaces: Vec<Labelled>,
    nodes: Vec<Node>,
    pods: Vec<PodRecord>,
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    pub(crate) options: Options,
    policies: Vec<Value>,
    pub(crate) rejected: Rejections,
    pub(crate) flows: Vec<Connection>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Network {
    #[serde(rename = "podCIDRs")]
    pods: Vec<IpNet>,
    #[serde(rename = "nodeCIDRs")]
    nodes: Vec<IpNet>,
}

#[derive(Debug, Deserialize)]
struct Labelled {
    name: String,
    labels: Labels,
}

#[derive(Debug, Deserialize)]
struct Node {
    name: String,
    ips: Vec<IpAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodRecord {
    ns: String,
    name: String,
    labels: Labels,
    ip: IpAddr,
    #[serde(default)]
    ips: Vec<IpAddr>,
    node: String,
    #[serde(default)]
    host_network: bool,
    #[serde(default)]
    named_ports: Vec<NamedPort>,
}

#[derive(Debug, Deserialize)]
struct NamedPort {
    name: String,
    port: i64,
    protocol: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    ns: String,
    name: String,
    external_traffic_policy: String,
}

/// How Cilium was configured, where it was not by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Options {
    #[serde(default)]
    pub(crate) policy_scope_to_cluster: Option<bool>,
    #[serde(default)]
    pub(crate) non_default_deny: Option<bool>,
    #[serde(default)]
    pub(crate) end_port_ignored: Option<bool>,
    #[serde(default)]
    pub(crate) dual_stack: Option<bool>,
}

/// The policies that each engine refuses whole.
#[derive(Debug, Deserialize)]
pub(crate) struct Rejections {
    pub(crate) npm: Option<Vec<Refused>>,
    pub(crate) cilium: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refused {
    pub(crate) policy: String,
}

/// A connection and what each engine said of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Connection {
    from: Place,
    to: Place,
    protocol: String,
    port: u16,
    via: Option<ServiceUse>,
    pub(crate) npm: Option<Said>,
    pub(crate) cilium: Said,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Pod(String),
    Ip(IpAddr),
    Node(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceUse {
    service: String,
    entry_node: String,
}

/// A verdict: `allow`, `deny` or `n/a` for each side, and the whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Said {
    pub(crate) egress: String,
    pub(crate) ingress: String,
    pub(crate) verdict: String,
}

/// A flow of a scenario on which a release differs from what is stored with it.
#[derive(Debug, Deserialize)]
pub(crate) struct Departure {
    pub(crate) scenario: String,
    pub(crate) flow: usize,
    pub(crate) cilium: Said,
}

/// Returns the folders of recorded verdicts: ours, and the one that the environment names.
pub(crate) fn folders() -> Vec<PathBuf> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/conformance");
    let further = std::env::var_os("CILIATE_CONFORMANCE_DIR").map(PathBuf::from);
    [ours].into_iter().chain(further).collect()
}

/// Reads a file of JSON lines, compressed as `<name>.gz` or as it is; `None` where there is neither.
pub(crate) fn lines<T: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Result<Option<Vec<T>>, Failure> {
    let packed = folder.join(format!("{name}.gz"));
    let text = if packed.exists() {
        let mut text = String::new();
        flate2::read::GzDecoder::new(File::open(packed)?).read_to_string(&mut text)?;
        text
    } else if folder.join(name).exists() {
        fs::read_to_string(folder.join(name))?
    } else {
        return Ok(None);
    };
    let read: Result<Vec<T>, _> = text.lines().map(serde_json::from_str).collect();
    Ok(Some(read?))
}
