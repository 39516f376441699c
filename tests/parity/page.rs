//! The page `docs/parity.md`.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::{Judged, Moved};
use crate::run::TARGET;
use crate::{left, percent};

/// Returns the page.
pub(crate) fn render(clusters: &[Judged]) -> String {
    let flows: usize = clusters.iter().map(|cluster| cluster.flows).sum();
    let families: BTreeSet<&str> = clusters.iter().map(|cluster| cluster.family.as_str()).collect();
    let (count, families) = (clusters.len(), families.len());
    let all = left(clusters).count();
    let unnamed = left(clusters).filter(|(_, left)| left.names.is_empty()).count();
    let (states, table) = (states(clusters), table(clusters));
    format!(
        "\
# Parity on the recorded clusters
How many connections change their verdict when a cluster moves from Azure NPM to Cilium {TARGET}, as it is and after \
`ciliate fix`, and what says so.

`testdata/conformance` holds small clusters with connections and the verdict that each engine gave of them (its README \
tells how). Those that count here have both verdicts, both engines with their defaults, and policies that an API server \
takes: {count} clusters of {families} families with {flows} connections. Each cluster is written out as manifests and \
given to the program with its pod, node and service CIDRs; the files are read back, and every connection is judged \
again under Cilium. Each cluster was made to show what differs, so the shares are far above those of a usual tree.

{states}
Safe changes move no connection away from NPM's verdict that Cilium would have judged alike, and what lands before the \
switch, with all of review, moves none under NPM.

## What still differs
Of the {all} connections that differ after all of review, {unnamed} are not named. A connection is named by a finding, \
a change that is not made, or a change made whose reasons say what it opens, where that speaks of the policy's rule or \
the service which decides it; with several, each is listed. Dropped: NPM allows it and Cilium does not. Open: the \
other way round.

{table}
This page is made by `UPDATE_DOCS=1 cargo test --test parity`.
"
    )
}

fn states(clusters: &[Judged]) -> String {
    let row = |state: &str, of: fn(&Judged) -> Moved| {
        let Moved { dropped, opened } = Moved::sum(clusters.iter().map(of));
        let (of_dropped, of_opened) = (percent(dropped, clusters), percent(opened, clusters));
        format!("| {state} | {dropped} | {of_dropped:.2} % | {opened} | {of_opened:.2} % |\n")
    };
    [
        "| Cilium | dropped | | open | |\n|---|--:|--:|--:|--:|\n".to_owned(),
        row("nothing changed", |cluster| cluster.naive),
        row("`fix --phase all`: safe changes", |cluster| cluster.safe),
        row("`fix --phase all --fix review`: all changes", |cluster| cluster.review),
    ]
    .concat()
}

/// Returns the table by what names a flow and by family, with the sums of each name.
fn table(clusters: &[Judged]) -> String {
    let mut by_names: BTreeMap<&BTreeSet<&str>, BTreeMap<&str, Moved>> = BTreeMap::new();
    for (cluster, left) in left(clusters) {
        let moved = by_names
            .entry(&left.names)
            .or_default()
            .entry(&cluster.family)
            .or_default();
        moved.dropped += usize::from(!left.opened);
        moved.opened += usize::from(left.opened);
    }
    let row = |first: &str, second: &str, moved: Moved| {
        format!("| {first} | {second} | {} | {} |\n", moved.dropped, moved.opened)
    };
    let mut table = "| named by | family | dropped | open |\n|---|---|--:|--:|\n".to_owned();
    for (names, families) in by_names {
        let pages: Vec<String> = names.iter().map(|name| page(name)).collect();
        let named_by = if pages.is_empty() {
            "nothing".to_owned()
        } else {
            pages.join(", ")
        };
        table += &row(&named_by, "*all*", Moved::sum(families.values().copied()));
        for (family, moved) in families {
            table += &row("", family, moved);
        }
    }
    table
}

fn page(name: &str) -> String {
    format!("[{name}](../transforms/catalog/{}.md)", name.replace('-', "_"))
}
