//! Plans → report: gathers what waits, and turns bytes into places for people.

use std::collections::BTreeMap;

use super::readiness::sections;
use super::{ChangedFile, ClusterReport, Counts, Failure, Item, ItemKind, Location, Report, SCHEMA, Skipped, Snippet};
use crate::plan::{Options, Plan, Proposal};
use crate::policy::Spot;
use crate::report::Status;
use crate::source::{FileId, LineIndex, Sources, Span};
use crate::transform::{Decision, Fact, Role, Subject};
use crate::world::{Facts, World, aks};

/// The finding under which everything that waits for a fact is gathered.
pub const MISSING_FACT: &str = "missing-fact";

/// The finding on how the input was parted, which is of no single cluster.
const MIXED_CLUSTERS: &str = "mixed-clusters";

/// What a run knows beside its plans.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How much was read.
    pub counts: Counts,
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
    let mut places = Places {
        sources,
        indexes: BTreeMap::new(),
    };
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
        mut skipped,
        mut failures,
        changed,
        made,
        overlay_folders,
    } = outcome;
    skipped.sort();
    failures.sort();
    let readiness = sections(&items, made);
    let clusters = plans.iter().map(|plan| cluster(&plan.world)).collect();
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

fn cluster(world: &World) -> ClusterReport {
    let target = &world.facts.target;
    ClusterReport {
        name: world.cluster.clone(),
        cilium: target.version.clone(),
        aks: target.aks.clone(),
        target_stated: target.stated,
        policies: world.policies.len() as u64,
        assumptions: assumptions(&world.facts),
    }
}

fn assumptions(facts: &Facts) -> Vec<String> {
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
    let mut item = Item {
        name: proposal.transform.id,
        kind: ItemKind::Manual { fact: None },
        cluster: plan
            .world
            .cluster
            .clone()
            .filter(|_| proposal.transform.id != MIXED_CLUSTERS),
        subject: subject_name(proposal.subject, &plan.world),
        location: None,
        snippet: None,
        message: String::new(),
        label: String::new(),
        help: String::new(),
        notes: Vec::new(),
        overlay: None,
        waiting: BTreeMap::new(),
        ignored: proposal.ignored.clone(),
    };
    let spot = match &proposal.decision {
        Decision::NotNeeded | Decision::Waits { .. } => return None,
        Decision::Change(change) => {
            let Role::Changes(phase) = proposal.transform.role else {
                return None;
            };
            let status = proposal.status.unwrap_or(Status::NotChosen);
            item.kind = ItemKind::Change {
                grade: change.grade.clone(),
                phase,
                status,
            };
            item.message.clone_from(&change.message);
            item.label.clone_from(&change.label);
            item.help.clone_from(&change.action);
            item.notes.clone_from(&change.notes);
            item.overlay.clone_from(&proposal.overlay_path);
            Some(change.spot)
        }
        Decision::Manual(manual) => {
            item.message.clone_from(&manual.message);
            item.label.clone_from(&manual.label);
            item.help.clone_from(&manual.supply);
            item.notes.clone_from(&manual.notes);
            Some(manual.spot)
        }
        Decision::Finding(finding) => {
            item.kind = ItemKind::Finding {
                severity: finding.severity,
            };
            item.message.clone_from(&finding.message);
            item.label.clone_from(&finding.label);
            item.help.clone_from(&finding.help);
            item.notes.clone_from(&finding.notes);
            finding.spot
        }
    };
    if let Some(spot) = spot {
        (item.location, item.snippet) = places.locate(spot);
    }
    Some(item)
}

fn subject_name(subject: Subject, world: &World) -> Option<String> {
    match subject {
        Subject::Policy(id) => Some(format!("NetworkPolicy {}", world.policy(id).key)),
        Subject::Service(id) => Some(format!("Service {}", world.service(id).key)),
        Subject::Cluster => None,
    }
}

