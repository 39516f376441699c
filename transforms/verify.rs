//! Draft → verified: proofs after the edit. Only this makes what may be written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::draft::{Draft, DraftFile, Failure, FileAction};
use crate::plan::{self, Manifest, Options, Plan, Proposal, difference, manifest};
use crate::policy::{Overlay, Policy};
use crate::source::{FileId, Sources};
use crate::transform::Subject;
use crate::world::extract::{Wanted, extract, policies};
use crate::world::mentions::mentions;
use crate::world::{Owned, PolicyId};
use crate::yaml;

/// A file whose new text is proven.
#[derive(Debug, Clone)]
pub struct VerifiedFile {
    path: String,
    before: Option<Arc<str>>,
    after: Option<String>,
    action: FileAction,
}

impl VerifiedFile {
    /// Returns the path, relative to the working directory.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the text as it was, empty for a new file.
    pub fn before(&self) -> &str {
        self.before.as_deref().unwrap_or_default()
    }

    /// Returns the text to write, `None` where the file goes.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Tells what happens to the file.
    pub const fn action(&self) -> FileAction {
        self.action
    }
}

/// Everything that may be written, sorted by path.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    files: Vec<VerifiedFile>,
}

impl Verified {
    /// Returns the files.
    pub fn files(&self) -> &[VerifiedFile] {
        &self.files
    }
}

/// Proves each file of a draft; what fails is left out and told.
///
/// A file passes when its new text parses, an independent reader sees exactly the intended values, documents without
/// an edit are byte-equal, and planning it again finds nothing to do.
pub fn verify(draft: Draft, plans: &mut [Plan], sources: &Sources, options: &Options) -> (Verified, Vec<Failure>) {
    let mut failures = draft.failures;
    let mut files = draft.files;
    files.retain(|file| {
        let doubt = doubt(file);
        failures.extend(doubt.clone());
        doubt.is_none()
    });
    let again = unsettled(&files, plans, sources, options);
    files.retain(|file| {
        let settled = !again.contains(&file.path);
        if !settled {
            let doubt = Doubt::Wrong("a second run would change it again".to_owned());
            failures.push(failure(&file.path, &doubt));
        }
        settled
    });
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let files = files.into_iter().map(|file| VerifiedFile {
        action: file.action(),
        path: file.path,
        before: file.before,
        after: file.after.map(|text| text + &file.appended),
    });
    (Verified { files: files.collect() }, failures)
}

/// Says why the new text of a file does not hold what was intended and nothing else, where it does not.
pub fn doubt(file: &DraftFile) -> Option<Failure> {
    proven(file).err().map(|doubt| failure(&file.path, &doubt))
}

/// Why a new text is not written.
#[derive(Debug, thiserror::Error)]
enum Doubt {
    /// The independent reader does not take the text as it is, so it can judge no edit of it.
    #[error("not edited: a second YAML reader does not take the file as it is ({0}); write it in a plainer form")]
    Unreadable(String),
    /// The new text is not what was meant.
    #[error("not edited, since the edit could not be proven: {0}; please report this as a bug")]
    Wrong(String),
}

fn failure(path: &str, doubt: &Doubt) -> Failure {
    Failure {
        path: path.to_owned(),
        at: None,
        message: doubt.to_string(),
    }
}

/// Proves that the edits of a file say what was intended and nothing else, and that new overlays bear a true mark.
fn proven(file: &DraftFile) -> Result<(), Doubt> {
    let Some(after) = &file.after else { return Ok(()) };
    let whole = if file.edits.is_empty() && file.appended.is_empty() {
        after
    } else {
        &file.appended
    };
    marks_are_true(whole).map_err(Doubt::Wrong)?;
    let Some(before) = file.before.as_ref().filter(|_| !file.edits.is_empty()) else {
        return Ok(());
    };
    let edits: Vec<(usize, &[yaml::Edit])> = file
        .edits
        .iter()
        .map(|(document, edits)| (*document as usize, &edits[..]))
        .collect();
    yaml::prove(before, after, &edits).map_err(|error| {
        let unread = edits.iter().find_map(|(document, _)| unread(before, *document));
        unread.map_or_else(|| Doubt::Wrong(error.to_string()), Doubt::Unreadable)
    })
}

