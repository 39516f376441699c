//! Plans → report: gathers what waits, and turns bytes into places for people.

use std::collections::{BTreeMap, BTreeSet};

use super::places::Places;
use super::readiness::sections;
use super::{ChangedFile, ClusterReport, Counts, Failure, Item, ItemKind, Report, SCHEMA, Skipped, Status};
use crate::catalog::{missing_fact, mixed_clusters, other_policies};
use crate::parity::Proof;
use crate::plan::{Options, Plan, Proposal};
use crate::policy::Spot;
use crate::source::Sources;
use crate::transform::{Decision, Fact, Role, Subject};
use crate::world::{Facts, World, aks};

/// What a run knows beside its plans.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How much was read.
    pub counts: Counts,
    /// How the chosen changes of each cluster were proven, in the order of the plans.
    pub proofs: Vec<Proof>,
    /// What was not looked at.
    pub skipped: Vec<Skipped>,
    /// What could not be read or proven.
    pub failures: Vec<Failure>,
    /// The files that changed or would change.
    pub changed: Vec<ChangedFile>,
    /// Whether the chosen changes were made.
    pub made: bool,
    /// Folders of overlays that nothing syncs yet, sorted.
    pub overlay_folders: Vec<String>,
}

/// Builds the report of a run.
pub fn build(plans: &[Plan], sources: &Sources, outcome: Outcome, options: &Options) -> Report {
    let mut places = Places::new(sources);
    let mut items = Vec::new();
    for plan in plans {
        let said = plan
            .proposals
            .iter()
            .filter_map(|proposal| item(proposal, plan, &mut places));
        items.extend(said);
        items.extend(missing_facts(plan, options, &mut places));
    }
    items.sort_by(|a, b| order(a).cmp(&order(b)));
    items.dedup();
    let Outcome {
        counts,
        proofs,
        mut skipped,
        mut failures,
        changed,
        made,
        overlay_folders,
    } = outcome;
    skipped.sort();
    failures.sort();
    let readiness = sections(&items, made);
    let proofs = proofs.into_iter().chain(std::iter::repeat(Proof::default()));
    let clusters = plans
        .iter()
        .zip(proofs)
        .map(|(plan, proof)| cluster(&plan.world, proof))
        .collect();
    Report {
        schema: SCHEMA,
        counts,
        clusters,
        items,
        skipped,
        failures,
        changed,
        made,
        overlay_folders,
        readiness,
    }
}

/// Returns what items are sorted by: place first, then who says it and what.
fn order(item: &Item) -> (Option<&str>, u32, &str, Option<&str>, &str) {
    let (path, byte) = item
        .location
        .as_ref()
        .map_or((None, 0), |at| (Some(at.path.as_str()), at.start_byte));
    (path, byte, item.name, item.cluster.as_deref(), &item.message)
}

fn cluster(world: &World, proof: Proof) -> ClusterReport {
    let target = &world.facts.target;
    ClusterReport {
        name: world.cluster.clone(),
        cilium: target.version.clone(),
        aks: target.aks.clone(),
        target_stated: target.stated,
        policies: world.policies.len() as u64,
        proof,
        assumptions: assumptions(&world.facts),
    }
}

/// Says what is taken for granted of a cluster, a sentence each.
pub fn assumptions(facts: &Facts) -> Vec<String> {
    let mut said = Vec::new();
    if !facts.target.stated {
        said.push(format!(
            "no target was stated: Cilium {} is assumed, the oldest on a supported AKS, and changes that depend on the \
             version are review",
            facts.target.version
        ));
    }
    said.extend(aks::assumption(&facts.target));
    said.push(
        if facts.dump {
            "the dump shows every workload of the cluster"
        } else if facts.stream {
            "the stream is one release among others: of no namespace are all workloads known"
        } else if facts.complete {
            "the manifests show every workload of the cluster but those of AKS's own namespaces"
        } else {
            "a namespace with a workload in these manifests has all its workloads in them; of other namespaces, and of \
             AKS's own, nothing is known"
        }
        .to_owned(),
    );
    said
}

/// Returns what a proposal says, if it says anything.
fn item(proposal: &Proposal, plan: &Plan, places: &mut Places<'_>) -> Option<Item> {
    let said = said(proposal)?;
    let (location, snippet) = said.spot.map_or((None, None), |spot| places.locate(spot));
    let id = proposal.transform.id;
    Some(Item {
        name: id,
        kind: said.kind,
        // What is said of the input as a whole is of no single cluster.
        cluster: plan
            .world
            .cluster
            .clone()
            .filter(|_| ![mixed_clusters::TRANSFORM.id, other_policies::TRANSFORM.id].contains(&id)),
        subject: subject_name(proposal.subject, &plan.world),
        location,
        snippet,
        message: said.message.to_owned(),
        label: said.label.to_owned(),
        help: said.help.to_owned(),
        notes: said.notes.to_vec(),
        overlay: proposal.overlay_path.clone(),
        waiting: BTreeMap::new(),
        ignored: proposal.ignored.clone(),
    })
}

