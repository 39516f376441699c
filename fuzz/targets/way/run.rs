//! One run over a tree: from texts to what may be written, as the binary goes it.

use std::collections::BTreeSet;

use ciliate_transforms::draft::Draft;
use ciliate_transforms::overlay::layout::{Host, Layout};
use ciliate_transforms::parity::{Proof, prove};
use ciliate_transforms::plan::{Fix, Options, Phases, Plan, Site, agree, place_overlays, plan};
use ciliate_transforms::report::{Outcome, build};
use ciliate_transforms::source::{FileId, SourceFile, Sources};
use ciliate_transforms::verify::verify;
use ciliate_transforms::world::MinorVersion;
use ciliate_transforms::world::build::{Input, InputRole, Spec, choose_readers, worlds};
use ciliate_transforms::world::extract::{Extract, Wanted, extract};
use ciliate_transforms::world::mentions::mentions;

use crate::files::Files;

/// The folder of overlays.
const OVERLAYS: &str = "cilium-overlays";

/// What the two characters of an input ask for.
struct Asked {
    options: Options,
    spec: Spec,
    layout: Layout,
}

impl Asked {
    fn of([first, second]: [u8; 2]) -> Self {
        let is = |bit: u8| first & (1 << bit) != 0;
        let mut spec = Spec {
            workloads_read: true,
            ..Spec::default()
        };
        let facts = &mut spec.facts;
        facts.target.cilium = MinorVersion(16 + second % 5);
        facts.target.stated = is(0);
        if is(1) {
            facts.pod_cidrs = "10.244.0.0/16".parse().into_iter().collect();
            facts.node_cidrs = "10.224.0.0/16".parse().into_iter().collect();
        }
        facts.complete = is(2);
        let layout = match second / 5 % 3 {
            0 => Layout::Separate {
                dir: OVERLAYS.to_owned(),
                clustered: false,
            },
            1 => Layout::Beside,
            _ => Layout::Stream(Host::Plain),
        };
        facts.stream = matches!(layout, Layout::Stream(_));
        let options = Options {
            select: BTreeSet::new(),
            ignore: BTreeSet::new(),
            fix: if is(3) { Fix::Review } else { Fix::Safe },
            phases: if is(4) { Phases::All } else { Phases::Before },
            today: "2026-12-01".to_owned(),
            require_reason: is(5),
        };
        Self { options, spec, layout }
    }
}

/// Returns the tree as a run leaves it; `None` where a change can't be made, so that a run plans anew without it.
pub(crate) fn fixed(files: &Files, ask: [u8; 2]) -> Option<Files> {
    let Asked { options, spec, layout } = Asked::of(ask);
    let mut inputs = read(files);
    choose_readers(&mut inputs);
    let complete = inputs.iter().all(|input| is_whole(&input.extract));
    let sources = sources(files, &layout);
    // No overlay comes to the end of a stream whose readers stop before it.
    let stops = inputs.iter().any(|input| !input.extract.unread.is_empty());
    let stopped = sources.stream.filter(|_| stops);
    let worlds = worlds(inputs, &spec).worlds.into_iter();
    let (mut plans, proofs): (Vec<Plan>, Vec<Proof>) =
        worlds.map(|world| prove(plan(world, &options), &options)).unzip();
    let edits = agree(&mut plans);
    let site = Site {
        layout,
        complete,
        synced_by: None,
        unwritable: stopped
            .map(|stream| sources.path(stream).to_owned())
            .into_iter()
            .collect(),
        hydrated: BTreeSet::new(),
    };
    let placement = place_overlays(&mut plans, &site, &sources, &options);
    let draft = Draft::new(edits, placement, &sources);
    let (verified, failures) = verify(draft, &mut plans, &sources, &options);
    for failure in &failures {
        assert!(!failure.message.contains("report this as a bug"), "{failure:?}");
    }
    let mut after = files.clone();
    for file in verified.files() {
        match file.after() {
            Some(text) => after.insert(file.path().to_owned(), text.to_owned()),
            None => after.remove(file.path()),
        };
    }
    let outcome = Outcome {
        proofs,
        failures,
        ..Outcome::default()
    };
    let is_whole = outcome.failures.is_empty();
    build(&plans, &sources, outcome, &options);
    is_whole.then_some(after)
}

fn read(files: &Files) -> Vec<Input> {
    let one = |(id, (path, text)): (u32, (&String, &String))| Input {
        path: path.clone(),
        role: role(path),
        clusters: Vec::new(),
        namespace_by_path: None,
        extract: extract(
            FileId(id),
            path,
            text,
            mentions(text.as_bytes()),
            Wanted { workloads: true },
        ),
    };
    (0..).zip(files).map(one).collect()
}

fn role(path: &str) -> InputRole {
    match path.split('/').next() {
        Some(OVERLAYS) => InputRole::Overlays,
        Some("context") => InputRole::Context,
        Some("facts") => InputRole::Facts,
        Some(_) | None => InputRole::Edit,
    }
}

/// Tells whether all of a file was read, so that it hides no source of an overlay.
fn is_whole(extract: &Extract) -> bool {
    extract.unread.is_empty() && extract.skipped.is_empty()
}

fn sources(files: &Files, layout: &Layout) -> Sources {
    let file = |(path, text): (&String, &String)| SourceFile {
        path: path.clone(),
        text: Some(text.as_str().into()),
    };
    let files: Vec<_> = files.iter().map(file).collect();
    let is_stream = matches!(layout, Layout::Stream(_)) && files.len() == 1;
    Sources {
        files,
        stream: is_stream.then_some(FileId(0)),
        ..Sources::default()
    }
}
