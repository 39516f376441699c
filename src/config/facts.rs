//! Flags and config → the facts of each cluster and the ways that the user chose; flags win.

use std::collections::BTreeMap;

use ciliate_transforms::policy::{PortNumber, Protocol};
use ciliate_transforms::world::aks::{self, VersionError};
use ciliate_transforms::world::build::{ClusterSpec, Spec};
use ciliate_transforms::world::{self, Facts, Settings};
use ipnet::IpNet;

use super::file::{Client, Cluster, IngressNames, IpFamily, OnConflict, Peers, Target};
use super::{Config, Lines};
use crate::cli;
use crate::stop::Stop;

impl Config {
    /// Joins the flags and the config.
    ///
    /// # Errors
    /// [`Stop::Usage`], with the place in the config, for a version, port or name that is none.
    pub(crate) fn spec(&self, flags: &cli::Target, choosing: &cli::Choosing) -> Result<Spec, Stop> {
        let mut facts = Facts::default();
        self.target(&mut facts, self.file.target.as_ref(), &["target"])?;
        let clusters = self.file.clusters.iter().enumerate();
        let clusters = clusters.map(|(index, cluster)| {
            let mut facts = self.cluster(facts.clone(), &index.to_string(), cluster)?;
            overrule(&mut facts, flags);
            Ok(ClusterSpec {
                name: cluster.name.clone(),
                facts,
            })
        });
        let clusters = clusters.collect::<Result<_, Stop>>()?;
        overrule(&mut facts, flags);
        Ok(Spec {
            clusters,
            facts,
            settings: self.settings(choosing),
            namespace: flags.namespace.clone(),
            workloads_read: false,
        })
    }

    fn cluster(&self, mut facts: Facts, index: &str, cluster: &Cluster) -> Result<Facts, Stop> {
        self.target(&mut facts, cluster.target.as_ref(), &["clusters", index, "target"])?;
        let place = |key| self.lines.place(&["clusters", index, key]);
        state(&mut facts, Range::Pods, &cluster.pod_cidrs, &place("pod-cidrs"));
        state(&mut facts, Range::Nodes, &cluster.node_cidrs, &place("node-cidrs"));
        state(
            &mut facts,
            Range::Services,
            &cluster.service_cidrs,
            &place("service-cidrs"),
        );
        facts.ip_families = cluster.ip_families.iter().map(|family| family.of_world()).collect();
        facts.complete = cluster.complete;
        let namespaces = cluster.namespaces.iter();
        facts.namespaces = namespaces
            .map(|(name, known)| (name.clone(), known.labels.clone()))
            .collect();
        facts.named_ports = named_ports(&cluster.named_ports, &self.lines, index)?;
        for (key, stated) in [
            ("ip-families", !facts.ip_families.is_empty()),
            ("complete", facts.complete),
            ("namespaces", !facts.namespaces.is_empty()),
            ("named-ports", !facts.named_ports.is_empty()),
        ] {
            if stated {
                facts.stated_at.insert(key.to_owned(), place(key));
            }
        }
        Ok(facts)
    }

    fn target(&self, facts: &mut Facts, target: Option<&Target>, place: &[&str]) -> Result<(), Stop> {
        let Some(target) = target else { return Ok(()) };
        let wrong = |message: &str| self.lines.wrong(place, message);
        let unknown = |error: VersionError| wrong(&error.to_string());
        facts.target = match (&target.aks_version, &target.cilium_version) {
            (Some(version), None) => aks::target(version).map_err(unknown)?,
            (None, Some(version)) => aks::cilium_target(version).map_err(unknown)?,
            (None, None) | (Some(_), Some(_)) => return Err(wrong("give one of `aks-version` and `cilium-version`")),
        };
        facts.stated_at.insert("target".to_owned(), self.lines.place(place));
        Ok(())
    }

