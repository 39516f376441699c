//! Which namespaces the files show whole: only there is "no pod declares this" an answer.

use super::World;
use super::census::Home;
use super::facts::NAMESPACE_NAME_LABEL;
use crate::policy::{Namespace, Operator, Requirement, Selector};

/// Namespaces that AKS fills itself: no repository holds their workloads.
const OWN_OF_AKS: &[&str] = &[
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "gatekeeper-system",
    "calico-system",
    "tigera-operator",
    "app-routing-system",
    "dataprotection-microsoft",
];

/// Domains of the label keys that AKS puts on its own namespaces, and the keys that have no domain.
const LABELS_OF_AKS: &[&str] = &[
    "kubernetes.io",
    "k8s.io",
    "gatekeeper.sh",
    "azure.com",
    "control-plane",
    "name",
];

/// Tells whether AKS fills the namespace itself.
fn is_own_of_aks(namespace: &str) -> bool {
    OWN_OF_AKS.contains(&namespace) || namespace.starts_with("aks-")
}

impl World {
    /// Tells whether the files show every workload of a namespace.
    ///
    /// The standing assumption: where the tree has one workload of a namespace, it has all of them. A stream holds no
    /// namespace, a dump holds every one, and AKS's own are held by dumps alone.
    pub fn holds(&self, namespace: &Namespace) -> bool {
        if self.facts.dump {
            return true;
        }
        if self.facts.stream || namespace.name().is_some_and(is_own_of_aks) {
            return false;
        }
        self.facts.complete || !self.workloads_in(namespace).is_empty()
    }

    /// Tells whether every namespace that `selector` can select is held.
    pub(super) fn holds_all(&self, selector: &Selector) -> bool {
        let held = match names(selector) {
            Some(names) => names.iter().all(|name| self.holds(&Namespace::Named((*name).into()))),
            None => self.facts.dump || (self.facts.complete && !self.facts.stream && !self.can_be_aks(selector)),
        };
        held && self.census().homes().iter().all(|home| is_told(selector, home))
    }

    /// Tells whether `selector` can select a namespace of AKS's own.
    ///
    /// Their labels are AKS's: a selector that wants a label of another kind does not select them, unless a manifest
    /// puts that label there.
    fn can_be_aks(&self, selector: &Selector) -> bool {
        let wanted = selector.labels.iter().map(|(key, _)| key.as_str());
        let expressions = selector.expressions.iter().filter(|term| !term.operator.is_negative());
        let mut wanted = wanted.chain(expressions.map(|term| term.key.as_str()));
        let is_foreign = |key: &str| !LABELS_OF_AKS.iter().any(|&label| key == label || in_domain(key, label));
        let is_selected = |name: &str| {
            let (labels, _) = self.namespace_labels(&Namespace::Named(name.into()));
            selector.matches(&labels)
        };
        let mut described = self.namespaces.keys().filter(|name| is_own_of_aks(name));
        !wanted.any(is_foreign) || described.any(|name| is_selected(name))
    }
}

/// Tells whether the known labels of a namespace decide if `selector` selects it.
fn is_told(selector: &Selector, home: &Home) -> bool {
    home.described
        || selector.keys().all(|key| home.labels.contains_key(key))
        || home.labels.contains_key(NAMESPACE_NAME_LABEL) && !name_terms(selector).matches(&home.labels)
}

