//! Files → what they hold: each is read once, and again only where workloads turn out to be needed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use ciliate_transforms::report::{Counts, Failure, SkipReason, Skipped};
use ciliate_transforms::source::{FileId, SourceFile, Sources};
use ciliate_transforms::world::build::{Input, InputRole, Spec, choose_readers, wants_workloads};
use ciliate_transforms::world::extract::{Extract, Skip, Wanted, encoding, extract, is_kustomization};
use ciliate_transforms::world::mentions::{Mentions, mentions};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::config::PathRules;
use crate::discover::{Discovered, Found, Origin, Role};
use crate::git::Revision;
use crate::progress::Progress;

/// The buffer of a thread, large enough for most files; a larger file's is given back.
const BUFFER: usize = 256 * 1024;

/// Files that a thread takes at once.
const BATCH: usize = 64;

/// What a command needs of the files beyond what is always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Workloads only where some decision asks for them.
    AsAsked,
    /// Every workload.
    Workloads,
}

/// How files are read.
#[derive(Debug)]
pub(crate) struct Reader<'c> {
    /// What a path tells by the config.
    pub(crate) rules: &'c PathRules,
    /// What is known of the clusters: it decides whether workloads are needed.
    pub(crate) spec: &'c Spec,
    /// What the command needs.
    pub(crate) need: Need,
    /// Larger files are skipped, in bytes.
    pub(crate) limit: u64,
    /// What stands on standard input, where that is among the files.
    pub(crate) stdin: &'c [u8],
    /// The revision that holds the files whose origin is a blob.
    pub(crate) revision: Option<&'c Revision>,
    /// The files of another tree that was read before; those of this one are numbered behind them.
    pub(crate) before: &'c Sources,
    /// Counts files as they are read.
    pub(crate) progress: &'c Progress,
}

/// What all files hold.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// All files, with the texts that can be pointed at.
    pub(crate) sources: Sources,
    /// The files that hold something, in the order of their ids.
    pub(crate) inputs: Vec<Input>,
    /// Whether workloads were needed, and so read.
    pub(crate) workloads_read: bool,
    /// How much was read.
    pub(crate) counts: Counts,
    /// What was not looked at.
    pub(crate) skipped: Vec<Skipped>,
    /// What could not be read.
    pub(crate) failures: Vec<Failure>,
}

/// What came of a file.
enum Seen {
    /// Nothing in it matters.
    Nothing,
    /// It has workloads alone, which nothing has asked for.
    Later,
    /// It was looked at.
    Read(Box<Held>),
    /// It is larger than is read.
    TooLarge,
    /// It can't be read.
    Failed(io::Error),
}

/// What a file holds.
struct Held {
    extract: Extract,
    text: Option<Arc<str>>,
    /// Whether the text was decoded from another encoding than UTF-8.
    foreign: bool,
    mentions_workloads: bool,
}

impl Seen {
    const fn has_workloads_to_read(&self) -> bool {
        match self {
            Self::Later => true,
            Self::Read(held) => held.mentions_workloads,
            Self::Nothing | Self::TooLarge | Self::Failed(_) => false,
        }
    }
}

