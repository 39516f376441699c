//! Puts a connection to the engine of every state and says in plain words what each answers.

use std::collections::BTreeSet;

use super::answer::{Answer, Elsewhere, InState, Passes, Stage};
use super::engines::{Engine, Said};
use super::passage::Pages;
use crate::engine::cilium::{Cilium, Config};
use crate::engine::npm::Npm;
use crate::engine::{ClassId, Flow, Inventory, Port, Ports, Space, Term, Transport};
use crate::parity::State;
use crate::policy::Direction;
use crate::source::Sources;

/// What a connection is judged by.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    pub(super) config: Config,
    pub(super) today: &'a State,
    pub(super) fixed: &'a State,
    pub(super) sources: &'a Sources,
}

/// The engine of every state.
pub(super) struct Bench<'a> {
    /// In the order of the states.
    judges: [Judge<'a>; 4],
}

/// An engine with the policies of one state.
pub(super) struct Judge<'a> {
    stage: Stage,
    pub(super) engine: Engine<'a>,
    pub(super) pages: Pages<'a>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(ground: Ground<'a>) -> Self {
        let stages = [
            Stage::NpmToday,
            Stage::NpmFixed,
            Stage::CiliumUnchanged,
            Stage::CiliumFixed,
        ];
        Self {
            judges: stages.map(|stage| Judge::new(stage, ground)),
        }
    }

    pub(super) const fn judges(&self) -> &[Judge<'a>] {
        &self.judges
    }

    /// Judges a connection in every state; on all ports where `port` is `None`.
    ///
    /// NPM after the changes is among the states only where it differs from NPM today.
    pub(super) fn states(&self, flow: &Flow, port: Option<Port>) -> Vec<InState> {
        let [today, meanwhile, unchanged, fixed] = self.judges.each_ref().map(|judge| judge.state(flow, port));
        let meanwhile = (!meanwhile.agrees_with(&today)).then_some(meanwhile);
        let states = [Some(today), meanwhile, Some(unchanged), Some(fixed)];
        states.into_iter().flatten().collect()
    }

    /// Adds to each side that denies on which other ports it would let the same connection through.
    pub(super) fn look_elsewhere(&self, states: &mut [InState], flow: &Flow) {
        for state in states {
            let denies = |side: &[Answer]| side.iter().any(|answer| !answer.allowed);
            let denying = [denies(&state.egress), denies(&state.ingress)];
            let judge = self.judges.iter().find(|judge| judge.stage == state.state);
            let Some(judge) = judge.filter(|_| denying.contains(&true)) else {
                continue;
            };
            let open = judge.state(flow, None);
            let sides = [
                (Direction::Egress, denying[0], open.egress),
                (Direction::Ingress, denying[1], open.ingress),
            ];
            for (direction, _, answers) in sides.into_iter().filter(|(_, denies, _)| *denies) {
                let allowing = answers.into_iter().filter(|answer| answer.allowed);
                state
                    .elsewhere
                    .extend(allowing.map(|answer| Elsewhere { direction, answer }));
            }
        }
    }
}

impl<'a> Judge<'a> {
    fn new(stage: Stage, ground: Ground<'a>) -> Self {
        let (inventory, space) = (ground.inventory, ground.space);
        let policies = match stage {
            Stage::NpmToday | Stage::CiliumUnchanged => ground.today,
            Stage::NpmFixed | Stage::CiliumFixed => ground.fixed,
        };
        let engine = match stage {
            Stage::NpmToday | Stage::NpmFixed => Engine::Npm(Npm::new(&policies.policies, inventory, space)),
            Stage::CiliumUnchanged | Stage::CiliumFixed => Engine::Cilium(Cilium::new(
                &policies.policies,
                policies.own_kinds(),
                ground.config,
                inventory,
                space,
            )),
        };
        Self {
            stage,
            engine,
            pages: Pages::new(policies, ground.sources),
        }
    }

    /// Asks for each piece of the ports, and joins those that are answered alike.
    fn state(&self, flow: &Flow, port: Option<Port>) -> InState {
        let mut joined: [Vec<(Said, Ports)>; 2] = Default::default();
        let (mut asked, mut passing) = (Ports::NONE, Ports::NONE);
        for (transport, first, last) in self.pieces(flow, port) {
            let ports = Ports::range(transport, first, last);
            let port = Port {
                transport,
                number: first,
            };
            let said = self.engine.sides(&Flow { port, ..*flow });
            if said.iter().flatten().all(|said| said.allowed) {
                passing = passing.union(&ports);
            }
            for (side, said) in joined.iter_mut().zip(said) {
                join(side, said, &ports);
            }
            asked = asked.union(&ports);
        }
        let verdict = match passing.is_empty() {
            true => Passes::Deny,
            false if passing == asked => Passes::Allow,
            false => Passes::SomePorts,
        };
        let [egress, ingress] = joined.map(|side| answers(side, &self.pages));
        InState {
            state: self.stage,
            verdict,
            ports: passing.to_string(),
            egress,
            ingress,
            elsewhere: Vec::new(),
        }
    }

    /// Cuts the ports where some rule for either end begins or ends, so that each piece is answered as its first port.
    fn pieces(&self, flow: &Flow, port: Option<Port>) -> Vec<(Transport, u16, u16)> {
        if let Some(port) = port {
            return vec![(port.transport, port.number, port.number)];
        }
        let terms = |class: Option<ClassId>, direction| class.map(|class| self.engine.terms(class, direction));
        let sides = [
            terms(flow.from.class(), Direction::Egress),
            terms(flow.to.class(), Direction::Ingress),
        ];
        let terms: Vec<Term> = sides.into_iter().flatten().flatten().collect();
        cut(&terms)
    }
}

fn join(side: &mut Vec<(Said, Ports)>, said: Option<Said>, ports: &Ports) {
    let Some(said) = said else { return };
    match side.iter_mut().find(|(known, _)| *known == said) {
        Some((_, known)) => *known = known.union(ports),
        None => side.push((said, ports.clone())),
    }
}

/// Puts what is allowed first.
fn answers(mut side: Vec<(Said, Ports)>, pages: &Pages<'_>) -> Vec<Answer> {
    side.sort_by(|(one, ports), (other, others)| (!one.allowed, ports).cmp(&(!other.allowed, others)));
    let answer = |(said, ports): (Said, Ports)| Answer {
        allowed: said.allowed,
        ports: ports.to_string(),
        because: said.because,
        policy: said.decided_by.and_then(|passage| pages.deciding(passage)),
    };
    side.into_iter().map(answer).collect()
}

fn cut(terms: &[Term]) -> Vec<(Transport, u16, u16)> {
    let ranges: BTreeSet<_> = terms.iter().flat_map(|term| term.ports.ranges()).collect();
    let mut pieces = Vec::new();
    for transport in Transport::ALL {
        let own = ranges.iter().filter(|range| range.0 == transport);
        let mut starts: BTreeSet<u16> = own
            .flat_map(|(_, first, last)| [Some(*first), last.checked_add(1)])
            .flatten()
            .collect();
        starts.insert(0);
        let starts: Vec<u16> = starts.into_iter().collect();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([u16::MAX]);
        pieces.extend(starts.iter().zip(ends).map(|(first, last)| (transport, *first, last)));
    }
    pieces
}
