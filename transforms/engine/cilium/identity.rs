//! Selectors as Cilium evaluates them: over the labels of identities, pods' and reserved ones.

use std::borrow::Cow;

use super::config::Config;
use crate::engine::inventory::{Classes, Inventory, meet};
use crate::engine::space::{Atoms, Space};
use crate::policy::{Namespace, Operator, Requirement, Selector};
use crate::world::labels::is_identity_label;

/// The label of the namespace that a pod is in.
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The prefix of a namespace's labels on its pods.
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
/// The label of the cluster that a pod is in.
const CLUSTER: &str = "io.cilium.k8s.policy.cluster";

/// What an identity is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Subject {
    /// A label of the pod.
    Label(String),
    /// The name of its namespace.
    Namespace,
    /// That it is in this very namespace.
    Own(Namespace),
    /// A label of its namespace.
    NamespaceLabel(String),
    /// The name of its cluster, which is the same for all.
    Cluster,
    /// A word for what is no pod.
    Reserved(String),
}

/// A term of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Term {
    subject: Subject,
    operator: Operator,
    values: Vec<String>,
}

/// A selector over identities: all terms hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct IdentitySelector {
    terms: Vec<Term>,
    /// Whether a value is none that a label can have.
    illegal: bool,
}

impl IdentitySelector {
    /// Makes the selector of a NetworkPolicy's peer: `namespaceSelector: {}` asks for a namespace (CIL-N3), none for
    /// the policy's own.
    pub(super) fn of_peer(pods: Option<&Selector>, namespaces: Option<&Selector>, own: &Namespace) -> Self {
        let mut terms = match namespaces {
            None => vec![Term::namespace(own)],
            Some(namespaces) if namespaces.is_empty() => vec![Term::any_namespace()],
            Some(namespaces) => terms(namespaces, |key| Subject::NamespaceLabel(key.to_owned())),
        };
        let on_pods = |key: &str| Subject::Label(key.to_owned());
        terms.extend(pods.map(|pods| self::terms(pods, on_pods)).unwrap_or_default());
        Self::new(terms)
    }

    /// Makes the selector of an entry of `fromEndpoints` or `toEndpoints`: without a term on namespaces it asks for the
    /// policy's own, in a clusterwide policy for any (CIL-C1).
    pub(super) fn of_endpoints(selector: &Selector, own: Option<&Namespace>) -> Self {
        let mut terms = terms(selector, Subject::of_key);
        let names_namespace = terms.iter().any(|term| term.subject == Subject::Namespace);
        let names_labels = terms
            .iter()
            .any(|term| matches!(term.subject, Subject::NamespaceLabel(_)));
        match own {
            Some(own) if !names_namespace && !names_labels => terms.push(Term::namespace(own)),
            None if !names_namespace => terms.push(Term::any_namespace()),
            Some(_) | None => {}
        }
        Self::new(terms)
    }

    /// Makes the selector of an `endpointSelector`, which never leaves the policy's namespace.
    pub(super) fn of_subject(selector: &Selector, own: Option<&Namespace>) -> Self {
        let mut terms = terms(selector, Subject::of_key);
        terms.extend(own.map(Term::namespace));
        Self::new(terms)
    }

    fn new(terms: Vec<Term>) -> Self {
        let illegal = terms
            .iter()
            .flat_map(|term| &term.values)
            .any(|value| !is_label_value(value));
        Self { terms, illegal }
    }

    /// Tells whether a value is none that a label can have.
    pub(super) const fn is_illegal(&self) -> bool {
        self.illegal
    }

    /// Tells whether no term asks for anything that only a pod has, so that reserved identities match (CIL-N4).
    pub(super) fn also_matches_reserved(&self, config: Config) -> bool {
        let names_cluster = self.terms.iter().any(|term| term.subject == Subject::Cluster);
        let scoped = config.local_cluster_only && !names_cluster;
        !scoped && self.terms.iter().all(|term| term.operator.is_negative())
    }
}

impl Term {
    fn namespace(name: &Namespace) -> Self {
        Self {
            subject: Subject::Own(name.clone()),
            operator: Operator::Exists,
            values: Vec::new(),
        }
    }

    const fn any_namespace() -> Self {
        Self {
            subject: Subject::Namespace,
            operator: Operator::Exists,
            values: Vec::new(),
        }
    }

    /// Returns the one namespace that the term stays in, if it does.
    const fn own(&self) -> Option<&Namespace> {
        match &self.subject {
            Subject::Own(own) => Some(own),
            Subject::Label(_)
            | Subject::Namespace
            | Subject::NamespaceLabel(_)
            | Subject::Cluster
            | Subject::Reserved(_) => None,
        }
    }
}

