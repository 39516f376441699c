//! Which pods a policy or a peer selects, and whether the files show all of them.

use std::collections::BTreeSet;

use super::World;
use super::facts::MinorVersion;
use super::labels::is_identity_label;
use super::selected::Selected;
use super::workload::Workload;
use crate::policy::{Entry, Namespace, Peer, Policy, Rule, Selector};

/// Labels that controllers put on pods and no template shows.
const SET_AT_RUN_TIME: &[&str] = &[
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
];

/// Pods by labels, in the own namespace or in namespaces by labels.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    own: &'a Namespace,
    pods: Option<&'a Selector>,
    namespaces: Option<&'a Selector>,
}

impl<'a> Reach<'a> {
    /// Returns the pods that a policy selects.
    pub const fn of_policy(policy: &'a Policy) -> Self {
        Self {
            own: &policy.key.namespace,
            pods: Some(&policy.selector),
            namespaces: None,
        }
    }

    /// Returns the pods that a peer of a policy in the namespace `own` selects; `None` for a block.
    pub const fn of_peer(own: &'a Namespace, peer: &'a Peer) -> Option<Self> {
        match peer {
            Peer::Pods { pods, namespaces } => Some(Self {
                own,
                pods: pods.as_ref(),
                namespaces: namespaces.as_ref(),
            }),
            Peer::Block(_) => None,
        }
    }

    /// Returns the pods of a namespace that have some labels.
    pub const fn within(namespace: &'a Namespace, pods: &'a Selector) -> Self {
        Self {
            own: namespace,
            pods: Some(pods),
            namespaces: None,
        }
    }

    /// Returns the known workloads whose pods are selected, in the order of the world; `hostNetwork` is never selected.
    pub fn workloads<'w>(&self, world: &'w World) -> Vec<&'w Workload> {
        Selected::by(&[*self], world).workloads().collect()
    }

    pub(super) const fn pods(&self) -> Option<&'a Selector> {
        self.pods
    }

    /// Returns the selected namespaces that have known workloads, as indices in the census.
    pub(super) fn homes(&self, world: &World) -> Vec<usize> {
        let census = world.census();
        let Some(namespaces) = self.namespaces else {
            return census.home_of(self.own, world).into_iter().collect();
        };
        let homes = census.homes().iter().enumerate();
        let selected = homes.filter(|(_, home)| namespaces.matches(&home.labels));
        selected.map(|(at, _)| at).collect()
    }

    /// Tells whether the files show every pod that can be selected.
    pub fn is_known(&self, world: &World) -> bool {
        let mut keys = self.pods.into_iter().flat_map(Selector::keys);
        let by_template = keys.all(|key| !SET_AT_RUN_TIME.contains(&key));
        by_template
            && self
                .namespaces
                .map_or_else(|| world.holds(self.own), |selector| world.holds_all(selector))
    }
}

impl World {
    /// Returns the known workloads of a namespace.
    pub fn workloads_in(&self, namespace: &Namespace) -> &[Workload] {
        let start = self
            .workloads
            .partition_point(|workload| workload.key.namespace < *namespace);
        let length = self.workloads[start..].partition_point(|workload| workload.key.namespace == *namespace);
        &self.workloads[start..start + length]
    }

    /// Tells whether some pod can be selected by both policies: by the known pods where all are known, else by what
    /// the selectors allow.
    pub fn may_select_the_same(&self, one: &Policy, other: &Policy) -> bool {
        let namespace = &one.key.namespace;
        if *namespace != other.key.namespace {
            return false;
        }
        let (here, there) = (Reach::of_policy(one), Reach::of_policy(other));
        if here.is_known(self) && there.is_known(self) {
            let there = there.workloads(self);
            let is_there = |workload: &Workload| there.iter().any(|other| std::ptr::eq(*other, workload));
            here.workloads(self).into_iter().any(is_there)
        } else {
            one.selector.can_meet(&other.selector)
        }
    }
}

/// Returns why a rule can allow more under Cilium than it says: a negative term on a pod label that Cilium leaves out
/// of identities matches every pod there.
pub fn widened_by_labels(policy: &Policy, rule: &Rule, version: MinorVersion) -> Option<String> {
    let of_peer = |peer: &'_ Entry<Peer>| match &peer.value {
        Peer::Pods { pods: Some(pods), .. } => unseen(pods, version),
        Peer::Pods { pods: None, .. } | Peer::Block(_) => None,
    };
    let key = unseen(&policy.selector, version).or_else(|| rule.peers.iter().find_map(of_peer))?;
    Some(format!(
        "Cilium does not see the pod label `{key}`, so `NotIn` and `DoesNotExist` on it match every pod"
    ))
}