/// Returns one item per fact that something waits for.
fn missing_facts(plan: &Plan, options: &Options, places: &mut Places<'_>) -> Vec<Item> {
    if !options.runs(MISSING_FACT) {
        return Vec::new();
    }
    let mut waiting: BTreeMap<Fact, Vec<(&Spot, &str, &'static str)>> = BTreeMap::new();
    let is_chosen = |role| match role {
        Role::Changes(phase) => options.phases.include(phase),
        Role::Finds(_) => true,
    };
    let asked = |proposal: &&Proposal| proposal.ignored.is_none() && is_chosen(proposal.transform.role);
    for proposal in plan.proposals.iter().filter(asked) {
        if let Decision::Waits { fact, spot, what } = &proposal.decision {
            waiting
                .entry(*fact)
                .or_default()
                .push((spot, what, proposal.transform.id));
        }
    }
    let mut items = Vec::new();
    for (fact, mut what) in waiting {
        what.sort();
        what.dedup();
        let (location, snippet) = what.first().map_or((None, None), |(spot, ..)| places.locate(**spot));
        let notes = what
            .iter()
            .map(|(spot, what, id)| format!("{}: {id}: {what}", places.short(**spot)))
            .collect();
        let mut waiting = BTreeMap::new();
        for (.., id) in &what {
            *waiting.entry(*id).or_default() += 1;
        }
        let (count, waits) = (what.len(), if what.len() == 1 { "place waits" } else { "places wait" });
        items.push(Item {
            name: MISSING_FACT,
            kind: ItemKind::Manual { fact: Some(fact) },
            cluster: plan.world.cluster.clone(),
            subject: None,
            location,
            snippet,
            message: format!("{count} {waits} for the {fact}"),
            label: String::new(),
            help: format!("give {}", fact.supplied_by()),
            notes,
            overlay: None,
            waiting,
            ignored: None,
        });
    }
    items
}

/// Turns spots into places, with each file's lines counted once.
struct Places<'s> {
    sources: &'s Sources,
    indexes: BTreeMap<FileId, LineIndex>,
}

impl Places<'_> {
    fn locate(&mut self, spot: Spot) -> (Option<Location>, Option<Snippet>) {
        let Some(text) = self.sources.text(spot.file) else {
            return (None, None);
        };
        let index = self.indexes.entry(spot.file).or_insert_with(|| LineIndex::new(text));
        let Span { start, end } = spot.span;
        let location = Location {
            path: self.sources.path(spot.file).to_owned(),
            start: index.line_col(text, start),
            end: index.line_col(text, end),
            start_byte: start,
            end_byte: end,
        };
        let snippet = snippet(text, spot.span, location.start.line);
        (Some(location), Some(snippet))
    }

    /// Returns `path:line:column`.
    fn short(&mut self, spot: Spot) -> String {
        match self.locate(spot) {
            (Some(Location { path, start, .. }), _) => format!("{path}:{}:{}", start.line, start.column),
            (None, _) => self.sources.path(spot.file).to_owned(),
        }
    }
}

/// The most lines of source that a message shows.
const SNIPPET_LINES: usize = 6;

/// Cuts the lines around a span out of a text, at most [`SNIPPET_LINES`] of them.
fn snippet(text: &str, span: Span, first_line: u32) -> Snippet {
    let (start, end) = (span.start as usize, span.end as usize);
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut to = from;
    for line in text[from..].split_inclusive('\n').take(SNIPPET_LINES) {
        to += line.len();
        if to >= end {
            break;
        }
    }
    let shown = text[from..to].trim_end_matches(['\r', '\n']);
    // A span may end with line ends, which are not shown.
    let within = |at: usize| (at - from).min(shown.len());
    Snippet {
        text: shown.to_owned(),
        first_line,
        marked: within(start)..within(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_ends_within_the_lines_that_are_shown() {
        let text = "metadata:\r\n  nname: web\r\n\r\nspec: {}\r\n";
        let end = u32::try_from(text.find("spec").unwrap()).unwrap();
        let shown = snippet(text, Span::new(13, end), 2);
        assert_eq!(shown.text, "  nname: web");
        assert_eq!(shown.marked, 2..12);
    }
}
