//! One concrete flow of a difference, if there is one: the other end must let it through as well.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;

use super::compare::{Course, Difference, Effect};
use super::setting::{Engines, Setting};
use crate::engine::{Atoms, ClassId, Classes, Peer, Port, Ports, Side, Term, Transport};
use crate::policy::Direction;

/// A flow that one engine lets through and the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The pod whose side differs.
    pub class: ClassId,
    /// The other end.
    pub peer: Peer,
    /// The port.
    pub port: Port,
}

/// The sides that pods have in one state and direction.
#[derive(Debug, Default)]
struct Ends {
    all: Vec<End>,
    /// The end of each class that has one.
    of_class: BTreeMap<u32, usize>,
}

impl Ends {
    /// Returns the ends that some classes have, in the order of their first classes.
    fn among(&self, classes: &Classes) -> Vec<&End> {
        if classes.len() < self.all.len() as u64 {
            let numbers: BTreeSet<usize> = classes
                .iter()
                .filter_map(|class| self.of_class.get(&class).copied())
                .collect();
            return numbers.into_iter().map(|number| &self.all[number]).collect();
        }
        let all = self.all.iter();
        all.filter(|end| !end.classes.is_disjoint(classes)).collect()
    }
}

/// Finds examples: what the other end of a flow between pods lets through is looked up once for alike pods.
#[derive(Debug)]
pub struct Examples<'a> {
    setting: &'a Setting<'a>,
    /// By state and side.
    ends: BTreeMap<(Allowing, Direction), Ends>,
    /// The pods among the other ends of differences, by the addresses of the sets.
    pods: RefCell<BTreeMap<usize, Rc<Pods>>>,
}

/// The pods among some ends.
#[derive(Debug)]
struct Pods {
    /// Keeps the address of the ends their own.
    _of: Arc<Atoms>,
    all: Classes,
    /// Those that files show.
    shown: Classes,
}

/// Pods with one side in common.
#[derive(Debug)]
struct End {
    classes: Classes,
    /// What the side lets through: no term denies.
    open: Vec<Term>,
}

/// The engine and state that lets a flow through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Allowing {
    NpmToday,
    CiliumToday,
    CiliumFixed,
}

impl Allowing {
    const EACH: [Self; 3] = [Self::NpmToday, Self::CiliumToday, Self::CiliumFixed];

    /// Returns who lets the flows of a difference through.
    const fn of(difference: &Difference) -> Self {
        match (difference.effect, difference.course) {
            (Effect::Lost, _) => Self::NpmToday,
            (Effect::Gained, Course::Mended) => Self::CiliumToday,
            (Effect::Gained, Course::Left | Course::Brought) => Self::CiliumFixed,
        }
    }
}

impl<'a> Examples<'a> {
    /// Groups the pods by what their sides let through.
    pub fn new(setting: &'a Setting<'a>, engines: &Engines<'_>) -> Self {
        let mut ends = BTreeMap::new();
        for allowing in Allowing::EACH {
            for direction in Direction::BOTH {
                ends.insert((allowing, direction), grouped(setting, engines, allowing, direction));
            }
        }
        Self {
            setting,
            ends,
            pods: RefCell::default(),
        }
    }

    /// Returns a flow of a difference that passes at both ends, to another workload that files show where that can be;
    /// `None` where the other ends never let one through.
    pub fn of(&self, difference: &Difference) -> Option<Example> {
        let pods = self.pods_among(&difference.peers);
        let others = &pods.shown - &difference.classes;
        self.between_pods(difference, &others)
            .or_else(|| self.between_pods(difference, &pods.shown))
            .or_else(|| self.beyond_pods(difference))
            .or_else(|| self.between_pods(difference, &pods.all))
    }

    /// Returns the pods among the other ends of a difference, which many have in common.
    fn pods_among(&self, ends: &Arc<Atoms>) -> Rc<Pods> {
        let mut known = self.pods.borrow_mut();
        let found = known.entry(Arc::as_ptr(ends).addr()).or_insert_with(|| {
            let all = self.setting.ground.space.classes(ends);
            let shown = &all - self.setting.ground.population.beyond_files();
            Rc::new(Pods {
                _of: ends.clone(),
                all,
                shown,
            })
        });
        found.clone()
    }

    fn between_pods(&self, difference: &Difference, peers: &Classes) -> Option<Example> {
        let space = &self.setting.ground.space;
        let opposite = difference.direction.opposite();
        let subjects = space.pods(&difference.classes);
        let ends = self.ends.get(&(Allowing::of(difference), opposite))?;
        ends.among(peers).into_iter().find_map(|end| {
            let peer = (&end.classes & peers).min()?;
            let mut apart = difference.classes.clone();
            apart.remove(peer);
            let (ports, subject) = end
                .lets_through(&space.pods(&apart), &difference.ports)
                .or_else(|| end.lets_through(&subjects, &difference.ports))?;
            let Peer::Pod(class, _) = space.peer(subject) else {
                return None;
            };
            let at = (space.pods(&[peer].into()) & &*difference.peers).min()?;
            Some(Example {
                class,
                peer: space.peer(at),
                port: sample(&ports)?,
            })
        })
    }