/// Tells whether the key's prefix is `domain` or below it.
fn in_domain(key: &str, domain: &str) -> bool {
    key.split_once('/')
        .and_then(|(prefix, _)| prefix.strip_suffix(domain))
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns the names that a selector narrows namespaces to, `None` where it does not go by name.
pub(crate) fn names(selector: &Selector) -> Option<Vec<&str>> {
    let by_label = selector.labels.iter().find(|(key, _)| key == NAMESPACE_NAME_LABEL);
    let is_list = |term: &&Requirement| term.key == NAMESPACE_NAME_LABEL && term.operator == Operator::In;
    let by_list = || selector.expressions.iter().find(is_list);
    by_label
        .map(|(_, name)| vec![name.as_str()])
        .or_else(|| by_list().map(|term| term.values.iter().map(String::as_str).collect()))
}

/// Returns the terms on the namespace's name alone.
fn name_terms(selector: &Selector) -> Selector {
    let mut terms = selector.clone();
    terms.labels.retain(|(key, _)| key == NAMESPACE_NAME_LABEL);
    terms.expressions.retain(|term| term.key == NAMESPACE_NAME_LABEL);
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Labels;
    use crate::world::sample::{deployment, world};

    fn selector(key: &str, operator: Operator, values: &[&str]) -> Selector {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        Selector {
            labels: Vec::new(),
            expressions: vec![Requirement {
                key: key.to_owned(),
                operator,
                values,
            }],
        }
    }

    fn two_namespaces() -> World {
        let workloads = vec![
            deployment("shop/api", "app=api", &[]),
            deployment("kube-system/dns", "app=dns", &[]),
        ];
        let mut world = world(18, Vec::new(), workloads);
        world
            .namespaces
            .insert("shop".into(), Labels::from([("team".into(), "a".into())]));
        world
    }

    #[test]
    fn one_workload_holds_a_namespace_but_none_of_aks() {
        let world = two_namespaces();
        for (namespace, held) in [
            ("shop", true),
            ("data", false),
            ("kube-system", false),
            ("aks-command", false),
        ] {
            assert_eq!(world.holds(&Namespace::Named(namespace.into())), held, "{namespace}");
        }
    }

    #[test]
    fn a_complete_tree_holds_what_aks_does_not_fill_and_a_dump_holds_all() {
        let mut world = two_namespaces();
        world.facts.complete = true;
        assert!(world.holds(&Namespace::Named("data".into())));
        assert!(!world.holds(&Namespace::Named("kube-system".into())));
        world.facts.dump = true;
        assert!(world.holds(&Namespace::Named("kube-system".into())));
    }

    #[test]
    fn namespaces_by_name_are_held_one_by_one_and_by_label_only_when_all_are() {
        let by_name = |names: &[&str]| selector(NAMESPACE_NAME_LABEL, Operator::In, names);
        let by_team = selector("team", Operator::Exists, &[]);
        let not_shop = selector(NAMESPACE_NAME_LABEL, Operator::NotIn, &["shop"]);
        let mut world = two_namespaces();
        world.namespaces.insert("kube-system".into(), Labels::new());
        for (complete, dump, answers) in [
            (false, false, [true, false, false, false, false]),
            (true, false, [true, false, true, false, false]),
            (false, true, [true, true, true, true, true]),
        ] {
            (world.facts.complete, world.facts.dump) = (complete, dump);
            let selectors = [
                by_name(&["shop"]),
                by_name(&["shop", "kube-system"]),
                by_team.clone(),
                not_shop.clone(),
                Selector::EVERYTHING,
            ];
            assert_eq!(
                selectors.map(|selector| world.holds_all(&selector)),
                answers,
                "{complete} {dump}"
            );
        }
    }

    #[test]
    fn a_label_of_a_namespace_that_no_manifest_describes_is_not_known() {
        let by_tier = selector("tier", Operator::Exists, &[]);
        for (described, held) in [(&["kube-system", "shop"][..], true), (&["kube-system"], false)] {
            let mut world = two_namespaces();
            world.facts.complete = true;
            world.namespaces = described.iter().map(|&name| (name.into(), Labels::new())).collect();
            assert_eq!(world.holds_all(&by_tier), held, "{described:?}");
        }
    }

    #[test]
    fn a_label_that_a_manifest_puts_on_a_namespace_of_aks_selects_it() {
        let mut world = two_namespaces();
        world.facts.complete = true;
        world
            .namespaces
            .insert("kube-system".into(), Labels::from([("team".into(), "platform".into())]));
        assert!(!world.holds_all(&selector("team", Operator::Exists, &[])));
        assert!(world.holds_all(&selector("team", Operator::In, &["a"])));
    }
}
