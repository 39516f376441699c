//! Reports for tests.

use std::collections::BTreeMap;

use ciliate_transforms::report::{
    ClusterReport, Counts, Item, ItemKind, Location, Proof, Readiness, Report, SCHEMA, Section, Snippet, Status,
};
use ciliate_transforms::source::LineCol;
use ciliate_transforms::transform::{Grade, Phase};

/// Returns a report of a small run that says `items`.
pub(crate) fn report(items: Vec<Item>) -> Report {
    Report {
        schema: SCHEMA,
        counts: Counts {
            files: 100,
            documents: 120,
            policies: 34,
            workloads: 0,
            services: 1,
        },
        clusters: vec![ClusterReport {
            name: None,
            cilium: "1.17.9".to_owned(),
            aks: Some("1.32".to_owned()),
            target_stated: true,
            policies: 34,
            proof: Proof {
                classes: 36,
                sets: 1204,
                lost: 0,
                gained: 0,
            },
            assumptions: vec!["a namespace with a workload in the tree has all its workloads there".to_owned()],
        }],
        items,
        skipped: Vec::new(),
        failures: Vec::new(),
        changed: Vec::new(),
        made: false,
        overlay_folders: Vec::new(),
        readiness: vec![Section {
            title: "NetworkPolicy with ipBlock",
            state: Readiness::ToDo,
            chosen: 1,
            other_phase: 0,
            open: 2,
        }],
    }
}

/// Returns an item of a kind, without a place.
pub(crate) fn item(kind: ItemKind) -> Item {
    Item {
        name: "ip-block",
        kind,
        cluster: None,
        subject: Some("NetworkPolicy payments/api".to_owned()),
        location: None,
        snippet: None,
        message: "this block no longer reaches pods under Cilium".to_owned(),
        label: String::new(),
        help: String::new(),
        notes: Vec::new(),
        overlay: None,
        waiting: BTreeMap::new(),
        ignored: None,
    }
}

/// Returns a chosen safe change with its snippet.
pub(crate) fn safe() -> Item {
    let text = "        cidr: 10.0.0.0/8\n";
    Item {
        location: Some(Location {
            path: "clusters/prod/payments/netpol.yaml".to_owned(),
            start: LineCol { line: 41, column: 15 },
            end: LineCol { line: 41, column: 25 },
            start_byte: 1000,
            end_byte: 1010,
        }),
        snippet: Some(Snippet {
            is_cut: false,
            text: text.to_owned(),
            first_line: 41,
            marked: 14..24,
        }),
        label: "contains the pod CIDR 10.244.0.0/16 (.ciliate.yaml:7)".to_owned(),
        help: "add `namespaceSelector: {}` beside it".to_owned(),
        ..item(ItemKind::Change {
            grade: Grade::Safe,
            phase: Phase::Before,
            status: Status::Chosen,
        })
    }
}
