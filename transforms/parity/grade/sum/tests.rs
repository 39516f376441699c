//! What is told of a step is what adding up all policies in each of its two versions comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::engine::{Atoms, Contribution, Partition, PolicyRef, Term, Transport};

/// How many policies there are; each has two versions.
const POLICIES: usize = 4;

fn term(denies: bool) -> impl Strategy<Value = Term> {
    let atoms = proptest::collection::vec(0_u32..6, 1..4);
    (atoms, 1_u16..8, 0_u16..4).prop_map(move |(atoms, first, length)| Term {
        atoms: Arc::new(atoms.into_iter().collect::<Atoms>()),
        ports: Ports::range(Transport::Tcp, first, first + length),
        denies,
    })
}

/// Every version of every policy.
fn contributions() -> impl Strategy<Value = Vec<Contribution>> {
    let terms = || {
        let allowed = proptest::collection::vec(term(false), 0..3);
        (allowed, proptest::collection::vec(term(true), 0..2))
    };
    let one = (any::<bool>(), terms());
    proptest::collection::vec(one, 2 * POLICIES).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        let each = numbered.map(|(index, (isolates, (allowed, denied)))| Contribution {
            policy: PolicyRef::Network(index),
            isolates,
            terms: [allowed, denied].concat(),
        });
        each.collect()
    })
}

/// Adds up what passes of a part, policy by policy.
fn plainly(weights: &[&Weight], always: &Ports, reached: &Ports, part: usize) -> Ports {
    let (mut isolates, mut open, mut denied) = (false, always.clone(), Ports::NONE);
    for weight in weights {
        isolates |= weight.isolates;
        open |= at(&weight.allows, part);
        denied |= at(&weight.denies, part);
    }
    let passes = reached.difference(&denied);
    if isolates { passes.intersection(&open) } else { passes }
}

proptest! {
    #[test]
    fn a_step_does_what_adding_up_all_policies_says(
        contributions in contributions(),
        always in term(false),
        reached in proptest::collection::vec(term(false), 1..4),
    ) {
        let terms = || contributions.iter().flat_map(|it| &it.terms).chain([&always]).chain(&reached);
        let partition = Partition::new(terms().map(|term| &term.atoms).collect::<Vec<_>>());
        let parts = partition.parts(terms());
        let (always, reached) = (parts.ports([&always]), parts.ports(&reached));
        let scale = Scale::new(&contributions, always.clone(), &parts);
        let version = |index| scale.of(Some(PolicyRef::Network(index)));
        let weights: Vec<&Weight> = (0..POLICIES).map(version).collect();
        let sum = Sum::new(weights.clone(), &scale, &reached);
        for part in 0..parts.len() {
            prop_assert_eq!(sum.passes(part), plainly(&weights, &always[part], &reached[part], part));
        }
        for index in 0..POLICIES {
            let step = [version(index), version(POLICIES + index)];
            let plain = |weight, part: usize| {
                let mut weights = weights.clone();
                weights[index] = weight;
                plainly(&weights, &always[part], &reached[part], part)
            };
            let mut effects: BTreeMap<usize, (Ports, [Ports; 2])> = BTreeMap::new();
            for (part, ports, sides) in sum.effects(index, step) {
                effects.insert(part, (ports, sides));
            }
            for part in 0..parts.len() {
                let sides = step.map(|weight| plain(weight, part));
                let Some((ports, told)) = effects.get(&part) else {
                    prop_assert_eq!(&sides[0], &sides[1]);
                    continue;
                };
                prop_assert_eq!(told, &sides.each_ref().map(|side| side.intersection(ports)));
                let elsewhere = sides.map(|side| side.difference(ports));
                prop_assert!(elsewhere[0] == elsewhere[1]);
            }
        }
    }
}
