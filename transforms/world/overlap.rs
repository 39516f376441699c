//! Whether two selectors meet in pods, as far as the files tell.

use super::World;
use super::reach::Reach;
use crate::policy::{Direction, Labels, Namespace, Policy, Selector};

impl World {
    /// Tells whether two selectors of one namespace surely or visibly select some pods together: one of them asks
    /// nothing, the labels that one asks for satisfy the other, or a known pod satisfies both.
    pub fn share_pods(&self, namespace: &Namespace, one: &Selector, other: &Selector) -> bool {
        one.matches(&asked_labels(other))
            || other.matches(&asked_labels(one))
            || Reach::within(namespace, one)
                .workloads(self)
                .into_iter()
                .any(|workload| other.matches(&workload.labels))
    }

    /// Returns the policies that isolate, in a direction, pods that `selector` selects in `namespace`.
    pub fn isolating<'a>(
        &'a self,
        namespace: &'a Namespace,
        selector: &'a Selector,
        direction: Direction,
    ) -> impl Iterator<Item = &'a Policy> {
        self.policies.iter().filter(move |policy| {
            policy.key.namespace == *namespace
                && policy.in_effect(direction)
                && self.share_pods(namespace, &policy.selector, selector)
        })
    }
}

/// Returns the fewest labels that satisfy the selector's positive terms.
fn asked_labels(selector: &Selector) -> Labels {
    let expressions = selector.expressions.iter().filter_map(|term| {
        let value = term.values.first().cloned().unwrap_or_default();
        (!term.operator.is_negative()).then(|| (term.key.clone(), value))
    });
    selector.labels.iter().cloned().chain(expressions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::sample::policy;

    #[test]
    fn without_known_pods_the_labels_asked_for_decide() {
        let selector = |text: &str| policy(&format!("{{podSelector: {text}}}")).selector;
        for (one, other, share) in [
            ("{}", "{matchLabels: {app: web}}", true),
            (
                "{matchLabels: {app: web}}",
                "{matchLabels: {app: web, tier: front}}",
                true,
            ),
            (
                "{matchExpressions: [{key: app, operator: In, values: [db, web]}]}",
                "{matchLabels: {app: web}}",
                true,
            ),
            ("{matchLabels: {app: web}}", "{matchLabels: {app: db}}", false),
            ("{matchLabels: {app: web}}", "{matchLabels: {tier: front}}", false),
        ] {
            let world = World::default();
            let namespace = Namespace::Named("shop".into());
            assert_eq!(
                world.share_pods(&namespace, &selector(one), &selector(other)),
                share,
                "{one} {other}"
            );
            assert_eq!(
                world.share_pods(&namespace, &selector(other), &selector(one)),
                share,
                "{other} {one}"
            );
        }
    }
}