/// Returns what the independent reader has against a document, if it has anything.
fn unread(text: &str, document: usize) -> Option<String> {
    let span = *yaml::documents(text).get(document)?;
    yaml::value(span.slice(text)).err().map(|error| error.to_string())
}

/// Proves that a text that we wrote as a whole parses, and that each overlay in it reads as its mark says.
fn marks_are_true(text: &str) -> Result<(), String> {
    yaml::values(text).map_err(|error| error.to_string())?;
    let overlays = extract(FileId(0), "", text, mentions(text.as_bytes()), Wanted::default()).cilium_policies;
    let is_true = |owned: &Owned| owned.hash == owned.actual_hash;
    if overlays.iter().filter_map(|policy| policy.owned.as_ref()).all(is_true) {
        Ok(())
    } else {
        Err("an overlay does not read as it was meant".to_owned())
    }
}

/// Reads the new texts, plans again, and returns the paths that would change once more.
fn unsettled(files: &[DraftFile], plans: &mut [Plan], sources: &Sources, options: &Options) -> BTreeSet<String> {
    let ids: BTreeMap<&str, FileId> = (0..)
        .map(FileId)
        .zip(&sources.files)
        .map(|(id, file)| (file.path.as_str(), id))
        .collect();
    let mut reread: BTreeMap<Manifest, Policy> = BTreeMap::new();
    let mut changed = BTreeSet::new();
    for file in files.iter().filter(|file| !file.edits.is_empty()) {
        if let (Some(id), Some(after)) = (ids.get(file.path.as_str()), &file.after) {
            changed.insert(*id);
            reread.extend(
                policies(*id, after)
                    .into_iter()
                    .map(|policy| (manifest(&policy.place), policy)),
            );
        }
    }
    let mut again = BTreeSet::new();
    for plan in plans {
        again.extend(changes_of_second_run(plan, &reread, &changed, options));
    }
    again.into_iter().map(|file| sources.path(file).to_owned()).collect()
}

/// Plans a world whose changed policies are as their new text says, and returns the changed files that it would
/// change again, or in which the new text says something else than was planned.
fn changes_of_second_run(
    plan: &mut Plan,
    reread: &BTreeMap<Manifest, Policy>,
    changed: &BTreeSet<FileId>,
    options: &Options,
) -> BTreeSet<FileId> {
    let mut world = std::mem::take(&mut plan.world);
    let planned = world.policies.clone();
    let mut files = BTreeSet::new();
    for policy in world
        .policies
        .iter_mut()
        .filter(|policy| changed.contains(&policy.place.file))
    {
        match reread.get(&manifest(&policy.place)) {
            Some(new) => {
                *policy = Policy {
                    key: policy.key.clone(),
                    editable: policy.editable,
                    ..new.clone()
                }
            }
            None => {
                files.insert(policy.place.file);
            }
        }
    }
    let second = plan::plan_without(world, options, plan.taken_back.clone());
    let overlays_before = overlays(&plan.proposals);
    let overlays_after = overlays(&second.proposals);
    for (index, (before, after)) in second.before.iter().zip(&second.world.policies).enumerate() {
        let file = before.place.file;
        let differs = || !difference::edits(before, after).is_empty();
        if changed.contains(&file) && (differs() || overlays_before.get(&index) != overlays_after.get(&index)) {
            files.insert(file);
        }
    }
    plan.world = second.world;
    plan.world.policies = planned;
    files
}

/// Returns the overlays that each policy wants, by the policy's index.
fn overlays(proposals: &[Proposal]) -> BTreeMap<usize, Vec<&Overlay>> {
    let mut overlays: BTreeMap<usize, Vec<&Overlay>> = BTreeMap::new();
    for proposal in proposals {
        if let (Subject::Policy(PolicyId(index)), Some(overlay)) = (proposal.subject, proposal.overlay()) {
            overlays.entry(index).or_default().push(overlay);
        }
    }
    overlays
}
