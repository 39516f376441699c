//! The marks of Argo CD's hydrator: which files it writes, and from what.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use ciliate_transforms::plan::Hydrated;
use ciliate_transforms::world::build::{Input, InputRole};
use serde::Deserialize;

/// What the hydrator leaves in each folder that it writes.
const MARK: &str = "hydrator.metadata";

/// The most bytes of a mark that are read.
const LIMIT: u64 = 64 * 1024;

/// What a mark says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(rename = "repoURL")]
    repository: Option<String>,
}

/// Returns the files with something to edit that lie beside a mark.
pub(crate) fn hydrated(inputs: &[Input]) -> Hydrated {
    let mut folders: BTreeMap<&Path, Option<Option<String>>> = BTreeMap::new();
    let mut hydrated = Hydrated::new();
    for input in inputs {
        let is_edited = matches!(input.role, InputRole::Edit | InputRole::Overlays);
        let holds = !input.extract.policies.is_empty() || !input.extract.cilium_policies.is_empty();
        if let (true, Some(folder)) = (is_edited && holds, Path::new(&input.path).parent()) {
            let mark = folders.entry(folder).or_insert_with(|| mark(folder));
            hydrated.extend(mark.clone().map(|repository| (input.path.clone(), repository)));
        }
    }
    hydrated
}

/// Returns the repository that the mark in a folder names, if it names one; `None` without a mark.
fn mark(folder: &Path) -> Option<Option<String>> {
    let path = folder.join(MARK);
    let found = fs::symlink_metadata(&path).ok()?;
    let read = || {
        let mut text = String::new();
        File::open(&path).ok()?.take(LIMIT).read_to_string(&mut text).ok()?;
        serde_json::from_str::<Metadata>(&text).ok()?.repository
    };
    Some(if found.is_file() { read() } else { None })
}
