//! What can come to a pod: which ends the facts leave room for, and who is brought by a service.

use std::collections::BTreeMap;

use super::ground::Ground;
use crate::engine::{Atoms, ClassId, Classes, Ports, Term, share};
use crate::policy::{Direction, Selector};
use crate::world::{Service, ServicePort, TargetPort};

/// The flows that are compared, beyond which nothing can happen.
#[derive(Debug)]
pub(super) struct Reached {
    /// Every end but clients through services, on all ports; of each direction.
    ends: [Term; 2],
    /// The clients that services bring to each class, on the pods' ports.
    through_services: BTreeMap<u32, Vec<(usize, Term)>>,
}

impl Reached {
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        let space = &ground.space;
        let clients = space.balanced(&space.addresses.all());
        let ends = |direction| Term::allow(share(plausible(ground, direction) - &clients), Ports::all());
        let mut through_services: BTreeMap<u32, Vec<(usize, Term)>> = BTreeMap::new();
        // With the policy `Local` a client keeps its address, and is like any other from outside.
        let masquerading = ground.services.iter().enumerate();
        for (number, service) in masquerading.filter(|(_, service)| !service.local_traffic_only) {
            let clients = share(clients_of(service, ground));
            for class in &backends(service, ground) {
                let ports = ports_of(service, ClassId(class), ground);
                let term = Term::allow(clients.clone(), ports);
                through_services.entry(class).or_default().push((number, term));
            }
        }
        Self {
            ends: Direction::BOTH.map(ends),
            through_services,
        }
    }

    /// Returns what is compared of a class in a direction.
    pub(super) fn terms(&self, class: ClassId, direction: Direction) -> Vec<Term> {
        let [ingress, egress] = &self.ends;
        let ends = match direction {
            Direction::Ingress => ingress,
            Direction::Egress => egress,
        };
        let through_services = self.services_of(class, direction).iter().map(|(_, term)| term);
        [ends].into_iter().chain(through_services).cloned().collect()
    }

    /// Returns what decides what services bring to a class: their numbers, and the ports that they lead to.
    pub(super) fn profile(&self, class: ClassId, direction: Direction) -> Vec<(usize, Ports)> {
        let services = self.services_of(class, direction).iter();
        services.map(|(number, term)| (*number, term.ports.clone())).collect()
    }

    /// Returns whom services bring to a class and on which ports, each with the service's number.
    fn services_of(&self, class: ClassId, direction: Direction) -> &[(usize, Term)] {
        let through_services = self
            .through_services
            .get(&class.0)
            .filter(|_| direction == Direction::Ingress);
        through_services.map_or(&[], Vec::as_slice)
    }
}

/// Returns the ends that the facts leave room for: of IPv6 only where the cluster has it.
pub(super) fn plausible(ground: &Ground<'_>, direction: Direction) -> Atoms {
    let space = &ground.space;
    let plausible = space.plausible(direction);
    if ground.has_ipv6() {
        return plausible;
    }
    let ipv6 = space.addresses.ipv6();
    let pods = space.pods_at(&ground.population.inventory.all(), &ipv6);
    plausible - (pods | space.other_nodes(&ipv6) | space.outside(&ipv6) | space.balanced(&ipv6))
}

/// Returns the clients of a service: those of its source ranges where it has some, else all of outside.
fn clients_of(service: &Service, ground: &Ground<'_>) -> Atoms {
    let space = &ground.space;
    let ranges = service.source_ranges.iter().map(|&net| space.addresses.cells(net));
    let cells = ranges
        .reduce(|all, one| all | one)
        .unwrap_or_else(|| space.addresses.all());
    space.balanced(&cells) & plausible(ground, Direction::Ingress)
}

fn backends(service: &Service, ground: &Ground<'_>) -> Classes {
    let inventory = &ground.population.inventory;
    let home = inventory
        .home(&service.key.namespace)
        .filter(|_| !service.selector.is_empty());
    let classes = home
        .map(|home| &home.classes - inventory.host_network())
        .unwrap_or_default();
    let wanted = Selector::of_labels(&service.selector);
    let is_behind = |&class: &u32| wanted.matches(&inventory.class(ClassId(class)).labels);
    classes.iter().filter(is_behind).collect()
}

/// Returns the ports of a pod that a service leads to.
fn ports_of(service: &Service, class: ClassId, ground: &Ground<'_>) -> Ports {
    let pod = ground.population.inventory.class(class);
    let of_port = |port: &ServicePort| match &port.target {
        TargetPort::Number(number) => Ports::one(port.protocol.into(), *number),
        TargetPort::Name(name) => {
            let mut declared = pod
                .ports
                .iter()
                .filter(|(own, protocol, _)| own == name && *protocol == port.protocol);
            let number = declared.next().map(|(_, _, number)| *number);
            number.map_or(Ports::NONE, |number| Ports::one(port.protocol.into(), number))
        }
    };
    service
        .ports
        .iter()
        .map(of_port)
        .fold(Ports::NONE, |all, one| all.union(&one))
}