    fn settings(&self, choosing: &cli::Choosing) -> Settings {
        let ways = &self.file.transforms;
        let default = Settings::default();
        let of_file = ways.end_port.max_ports.map(u32::from);
        let clients = ways.load_balancer.clients.iter();
        Settings {
            max_ports: choosing.max_ports.or(of_file).unwrap_or(default.max_ports),
            on_conflict: match ways.named_port.on_conflict {
                OnConflict::Report => world::OnConflict::Report,
                OnConflict::Union => world::OnConflict::Union,
            },
            ingress_names: match ways.named_port.ingress {
                IngressNames::Write => world::IngressNames::Write,
                IngressNames::Keep => world::IngressNames::Keep,
            },
            peers: match ways.ip_block.peers {
                Peers::Guide => world::Peers::Guide,
                Peers::Minimal => world::Peers::Minimal,
                Peers::Open => world::Peers::Open,
            },
            clients: clients
                .map(|(service, of)| (service.clone(), of.iter().map(Client::of_world).collect()))
                .collect(),
        }
    }
}

impl IpFamily {
    const fn of_world(self) -> world::IpFamily {
        match self {
            Self::IPv4 => world::IpFamily::IPv4,
            Self::IPv6 => world::IpFamily::IPv6,
        }
    }
}

impl Client {
    fn of_world(&self) -> world::Client {
        match self {
            Self::Block(net) => world::Client::Block(*net),
            Self::Pods(of) => world::Client::Pods {
                namespaces: of.namespaces.clone(),
                pods: of.pods.clone(),
            },
        }
    }
}

/// Puts what the flags state over what the config states.
fn overrule(facts: &mut Facts, flags: &cli::Target) {
    let target = match (&flags.aks_version, &flags.cilium_version) {
        (Some(aks), _) => Some((&aks.0, "--aks-version")),
        (None, Some(cilium)) => Some((&cilium.0, "--cilium-version")),
        (None, None) => None,
    };
    if let Some((target, flag)) = target {
        facts.target = target.clone();
        facts.stated_at.insert("target".to_owned(), flag.to_owned());
    }
    state(facts, Range::Pods, &flags.pod_cidrs, "--pod-cidr");
    state(facts, Range::Nodes, &flags.node_cidrs, "--node-cidr");
    state(facts, Range::Services, &flags.service_cidrs, "--service-cidr");
}

/// What gets its addresses from a range.
#[derive(Debug, Clone, Copy)]
enum Range {
    Pods,
    Nodes,
    Services,
}

/// States CIDRs and where they stand, unless there are none.
fn state(facts: &mut Facts, range: Range, nets: &[IpNet], place: &str) {
    if nets.is_empty() {
        return;
    }
    let (list, key) = match range {
        Range::Pods => (&mut facts.pod_cidrs, "pod-cidrs"),
        Range::Nodes => (&mut facts.node_cidrs, "node-cidrs"),
        Range::Services => (&mut facts.service_cidrs, "service-cidrs"),
    };
    *list = nets.to_vec();
    facts.stated_at.insert(key.to_owned(), place.to_owned());
}

/// Reads ports by `name/PROTOCOL`.
fn named_ports(
    written: &BTreeMap<String, u16>,
    lines: &Lines,
    index: &str,
) -> Result<BTreeMap<(String, Protocol), PortNumber>, Stop> {
    let ports = written.iter().map(|(key, number)| {
        let wrong = |message: &str| lines.wrong(&["clusters", index, "named-ports", key], message);
        let (name, protocol) = key.split_once('/').unwrap_or((key, "TCP"));
        let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp]
            .into_iter()
            .find(|known| known.name() == protocol);
        let protocol = protocol.ok_or_else(|| wrong("a port is named as `metrics/TCP`, with TCP, UDP or SCTP"))?;
        let number = PortNumber::new(i64::from(*number)).ok_or_else(|| wrong("a port's number is 1 to 65535"))?;
        Ok(((name.to_owned(), protocol), number))
    });
    ports.collect()
}