    fn beyond_pods(&self, difference: &Difference) -> Option<Example> {
        let space = &self.setting.ground.space;
        let mut others = space.others(&difference.peers);
        if others.len() > 1 {
            // Who else is there is nearer to a reader.
            others.remove(space.atom(Peer::ApiServer));
        }
        let first = space.peer(others.min()?);
        let known = space.addresses.cell(OF_DOCUMENTS);
        let known = match first {
            Peer::Outside(_) => Peer::Outside(known),
            Peer::Balanced(_) => Peer::Balanced(known),
            Peer::OwnNode | Peer::LocalDns | Peer::OtherNode(_) | Peer::ApiServer | Peer::Pod(..) => first,
        };
        let is_one = others.contains(space.atom(known));
        Some(Example {
            class: ClassId(difference.classes.min()?),
            peer: if is_one { known } else { first },
            port: sample(&difference.ports)?,
        })
    }
}

impl End {
    fn new(terms: Vec<Term>) -> Self {
        let open = if terms.iter().any(|term| term.denies) {
            let side = Side::of(&terms);
            let parts = side.parts().iter();
            parts
                .map(|part| Term::allow(Arc::new(part.atoms.clone()), part.ports.clone()))
                .collect()
        } else {
            terms
        };
        Self {
            classes: Classes::new(),
            open,
        }
    }

    /// Returns on which of `ports` the end lets one of `subjects` through, and which.
    fn lets_through(&self, subjects: &Atoms, ports: &Ports) -> Option<(Ports, u32)> {
        let open = self.open.iter().filter(|term| !term.atoms.is_disjoint(subjects));
        let mut shared = open.map(|term| (&term.atoms, term.ports.intersection(ports)));
        let (atoms, ports) = shared.find(|(_, ports)| !ports.is_empty())?;
        Some((ports, (&**atoms & subjects).min()?))
    }
}

fn grouped(setting: &Setting<'_>, engines: &Engines<'_>, allowing: Allowing, direction: Direction) -> Ends {
    let (npm_kind, cilium_kind) = (
        |class| engines.npm_today.kind(class, direction),
        |class| engines.cilium_today.kind(class, direction),
    );
    match allowing {
        Allowing::NpmToday => ends(setting, npm_kind, |class| engines.npm_today.terms(class, direction)),
        Allowing::CiliumToday => ends(setting, cilium_kind, |class| {
            engines.cilium_today.terms(class, direction)
        }),
        Allowing::CiliumFixed => ends(setting, cilium_kind, |class| {
            engines.cilium_fixed.terms(class, direction)
        }),
    }
}

/// Groups the pods by their terms: pods of many policies have few sides, such as that of all that receive nothing.
///
/// Pods of one kind, of those with the same named ports, have the same terms.
fn ends(setting: &Setting<'_>, kind: impl Fn(ClassId) -> usize, terms: impl Fn(ClassId) -> Vec<Term>) -> Ends {
    let inventory = &setting.ground.population.inventory;
    let mut ends = Ends::default();
    let mut of_kind: HashMap<(usize, usize), usize> = HashMap::new();
    // The sets of the engines outlive the addresses here, so that each stays its own.
    let mut known: HashMap<Vec<(usize, bool, Ports)>, usize> = HashMap::new();
    for class in inventory.all() - inventory.host_network() {
        let id = ClassId(class);
        let end = *of_kind.entry((kind(id), inventory.ports_kind(id))).or_insert_with(|| {
            let terms = terms(id);
            let address = |term: &Term| (Arc::as_ptr(&term.atoms).addr(), term.denies, term.ports.clone());
            let mut key: Vec<_> = terms.iter().map(address).collect();
            key.sort_unstable();
            key.dedup();
            *known.entry(key).or_insert_with(|| {
                ends.all.push(End::new(terms));
                ends.all.len() - 1
            })
        });
        ends.all[end].classes.insert(class);
        ends.of_class.insert(class, end);
    }
    ends
}

/// An address that stands for any outside in documents (RFC 5737), which is shown where a difference has it.
pub(super) const OF_DOCUMENTS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

/// Ports that readers know, which are shown where a difference has them.
const WELL_KNOWN: [u16; 3] = [443, 80, 8080];

/// Returns one of the ports.
fn sample(ports: &Ports) -> Option<Port> {
    let known = WELL_KNOWN.map(|number| Port {
        transport: Transport::Tcp,
        number,
    });
    let is_range = |&port: &Port| ports.contains(port);
    known.into_iter().find(is_range).or_else(|| ports.first())
}