/// Returns the label of a negative term that Cilium does not see.
fn unseen(pods: &Selector, version: MinorVersion) -> Option<String> {
    let terms = pods.expressions.iter().filter(|term| term.operator.is_negative());
    terms
        .map(|term| &term.key)
        .find(|key| !is_identity_label(key, version))
        .cloned()
}

/// Returns how many identities Cilium makes of the pods of workloads: distinct sets of the labels that it keeps.
pub fn identities<'w>(workloads: impl IntoIterator<Item = &'w Workload>, version: MinorVersion) -> usize {
    let kept = |workload: &'w Workload| -> Vec<(&'w str, &'w str)> {
        let labels = workload
            .labels
            .iter()
            .filter(|(key, _)| is_identity_label(key, version));
        labels.map(|(key, value)| (key.as_str(), value.as_str())).collect()
    };
    let identity = |workload: &'w Workload| (&workload.key.namespace, kept(workload));
    workloads.into_iter().map(identity).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Direction, Labels};
    use crate::world::sample::{deployment, policy, world};

    fn selected(peer: &str) -> Vec<String> {
        let mut host = deployment("shop/host", "app=web", &[]);
        host.host_network = true;
        let workloads = vec![
            deployment("shop/web", "app=web", &[]),
            deployment("shop/db", "app=db", &[]),
            deployment("data/db", "app=db", &[]),
            host,
        ];
        let mut world = world(
            18,
            vec![policy(&format!("{{ingress: [{{from: [{peer}]}}]}}"))],
            workloads,
        );
        world
            .namespaces
            .insert("data".into(), Labels::from([("team".into(), "data".into())]));
        let policy = &world.policies[0];
        let peer = &policy.section(Direction::Ingress).rules[0].value.peers[0].value;
        let reach = Reach::of_peer(&policy.key.namespace, peer).unwrap();
        reach
            .workloads(&world)
            .iter()
            .map(|workload| workload.key.to_string())
            .collect()
    }

    #[test]
    fn peers_select_pods_in_their_namespaces_and_never_on_the_host_network() {
        for (peer, pods) in [
            ("{podSelector: {}}", vec!["shop/db", "shop/web"]),
            ("{podSelector: {matchLabels: {app: web}}}", vec!["shop/web"]),
            ("{namespaceSelector: {}}", vec!["data/db", "shop/db", "shop/web"]),
            (
                "{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}",
                vec!["data/db", "shop/db"],
            ),
            ("{namespaceSelector: {matchLabels: {team: data}}}", vec!["data/db"]),
            (
                "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}",
                vec!["shop/db", "shop/web"],
            ),
        ] {
            assert_eq!(selected(peer), pods, "{peer}");
        }
    }

    #[test]
    fn labels_that_controllers_add_are_in_no_template() {
        let spec = |key: &str| format!("{{podSelector: {{matchLabels: {{{key}: x}}}}}}");
        for (key, known) in [
            ("app", true),
            ("job-name", false),
            ("apps.kubernetes.io/pod-index", false),
        ] {
            let world = world(18, vec![policy(&spec(key))], vec![deployment("shop/web", "app=x", &[])]);
            assert_eq!(Reach::of_policy(&world.policies[0]).is_known(&world), known, "{key}");
        }
    }

    #[test]
    fn a_negative_term_on_a_label_that_cilium_does_not_see_widens() {
        let unseen = "matchExpressions: [{key: pod-template-hash, operator: DoesNotExist}]";
        for (spec, widens) in [
            (format!("{{podSelector: {{{unseen}}}, ingress: [{{}}]}}"), true),
            (
                format!("{{ingress: [{{from: [{{podSelector: {{{unseen}}}}}]}}]}}"),
                true,
            ),
            (
                "{ingress: [{from: [{podSelector: {matchLabels: {pod-template-hash: a}}}]}]}".to_owned(),
                false,
            ),
            (
                "{ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}]}]}"
                    .to_owned(),
                false,
            ),
        ] {
            let policy = policy(&spec);
            let reason = widened_by_labels(&policy, &policy.ingress.rules[0].value, MinorVersion(18));
            assert_eq!(reason.is_some(), widens, "{spec}");
        }
    }

    #[test]
    fn an_identity_is_a_namespace_and_the_labels_that_cilium_keeps() {
        let pods = [
            deployment("shop/a", "app=web,pod-template-hash=1", &[]),
            deployment("shop/b", "app=web,pod-template-hash=2", &[]),
            deployment("data/a", "app=web", &[]),
            deployment("shop/c", "app=web,topology.kubernetes.io/zone=1", &[]),
        ];
        assert_eq!(identities(&pods, MinorVersion(18)), 3);
        assert_eq!(identities(&pods, MinorVersion(19)), 2);
    }
}
