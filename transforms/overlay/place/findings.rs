//! What is said of overlays that have no place or that a person edited.

use super::Placer;
use crate::policy::{Overlay, Spot};
use crate::transform::{Finding, Severity};

impl Placer<'_, '_> {
    pub(super) fn tell_edited(&mut self) {
        let edited = self.standing.iter().filter(|one| one.is_edited());
        self.placement.findings.extend(edited.map(|one| {
            let finding = Finding {
                spot: Some(one.policy.place.spot()),
                severity: Severity::Warning,
                message: format!(
                    "a person edited this overlay of {}: it is neither updated nor removed",
                    one.owned.source
                ),
                label: "its `spec` is not the one that was written".to_owned(),
                help: "delete it and run again to have it back, or take our label and annotations off to keep it"
                    .to_owned(),
                notes: Vec::new(),
            };
            ("edited-overlay", finding)
        }));
    }

    pub(super) fn tell_synced(&mut self, dir: &str) {
        let told = self
            .placement
            .findings
            .iter()
            .any(|(name, _)| *name == "synced-overlays");
        let Some(object) = self.run.synced_by.filter(|_| !told) else {
            return;
        };
        let finding = Finding {
            spot: None,
            severity: Severity::Error,
            message: format!(
                "{object} syncs `{dir}`, so no overlay is written there: before the switch it would break the sync"
            ),
            label: String::new(),
            help: "set `overlays.dir` to a folder that nothing syncs, and sync it after the switch; or give \
                   --after-switch once the clusters run Cilium"
                .to_owned(),
            notes: Vec::new(),
        };
        self.placement.findings.push(("synced-overlays", finding));
    }

    pub(super) fn tell_no_place(&mut self, overlay: &Overlay, spot: Spot) {
        let transform = overlay.transform;
        let source = overlay.sources.first();
        let is_told = source.is_some_and(|source| source.namespace.name().is_some());
        let (why, label, help) = if is_told {
            let help = "write its name and its namespace out, or run on the rendered manifests";
            (
                "no file can have its source's names",
                "no object of a cluster has such a name",
                help,
            )
        } else {
            let help = "give it with --namespace, or map folders to namespaces with `namespaces-by-path` of the config";
            ("its source's namespace can't be told", "no namespace is known", help)
        };
        let finding = Finding {
            spot: Some(spot),
            severity: Severity::Warning,
            message: format!("the overlay of {transform} is left out: {why}"),
            label: label.to_owned(),
            help: help.to_owned(),
            notes: Vec::new(),
        };
        self.placement.findings.push(("unknown-namespace", finding));
    }
}