/// The words of a decision, and where they point.
struct Said<'p> {
    kind: ItemKind,
    spot: Option<Spot>,
    message: &'p str,
    label: &'p str,
    help: &'p str,
    notes: &'p [String],
}

fn said(proposal: &Proposal) -> Option<Said<'_>> {
    match (&proposal.decision, proposal.transform.role) {
        (Decision::Change(change), Role::Changes(phase)) => Some(Said {
            kind: ItemKind::Change {
                grade: change.grade.clone(),
                phase,
                status: proposal.status.unwrap_or(Status::NotChosen),
            },
            spot: Some(change.spot),
            message: &change.message,
            label: &change.label,
            help: &change.action,
            notes: &change.notes,
        }),
        (Decision::Manual(manual), Role::Changes(_) | Role::Finds(_)) => Some(Said {
            kind: ItemKind::Manual { fact: None },
            spot: Some(manual.spot),
            message: &manual.message,
            label: &manual.label,
            help: &manual.supply,
            notes: &manual.notes,
        }),
        (Decision::Finding(finding), Role::Changes(_) | Role::Finds(_)) => Some(Said {
            kind: ItemKind::Finding {
                severity: finding.severity,
            },
            spot: finding.spot,
            message: &finding.message,
            label: &finding.label,
            help: &finding.help,
            notes: &finding.notes,
        }),
        (Decision::Change(_), Role::Finds(_))
        | (Decision::Waits { .. } | Decision::NotNeeded, Role::Changes(_) | Role::Finds(_)) => None,
    }
}

fn subject_name(subject: Subject, world: &World) -> Option<String> {
    match subject {
        Subject::Policy(id) => Some(format!("NetworkPolicy {}", world.policy(id).key)),
        Subject::Service(id) => Some(format!("Service {}", world.service(id).key)),
        Subject::Cluster => None,
    }
}

/// Where something waits for a fact, what it is, and the transform that asks.
type Wait<'p> = (Spot, &'p str, &'static str);

/// Returns one item per fact that something waits for.
fn missing_facts(plan: &Plan, options: &Options, places: &mut Places<'_>) -> Vec<Item> {
    if !options.runs(missing_fact::TRANSFORM.id) {
        return Vec::new();
    }
    let is_chosen = |role| match role {
        Role::Changes(phase) => options.phases.include(phase),
        Role::Finds(_) => true,
    };
    let asks = |proposal: &&Proposal| proposal.ignored.is_none() && is_chosen(proposal.transform.role);
    let mut waits: BTreeMap<Fact, BTreeSet<Wait<'_>>> = BTreeMap::new();
    for proposal in plan.proposals.iter().filter(asks) {
        if let Decision::Waits { fact, spot, what } = &proposal.decision {
            waits
                .entry(*fact)
                .or_default()
                .insert((*spot, what, proposal.transform.id));
        }
    }
    waits
        .into_iter()
        .map(|(fact, waits)| gathered(fact, &waits, plan, places))
        .collect()
}

/// Gathers everything that waits for one fact.
fn gathered(fact: Fact, waits: &BTreeSet<Wait<'_>>, plan: &Plan, places: &mut Places<'_>) -> Item {
    let (location, snippet) = waits.first().map_or((None, None), |(spot, ..)| places.locate(*spot));
    let notes = waits
        .iter()
        .map(|(spot, what, id)| format!("{}: {id}: {what}", places.short(*spot)))
        .collect();
    let mut waiting = BTreeMap::new();
    for (.., id) in waits {
        *waiting.entry(*id).or_default() += 1;
    }
    let (count, wait) = (
        waits.len(),
        if waits.len() == 1 { "place waits" } else { "places wait" },
    );
    Item {
        name: missing_fact::TRANSFORM.id,
        kind: ItemKind::Manual { fact: Some(fact) },
        cluster: plan.world.cluster.clone(),
        subject: None,
        location,
        snippet,
        message: format!("{count} {wait} for the {fact}"),
        label: String::new(),
        help: format!("give {}", fact.supplied_by()),
        notes,
        overlay: None,
        waiting,
        ignored: None,
    }
}