impl Reader<'_> {
    /// Reads the files that a walk found; the answer does not depend on the number of threads.
    pub(crate) fn read(&self, found: Discovered) -> Reading {
        let files = &found.files;
        let first = self.first();
        let ids: Vec<_> = (0..).map(FileId).skip(first).take(files.len()).collect();
        let wanted = Wanted {
            workloads: self.need == Need::Workloads,
        };
        let seen = self.pass(&ids, files, wanted);
        let mut seen: Vec<_> = ids
            .into_iter()
            .zip(seen)
            .filter(|(_, seen)| !matches!(seen, Seen::Nothing))
            .collect();
        let extracts = seen.iter().filter_map(|(_, seen)| match seen {
            Seen::Read(held) => Some(&held.extract),
            Seen::Nothing | Seen::Later | Seen::TooLarge | Seen::Failed(_) => None,
        });
        let workloads_read = wanted.workloads || wants_workloads(extracts, self.spec);
        if workloads_read && !wanted.workloads {
            let mut again: Vec<_> = seen
                .iter_mut()
                .filter(|(_, seen)| seen.has_workloads_to_read())
                .collect();
            let ids: Vec<_> = again.iter().map(|(id, _)| *id).collect();
            let more = self.pass(&ids, files, Wanted { workloads: true });
            again.iter_mut().zip(more).for_each(|(entry, more)| entry.1 = more);
        }
        self.progress.finish();
        self.join(found, seen, workloads_read)
    }

    /// Returns the number of the first file.
    const fn first(&self) -> usize {
        self.before.files.len()
    }

    /// Looks at the files of these ids, in their order.
    fn pass(&self, ids: &[FileId], files: &[Found], wanted: Wanted) -> Vec<Seen> {
        let first = self.first();
        let look = |buffer: &mut Vec<u8>, id: &FileId| {
            let seen = self.look(*id, &files[id.0 as usize - first], wanted, buffer);
            buffer.clear();
            buffer.shrink_to(BUFFER);
            self.progress.step();
            seen
        };
        ids.par_iter()
            .with_min_len(BATCH)
            .map_init(|| Vec::with_capacity(BUFFER), look)
            .collect()
    }

    fn look(&self, id: FileId, file: &Found, wanted: Wanted, buffer: &mut Vec<u8>) -> Seen {
        let mut open = |path: &Path| File::open(path).and_then(|file| file.take(self.limit + 1).read_to_end(buffer));
        let read = match &file.origin {
            Origin::Disk => open(file.path.as_ref()),
            Origin::Elsewhere(path) => open(path),
            Origin::Stdin => self.stdin.take(self.limit + 1).read_to_end(buffer),
            Origin::Blob(blob) => match self.revision {
                Some(revision) => revision.read(*blob, self.limit, buffer),
                None => Err(io::ErrorKind::NotFound.into()),
            },
        };
        match read {
            Err(error) => Seen::Failed(error),
            Ok(length) if length as u64 > self.limit => Seen::TooLarge,
            Ok(_) => understand(id, &file.path, buffer, wanted),
        }
    }

    fn join(&self, found: Discovered, seen: Vec<(FileId, Seen)>, workloads_read: bool) -> Reading {
        let Discovered {
            files,
            skipped,
            failures,
        } = found;
        let mut reading = Reading {
            workloads_read,
            skipped,
            failures,
            sources: self.before.clone(),
            ..Reading::default()
        };
        let stream = files.iter().position(|file| file.origin == Origin::Stdin);
        if let Some(at) = stream {
            let at = self.first() + at;
            reading.sources.stream = u32::try_from(at).ok().map(FileId);
        }
        let (paths, roles): (Vec<_>, Vec<_>) = files.into_iter().map(|file| (file.path, file.role)).unzip();
        reading.counts.files = paths.len() as u64;
        let files = paths.into_iter().map(|path| SourceFile { path, text: None });
        reading.sources.files.extend(files);
        let mut inputs = Vec::new();
        for (id, seen) in seen {
            let path = reading.sources.path(id).to_owned();
            match seen {
                Seen::Nothing | Seen::Later => {}
                Seen::TooLarge => reading.skipped.push(Skipped {
                    path,
                    document: None,
                    reason: SkipReason::TooLarge,
                    may_hold_policy: true,
                }),
                Seen::Failed(error) => {
                    reading.failures.push(Failure {
                        path,
                        at: None,
                        message: error.to_string(),
                    });
                }
                Seen::Read(held) => {
                    reading.sources.files[id.0 as usize].text = held.text;
                    reading.sources.foreign.extend(held.foreign.then_some(id));
                    let input = self.input(path, roles[id.0 as usize - self.first()], held.extract);
                    inputs.push(input);
                }
            }
        }
        choose_readers(&mut inputs);
        for input in inputs {
            reading.take(input);
        }
        reading.skipped.sort();
        reading.failures.sort();
        reading
    }

    fn input(&self, path: String, role: Role, extract: Extract) -> Input {
        let role = match role {
            Role::Edit => InputRole::Edit,
            Role::Overlays => InputRole::Overlays,
            Role::Context => InputRole::Context,
            Role::Facts => InputRole::Facts,
        };
        Input {
            clusters: self.rules.clusters_of(&path),
            namespace_by_path: self.rules.namespace_of(&path),
            path,
            role,
            extract,
        }
    }
}

impl Reading {
    /// Counts what a file holds and keeps it.
    fn take(&mut self, input: Input) {
        let found = &input.extract;
        self.counts.documents += u64::from(found.documents);
        if input.role == InputRole::Edit {
            self.counts.policies += (found.policies.len() + found.rejected.len()) as u64;
        }
        self.counts.workloads += found.workloads.len() as u64;
        self.counts.services += found.services.len() as u64;
        self.skipped.extend(found.skipped.iter().map(|skipped| Skipped {
            path: input.path.clone(),
            document: Some(skipped.document),
            reason: match skipped.why {
                Skip::UnrenderedTemplate => SkipReason::UnrenderedTemplate,
                Skip::Encrypted => SkipReason::Encrypted,
                Skip::Dropped => SkipReason::Dropped,
            },
            may_hold_policy: skipped.may_hold_policy,
        }));
        self.failures.extend(found.unread.iter().map(|unread| Failure {
            path: input.path.clone(),
            at: Some(unread.at),
            message: format!(
                "{}; correct the YAML, or leave the file out with --exclude",
                unread.message
            ),
        }));
        self.inputs.push(input);
    }
}

/// Reads the bytes of a file as far as anything in them matters.
fn understand(id: FileId, path: &str, bytes: &[u8], wanted: Wanted) -> Seen {
    let searchable = encoding::searchable(bytes);
    let mentioned = mentions(&searchable);
    let mentions_workloads = mentioned.has(Mentions::WORKLOADS);
    let has_wanted_workloads = wanted.workloads && mentions_workloads;
    if !(mentioned.matters() || has_wanted_workloads || is_kustomization(path)) {
        return if mentions_workloads { Seen::Later } else { Seen::Nothing };
    }
    let (extract, text) = match encoding::text(&searchable) {
        Ok(text) => {
            let whole = extract(id, path, text, mentioned, wanted);
            let is_foreign = matches!(searchable, Cow::Owned(_)) && !is_kustomization(path);
            let whole = if is_foreign {
                whole.for_kustomize_alone(encoding::foreign())
            } else {
                whole
            };
            (whole, text)
        }
        Err(unread) => (Extract::unread(id, unread), ""),
    };
    let text = can_be_pointed_at(&extract).then(|| Arc::from(text));
    Seen::Read(Box::new(Held {
        extract,
        text,
        foreign: matches!(searchable, Cow::Owned(_)),
        mentions_workloads,
    }))
}

/// Tells whether anything may point into the file or edit it, so that its text must be kept.
fn can_be_pointed_at(extract: &Extract) -> bool {
    !extract.policies.is_empty()
        || !extract.differing.is_empty()
        || !extract.rejected.is_empty()
        || !extract.services.is_empty()
        || !extract.cilium_policies.is_empty()
        || !extract.others.is_empty()
        || !extract.syncs.is_empty()
        || extract.kustomization.is_some()
        || extract.windows
}

#[cfg(test)]
mod tests;