impl Subject {
    /// Reads a key of Cilium's own kinds: it may name its source, as in `k8s:app`.
    fn of_key(key: &str) -> Self {
        let (source, key) = key.split_once(':').unwrap_or(("any", key));
        if source == "reserved" {
            Self::Reserved(key.to_owned())
        } else if key == NAMESPACE {
            Self::Namespace
        } else if key == CLUSTER {
            Self::Cluster
        } else if let Some(label) = key.strip_prefix(NAMESPACE_LABELS) {
            Self::NamespaceLabel(label.to_owned())
        } else {
            Self::Label(key.to_owned())
        }
    }
}

fn terms(selector: &Selector, subject: impl Fn(&str) -> Subject) -> Vec<Term> {
    let labels = selector.labels.iter().map(|(key, value)| Term {
        subject: subject(key),
        operator: Operator::In,
        values: vec![value.clone()],
    });
    let expressions = selector
        .expressions
        .iter()
        .map(|Requirement { key, operator, values }| Term {
            subject: subject(key),
            operator: *operator,
            values: values.clone(),
        });
    labels.chain(expressions).collect()
}

fn is_label_value(value: &str) -> bool {
    let ends_well = |byte: &u8| byte.is_ascii_alphanumeric();
    let bytes = value.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_none_or(ends_well)
        && bytes.last().is_none_or(ends_well)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// Who has which labels, after the filter of a version.
#[derive(Debug)]
pub(super) struct Identities<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    pub(super) config: Config,
    /// The managed pods: those with a network of their own (CIL-R8).
    pub(super) managed: Classes,
}

impl<'a> Identities<'a> {
    pub(super) fn new(inventory: &'a Inventory, space: &'a Space, config: Config) -> Self {
        Self {
            inventory,
            space,
            config,
            managed: inventory.all() - inventory.host_network(),
        }
    }

    /// Returns the managed pods that a selector matches.
    pub(super) fn pods(&self, selector: &IdentitySelector) -> Classes {
        if selector.illegal {
            let all = self.config.illegal_selector_matches_all();
            return if all { self.managed.clone() } else { Classes::new() };
        }
        // A selector that stays in one namespace never looks at the pods of all others.
        let own = selector.terms.iter().find_map(Term::own);
        let home = own.map(|own| self.inventory.home(own));
        let Some(there) = home.map_or(Some(&self.managed), |home| home.map(|home| &home.classes)) else {
            return Classes::new();
        };
        let narrowed = |classes, term| self.narrowed(classes, term);
        let matching = selector.terms.iter().fold(Cow::Borrowed(there), narrowed);
        if own.is_some() {
            meet(&matching, &self.managed)
        } else {
            matching.into_owned()
        }
    }

    /// Returns everybody whom a selector matches.
    pub(super) fn atoms(&self, selector: &IdentitySelector) -> Atoms {
        let pods = self.space.pods(&self.pods(selector));
        let matches_all = selector.illegal && self.config.illegal_selector_matches_all();
        let reserved = !selector.illegal && selector.also_matches_reserved(self.config);
        if matches_all {
            self.space.everything()
        } else if reserved {
            pods | (self.space.everything() - self.space.pods(&self.inventory.all()))
        } else {
            pods
        }
    }

    /// Returns those of `classes` of which a term holds.
    fn narrowed<'c>(&self, classes: Cow<'c, Classes>, term: &Term) -> Cow<'c, Classes> {
        match self.having(term, &classes) {
            Having::All if term.operator.is_negative() => Cow::Owned(Classes::new()),
            Having::All => classes,
            Having::Some(having) if term.operator.is_negative() => Cow::Owned(&*classes - having),
            Having::Some(having) => Cow::Owned(having),
        }
    }

    /// Returns which of `classes` have what a term speaks of: one of its values, or any where it names none.
    fn having(&self, term: &Term, classes: &Classes) -> Having {
        let wanted = match term.operator {
            Operator::In | Operator::NotIn => Some(term.values.as_slice()),
            Operator::Exists | Operator::DoesNotExist => None,
        };
        let fits = |value: &str| wanted.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == value));
        Having::Some(match &term.subject {
            // The selector began with its own namespace; every cluster that is not joined to others has this name.
            Subject::Own(_) => return Having::All,
            Subject::Cluster if fits("default") => return Having::All,
            Subject::Namespace if term.operator == Operator::Exists => return Having::All,
            Subject::Label(key) if !is_identity_label(key, self.config.version) => Classes::new(),
            Subject::Label(key) => self.inventory.labelled(key).having(wanted, classes),
            Subject::Namespace => {
                let homes = self.inventory.homes().iter();
                let homes = homes.filter(|home| fits(home.namespace.name().unwrap_or_default()));
                homes.fold(Classes::new(), |all, home| all | meet(&home.classes, classes))
            }
            Subject::NamespaceLabel(key) => self.inventory.in_labelled(key).having(wanted, classes),
            Subject::Cluster | Subject::Reserved(_) => Classes::new(),
        })
    }
}

/// Which classes have what a term speaks of.
enum Having {
    /// Each that was asked for.
    All,
    /// These.
    Some(Classes),
}
