//! Puts a connection to both engines and says in plain words what each answers.

use std::collections::BTreeSet;

use super::answer::{Answer, EngineRule, InState, Passes, Stage};
use super::passage::Pages;
use crate::engine::cilium::{self, Cilium, Config};
use crate::engine::npm::{self, Npm};
use crate::engine::{ClassId, End, Flow, Inventory, Passage, Port, Ports, Ruling, Space, Term, Transport, Verdict};
use crate::parity::State;
use crate::policy::Direction;
use crate::source::Sources;

/// What a connection is judged by.
pub(super) struct Ground<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) space: &'a Space,
    pub(super) config: Config,
    pub(super) today: &'a State,
    pub(super) fixed: &'a State,
    pub(super) sources: &'a Sources,
}

/// Both engines with both sets of policies.
pub(super) struct Bench<'a> {
    ground: Ground<'a>,
    npm: [Npm<'a>; 2],
    cilium: [Cilium<'a>; 2],
}

/// A side's answer in the form that both engines share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    allowed: bool,
    because: EngineRule,
    decided_by: Option<Passage>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(ground: Ground<'a>) -> Self {
        let (inventory, space, config) = (ground.inventory, ground.space, ground.config);
        let states = [ground.today, ground.fixed];
        Self {
            npm: states.map(|state| Npm::new(&state.policies, inventory, space)),
            cilium: states.map(|state| Cilium::new(&state.policies, state.own_kinds(), config, inventory, space)),
            ground,
        }
    }

    /// Judges a connection in every state; on all ports where `port` is `None`.
    pub(super) fn states(&self, flow: &Flow, port: Option<Port>) -> Vec<InState> {
        let [npm_today, npm_fixed] = &self.npm;
        let [unchanged, fixed] = &self.cilium;
        let (before, after) = (self.ground.today, self.ground.fixed);
        let by_npm = |stage, engine: &Npm<'_>, policies: &State| {
            let terms = terms(flow, |class, direction| engine.terms(class, direction));
            self.state(stage, policies, flow, &pieces(port, &terms), |flow| {
                let verdict = engine.verdict(flow);
                sides(verdict, |reason: npm::Reason| EngineRule {
                    id: reason.id(),
                    statement: reason.statement(),
                    source: reason.source().to_owned(),
                })
            })
        };
        let by_cilium = |stage, engine: &Cilium<'_>, policies: &State| {
            let terms = terms(flow, |class, direction| engine.terms(class, direction));
            self.state(stage, policies, flow, &pieces(port, &terms), |flow| {
                let verdict = engine.verdict(flow);
                sides(verdict, |reason: cilium::Reason| EngineRule {
                    id: reason.id(),
                    statement: reason.statement(),
                    source: format!("{}{}", cilium::Reason::SOURCE, reason.source()),
                })
            })
        };
        let today = by_npm(Stage::NpmToday, npm_today, before);
        let meanwhile = by_npm(Stage::NpmFixed, npm_fixed, after);
        let meanwhile = (!meanwhile.agrees_with(&today)).then_some(meanwhile);
        let mut states = vec![today];
        states.extend(meanwhile);
        states.push(by_cilium(Stage::CiliumUnchanged, unchanged, before));
        states.push(by_cilium(Stage::CiliumFixed, fixed, after));
        states
    }

    /// Asks for each piece of the ports, and joins those that are answered alike.
    fn state(
        &self,
        stage: Stage,
        policies: &State,
        flow: &Flow,
        pieces: &[(Transport, u16, u16)],
        ask: impl Fn(&Flow) -> [Option<Said>; 2],
    ) -> InState {
        let mut joined: [Vec<(Said, Ports)>; 2] = Default::default();
        let (mut asked, mut passing) = (Ports::NONE, Ports::NONE);
        for &(transport, first, last) in pieces {
            let ports = Ports::range(transport, first, last);
            let port = Port {
                transport,
                number: first,
            };
            let said = ask(&Flow { port, ..*flow });
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
        let pages = Pages {
            policies,
            sources: self.ground.sources,
        };
        let [egress, ingress] = joined.map(|side| answers(side, &pages));
        InState {
            state: stage,
            verdict,
            ports: passing.to_string(),
            egress,
            ingress,
        }
    }
}

fn sides<R>(verdict: Verdict<R>, rule: impl Fn(R) -> EngineRule) -> [Option<Said>; 2] {
    let said = |ruling: Ruling<R>| Said {
        allowed: ruling.allowed,
        because: rule(ruling.because),
        decided_by: ruling.decided_by,
    };
    [verdict.egress.map(&said), verdict.ingress.map(&said)]
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

/// Returns the terms of the pods at both ends.
fn terms(flow: &Flow, of: impl Fn(ClassId, Direction) -> Vec<Term>) -> Vec<Term> {
    let class = |end: &End| match end {
        End::Pod { class, .. } => Some(*class),
        End::Node { .. } | End::OwnNode | End::Outside(_) | End::ApiServer => None,
    };
    let egress = class(&flow.from).map(|class| of(class, Direction::Egress));
    let ingress = class(&flow.to).map(|class| of(class, Direction::Ingress));
    egress.into_iter().chain(ingress).flatten().collect()
}

/// Cuts the ports where some term begins or ends, so that each piece is answered as its first port is.
fn pieces(port: Option<Port>, terms: &[Term]) -> Vec<(Transport, u16, u16)> {
    if let Some(port) = port {
        return vec![(port.transport, port.number, port.number)];
    }
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
