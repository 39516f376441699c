//! A connection whose ends are found, on its way through the states.

use std::collections::BTreeSet;

use super::answer::{EndKind, EndSeen, Entry, InState, Stage, Through, Trace};
use super::ends::{EndName, EntryName, Question};
use super::judge::Bench;
use super::look::{Found, Who};
use super::nodes::Nodes;
use super::service::Translated;
use super::variants::{Forms, Variants};
use crate::engine::{Inventory, NodeId, Port, Space};
use crate::plan::{Plan, Status};
use crate::world::{Service, Workload};

/// A connection whose ends are found.
pub(super) struct Walk<'a> {
    pub(super) question: &'a Question,
    pub(super) plan: &'a Plan,
    pub(super) from: Found,
    pub(super) to: Found,
    pub(super) port: Option<Port>,
    pub(super) service: Option<(&'a Service, &'a Translated)>,
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    pub(super) bench: &'a Bench<'a>,
}

impl Walk<'_> {
    /// Walks from end to end.
    pub(super) fn direct(&self, nodes: &Nodes<'_>) -> Trace {
        self.judged(&self.from, None, nodes)
    }

    /// Walks through the service from the node that the packet enters at; a client in the cluster is on it.
    pub(super) fn through(&self, entry: Entry, asked: Option<&EntryName>, nodes: &mut Nodes<'_>) -> Trace {
        let named = asked.and_then(|asked| match asked {
            EntryName::Node(name) => nodes.id(name),
            EntryName::OwnNode | EntryName::OtherNode => None,
        });
        let backend = self.to.who.node();
        let node = match entry {
            Entry::OwnNode => backend.unwrap_or_else(|| nodes.another()),
            Entry::OtherNode => self.from.who.node().or(named).unwrap_or_else(|| nodes.another()),
        };
        let mut from = self.from.clone();
        if let Who::Pod { node: own @ None, .. } = &mut from.who {
            *own = Some(node);
        }
        self.judged(&from, Some((entry, node)), nodes)
    }

    fn judged(&self, from: &Found, entry: Option<(Entry, NodeId)>, nodes: &Nodes<'_>) -> Trace {
        let forms = Forms {
            world: &self.plan.world,
            inventory: self.inventory,
            space: self.space,
            nodes,
        };
        let via = entry.zip(self.service).map(|((_, node), (service, _))| {
            let backend = self.to.who.node();
            forms.entries(node, backend, service.local_traffic_only)
        });
        let variants = forms.of((from, &self.to), via, self.port);
        let mut states = self.bench.states(&variants.flow, self.port);
        let told = self.notes(&variants, &states);
        if self.port.is_some() {
            self.bench.look_elsewhere(&mut states, &variants.flow);
        }
        let world = &self.plan.world;
        let target = &world.facts.target;
        Trace {
            cluster: world.cluster.clone(),
            cilium: target.version.clone(),
            cilium_stated: target.stated,
            from: self.seen(from, &self.question.from, nodes),
            to: self.seen(&self.to, &self.question.to.end, nodes),
            port: self.port.map(|port| port.to_string()),
            via: entry.and_then(|(entry, node)| self.entered(entry, node, nodes)),
            states,
            notes: told,
        }
    }

    /// Gathers what a reader must know.
    fn notes(&self, variants: &Variants, states: &[InState]) -> Vec<String> {
        let of_service = self.service.and_then(|(_, translated)| translated.note.as_ref());
        let of_ends = [self.from.note.as_ref(), self.to.note.as_ref(), of_service];
        let mut notes: Vec<String> = of_ends.into_iter().flatten().cloned().collect();
        let asked = [self.question.from.to_string(), self.question.to.end.to_string()];
        notes.extend(variants.notes(asked, self.bench, states, self.port));
        notes.extend(warning(states));
        notes.extend(self.left_out(states));
        notes.extend(self.refused());
        notes
    }

    /// Says what `fix` would do beyond the chosen changes, where these do not give back what NPM lets through.
    fn left_out(&self, states: &[InState]) -> Option<String> {
        let of = |stage| states.iter().find(|state| state.state == stage);
        let (today, fixed) = of(Stage::NpmToday).zip(of(Stage::CiliumFixed))?;
        let left = |status| {
            self.plan
                .proposals
                .iter()
                .filter(move |it| it.status == Some(status))
                .count()
        };
        let (review, other) = (left(Status::NotChosen), left(Status::OtherPhase));
        let flags = match (review, other) {
            _ if fixed.agrees_with(today) => return None,
            (0, 0) => return None,
            (_, 0) => "`--fix review`",
            (0, _) => "`--phase all`",
            (_, _) => "`--fix review --phase all`",
        };
        Some(format!(
            "of all changes to the cluster {} are not chosen; {flags} judges with them",
            review + other
        ))
    }

    fn entered(&self, entry: Entry, node: NodeId, nodes: &Nodes<'_>) -> Option<Through> {
        let (service, translated) = self.service?;
        Some(Through {
            service: service.key.to_string(),
            port: translated.own.to_string(),
            entry,
            node: nodes.name(node).map(str::to_owned),
            local_traffic_only: service.local_traffic_only,
        })
    }

    /// Names the policies for either end that an engine refuses, so that they protect nothing there.
    fn refused(&self) -> Vec<String> {
        let ends = [&self.from, &self.to];
        let ends: Vec<&Workload> = ends
            .into_iter()
            .filter_map(|end| end.who.workload(&self.plan.world))
            .collect();
        let mut told = BTreeSet::new();
        for judge in self.bench.judges() {
            for (policy, why) in judge.engine.refused() {
                let named = judge.pages.named(policy);
                let named = named.filter(|_| ends.iter().any(|end| judge.pages.selects(policy, end)));
                told.extend(named.map(|named| format!("{} refuses {named} whole: {why}", judge.engine.name())));
            }
        }
        told.into_iter().collect()
    }

    fn seen(&self, found: &Found, asked: &EndName, nodes: &Nodes<'_>) -> EndSeen {
        let workload = found.who.workload(&self.plan.world);
        let (kind, address) = match &found.who {
            Who::Pod { address, .. } => (EndKind::Pod, *address),
            Who::Node { addresses, .. } => (EndKind::Node, addresses.first().copied()),
            Who::OwnNode | Who::LocalDns => (EndKind::Node, None),
            Who::Outside(address) => (EndKind::Outside, *address),
        };
        EndSeen {
            asked: asked.to_string(),
            kind,
            object: workload.map(|workload| format!("{} {}", workload.kind, workload.key)),
            node: found.who.node().and_then(|node| nodes.name(node)).map(str::to_owned),
            address: address.map(|address| address.to_string()),
        }
    }
}

/// Says so where the changes before the switch move what NPM lets through, which they must not.
fn warning(states: &[InState]) -> Option<String> {
    let differs = states.iter().any(|state| state.state == Stage::NpmFixed);
    differs.then(|| {
        "until the switch, NPM itself would answer otherwise once the chosen changes are in: no safe change may do \
         that, so please report it unless a review change says so"
            .to_owned()
    })
}
