//! `.ciliate.yaml` as types: what may stand in it, and its JSON Schema.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::cli::PhaseChoice;

/// The config of ciliate, `.ciliate.yaml`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "The config of ciliate")]
pub(crate) struct File {
    /// The version of this form of the file.
    #[schemars(range(min = 1, max = 1))]
    pub(crate) version: u8,
    /// The Cilium that all clusters will run.
    #[serde(default)]
    pub(crate) target: Option<Target>,
    /// Which side of the switch `fix` writes: `all`, once the clusters run Cilium.
    #[serde(default)]
    pub(crate) phase: Option<PhaseChoice>,
    /// The clusters of this tree; a file belongs to the first whose paths match it, else to all.
    #[serde(default)]
    pub(crate) clusters: Vec<Cluster>,
    /// Namespaces of manifests that name none; the first that matches wins.
    #[serde(default)]
    pub(crate) namespaces_by_path: Vec<NamespaceByPath>,
    /// Which files are read, and how.
    #[serde(default)]
    pub(crate) files: Files,
    /// The ways of the transforms.
    #[serde(default)]
    pub(crate) transforms: Transforms,
    /// Where overlays lie.
    #[serde(default)]
    pub(crate) overlays: Overlays,
    /// What ignores must have.
    #[serde(default)]
    pub(crate) ignores: Ignores,
}

/// The Cilium that a cluster will run: one of the two versions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Target {
    /// The AKS version, such as "1.32".
    #[serde(default)]
    pub(crate) aks_version: Option<String>,
    /// The Cilium version, such as "1.17.4".
    #[serde(default)]
    pub(crate) cilium_version: Option<String>,
}

/// A cluster and what is known of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Cluster {
    /// Its name, which reports and folders of overlays use.
    pub(crate) name: String,
    /// Globs of its files, from the config's folder; all files without it.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    /// The Cilium that it will run; beats the one of all clusters.
    #[serde(default)]
    pub(crate) target: Option<Target>,
    /// Where its pods get their addresses.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) pod_cidrs: Vec<IpNet>,
    /// Where its nodes get their addresses.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) node_cidrs: Vec<IpNet>,
    /// Where its services get their addresses.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) service_cidrs: Vec<IpNet>,
    /// Its IP families; IPv4 alone without it.
    #[serde(default)]
    pub(crate) ip_families: Vec<IpFamily>,
    /// Whether the tree has every workload of the cluster but those of AKS's own namespaces.
    #[serde(default)]
    pub(crate) complete: bool,
    /// Namespaces that no manifest describes, by name.
    #[serde(default)]
    pub(crate) namespaces: BTreeMap<String, Namespace>,
    /// Numbers of port names for pods that the files do not show, by `name/PROTOCOL`.
    #[serde(default)]
    pub(crate) named_ports: BTreeMap<String, u16>,
}

/// An IP family.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) enum IpFamily {
    /// IPv4.
    IPv4,
    /// IPv6.
    IPv6,
}

/// What is known of a namespace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Namespace {
    /// Its labels.
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
}

/// The namespace of manifests that name none, by their path.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamespaceByPath {
    /// A glob from the config's folder; what each `*` matched is `$1`, `$2`, ….
    pub(crate) path: String,
    /// The namespace, `$1` and so on replaced.
    pub(crate) namespace: String,
}

/// Which files are read, and how.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Files {
    /// Globs of files that are left out.
    #[serde(default)]
    pub(crate) exclude: Vec<String>,
    /// Globs of files that are read to resolve ports, labels and services, but never edited.
    #[serde(default)]
    pub(crate) context: Vec<String>,
}

/// The ways of the transforms.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Transforms {
    /// Ranges of ports.
    #[serde(default)]
    pub(crate) end_port: EndPort,
    /// Names of ports.
    #[serde(default)]
    pub(crate) named_port: NamedPort,
    /// Blocks that contain the pods.
    #[serde(default)]
    pub(crate) ip_block: IpBlock,
    /// Services that bring clients from outside.
    #[serde(default)]
    pub(crate) load_balancer: LoadBalancer,
}

/// Ranges of ports.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct EndPort {
    /// The most single ports that a range may become; 1024 without it.
    #[serde(default)]
    pub(crate) max_ports: Option<u16>,
}

/// Names of ports.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NamedPort {
    /// What to do where a name has several numbers and labels cannot tell the pods apart.
    #[serde(default)]
    pub(crate) on_conflict: OnConflict,
    /// What to do with names of ingress rules.
    #[serde(default)]
    pub(crate) ingress: IngressNames,
}

/// What to do where a name has several numbers.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OnConflict {
    /// Say so and change nothing.
    #[default]
    Report,
    /// Write every number for all peers.
    Union,
}

/// What to do with names of ingress rules.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum IngressNames {
    /// Write the number where every selected pod agrees.
    #[default]
    Write,
    /// Leave them.
    Keep,
}

/// Blocks that contain the pods.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IpBlock {
    /// Which peers are written beside a block.
    #[serde(default)]
    pub(crate) peers: Peers,
}

/// Which peers are written beside a block.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Peers {
    /// `namespaceSelector: {}` and `podSelector: {}`, as Microsoft's guide has it.
    #[default]
    Guide,
    /// `namespaceSelector: {}` alone, which says the same.
    Minimal,
    /// No peer list at all where a block is 0.0.0.0/0.
    Open,
}

/// Services that bring clients from outside.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadBalancer {
    /// The expected clients by `namespace/name` of the service.
    #[serde(default)]
    pub(crate) clients: BTreeMap<String, Vec<Client>>,
}

/// An expected client: a CIDR, or pods by labels.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Client {
    /// Addresses outside the cluster.
    Block(#[schemars(with = "String")] IpNet),
    /// Pods of the cluster.
    Pods(ClientPods),
}

/// Pods that are expected as clients.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientPods {
    /// Labels of their namespaces.
    #[serde(default)]
    pub(crate) namespaces: Option<BTreeMap<String, String>>,
    /// Labels of the pods.
    #[serde(default)]
    pub(crate) pods: Option<BTreeMap<String, String>>,
}

// By hand, because an untagged enum's error names neither the wrong key nor its place.
impl<'de> Deserialize<'de> for Client {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Client;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CIDR, or labels as {namespaces: {team: pay}, pods: {app: web}}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Client, E> {
                text.parse()
                    .map(Client::Block)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Client, A::Error> {
                ClientPods::deserialize(MapAccessDeserializer::new(map)).map(Client::Pods)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Where overlays lie.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlays {
    /// How they lie.
    #[serde(default)]
    pub(crate) layout: Layout,
    /// The folder of the separate layout, from the config's folder; `cilium-overlays` without it.
    #[serde(default)]
    pub(crate) dir: Option<String>,
}

/// How overlays lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Layout {
    /// In a folder of their own, outside of what is synced before the switch.
    #[default]
    Separate,
    /// Beside their sources.
    Beside,
}

/// What ignores must have.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Ignores {
    /// Whether an ignore without a reason does not hold.
    #[serde(default)]
    pub(crate) require_reason: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated;

    #[test]
    fn the_schema_is_that_of_the_types() -> serde_json::Result<()> {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(File))?;
        generated::assert_current("docs/config.schema.json", &(schema + "\n"));
        Ok(())
    }
}
