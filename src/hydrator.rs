//! The marks of Argo CD's hydrator: which files it writes, and from what.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use ciliate_transforms::plan::{DrySource, Hydrated};
use ciliate_transforms::world::build::{Input, InputRole};
use serde::Deserialize;

/// What the hydrator leaves in each folder that it writes.
const MARK: &str = "hydrator.metadata";

/// The most bytes of a mark that are read.
const LIMIT: u64 = 64 * 1024;

/// What a mark says.
#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(rename = "repoURL")]
    repository: Option<String>,
}

/// Returns the files with something to edit that lie beside a mark.
pub(crate) fn hydrated(inputs: &[Input]) -> Hydrated {
    let mut folders: BTreeMap<&Path, Option<DrySource>> = BTreeMap::new();
    let mut hydrated = Hydrated::new();
    for input in inputs {
        let is_edited = matches!(input.role, InputRole::Edit | InputRole::Overlays);
        let holds = !input.extract.policies.is_empty() || !input.extract.cilium_policies.is_empty();
        if let (true, Some(folder)) = (is_edited && holds, Path::new(&input.path).parent()) {
            let source = folders.entry(folder).or_insert_with(|| dry_source(folder));
            hydrated.extend(source.clone().map(|source| (input.path.clone(), source)));
        }
    }
    hydrated
}

/// Returns what the mark in a folder says; `None` without a mark. One that can't be read is a mark all the same.
fn dry_source(folder: &Path) -> Option<DrySource> {
    let path = folder.join(MARK);
    let found = fs::symlink_metadata(&path).ok()?;
    let repository = || {
        let mut text = String::new();
        File::open(&path).ok()?.take(LIMIT).read_to_string(&mut text).ok()?;
        serde_json::from_str::<Metadata>(&text).ok()?.repository
    };
    let repository = if found.is_file() { repository() } else { None };
    Some(DrySource { repository })
}
