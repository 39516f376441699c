//! Namespaces that hold more than is compared, as failures: what was not said of them, and what to do.

use crate::draft::Failure;
use crate::policy::{Namespace, Spot};
use crate::source::{LineIndex, Sources};
use crate::world::World;

/// Says of each namespace that was cut, at the first of its policies, that nothing of it is proven.
///
/// `worlds` are those that show the cluster.
pub fn failures_of_cut<'n>(
    namespaces: impl IntoIterator<Item = &'n Namespace>,
    worlds: &[&World],
    sources: &Sources,
) -> Vec<Failure> {
    let failures = namespaces.into_iter().map(|namespace| {
        let spot = first_policy(namespace, worlds);
        let text = spot.and_then(|spot| Some((spot, sources.text(spot.file)?)));
        Failure {
            path: spot.map_or_else(String::new, |spot| sources.path(spot.file).to_owned()),
            at: text.map(|(spot, text)| LineIndex::new(text).line_col(text, spot.span.start)),
            message: format!(
                "namespace `{namespace}` holds too much to be compared: its policies tell nearly each pod from each \
                 other, as many negative selectors do. No safe change there is proven or made, and who can reach its \
                 pods is not said. Let fewer of its policies select or allow by `NotIn` or `DoesNotExist`, or part it"
            ),
        }
    });
    failures.collect()
}

fn first_policy(namespace: &Namespace, worlds: &[&World]) -> Option<Spot> {
    let network = worlds.iter().flat_map(|world| &world.policies);
    let network = network.map(|policy| (&policy.key.namespace, policy.place));
    let own_kinds = worlds.iter().flat_map(|world| &world.cilium_policies);
    let own_kinds = own_kinds.map(|policy| (&policy.key.namespace, policy.place));
    let mut here = network.chain(own_kinds).filter(|(home, _)| *home == namespace);
    here.next().map(|(_, place)| place.spot())
}
