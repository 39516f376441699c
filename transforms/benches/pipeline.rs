//! How fast the stages are on policies as teams write them: parse, read, plan, edit, prove.

use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;

use ciliate_transforms::draft::Draft;
use ciliate_transforms::overlay::place::Placement;
use ciliate_transforms::plan::{Fix, Options, Phases, agree, plan};
use ciliate_transforms::source::{FileId, SourceFile, Sources};
use ciliate_transforms::verify::verify;
use ciliate_transforms::world::build::{Input, InputRole, Spec, worlds};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::world::{Facts, World, aks};
use ciliate_transforms::yaml::{Tree, documents};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// How many policies the benchmarks work on.
const POLICIES: usize = 200;

/// Returns policies in block style with comments, a range, a block that holds the pods and a dead section.
fn policies() -> String {
    let mut text = String::new();
    for index in 0..POLICIES {
        write!(
            text,
            "---\n# Source: shop/templates/policy.yaml\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata:\n  name: p{index}\n  namespace: shop\n  labels:\n    app.kubernetes.io/name: shop\nspec:\n  \
             podSelector:\n    matchLabels:\n      app: a{index}\n  policyTypes:\n    - Egress\n  ingress:\n    - from:\n        \
             - podSelector: {{}}\n  egress:\n    # the nodes' ports\n    - to:\n        - ipBlock:\n            cidr: \
             10.0.0.0/8\n      ports:\n        - protocol: TCP\n          port: 30000 # first\n          endPort: 30019\n"
        )
        .expect("a String takes every write");
    }
    text
}

fn world(text: &str) -> World {
    let facts = Facts {
        target: aks::target("1.31").expect("the table has 1.31"),
        pod_cidrs: vec!["10.244.0.0/16".parse().expect("it is a range")],
        ..Facts::default()
    };
    let spec = Spec {
        facts,
        ..Spec::default()
    };
    let extract = extract(
        FileId(0),
        "policies.yaml",
        text,
        mentions(text.as_bytes()),
        Wanted::default(),
    );
    let path = "policies.yaml".to_owned();
    let input = Input {
        path,
        role: InputRole::Edit,
        clusters: Vec::new(),
        namespace_by_path: None,
        extract,
    };
    worlds(vec![input], &spec).worlds.remove(0)
}

fn options() -> Options {
    Options {
        select: ["policy-types", "end-port", "named-port", "ip-block"]
            .map(str::to_owned)
            .into(),
        ignore: std::collections::BTreeSet::default(),
        fix: Fix::Review,
        phases: Phases::Before,
        today: "2026-01-01".to_owned(),
        require_reason: false,
    }
}

fn stages(criterion: &mut Criterion) {
    let text = policies();
    let (world, options) = (world(&text), options());
    let files = vec![SourceFile {
        path: "policies.yaml".to_owned(),
        text: Some(Arc::from(text.as_str())),
    }];
    let sources = Sources {
        files,
        ..Sources::default()
    };
    let mut group = criterion.benchmark_group("200 policies");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            documents(&text)
                .into_iter()
                .filter(|span| Tree::parse(black_box(&text), *span).is_ok())
                .count()
        });
    });
    group.bench_function("read", |bencher| {
        let found = mentions(text.as_bytes());
        bencher.iter(|| extract(FileId(0), "policies.yaml", black_box(&text), found, Wanted::default()));
    });
    group.bench_function("plan", |bencher| {
        bencher.iter_batched(|| world.clone(), |world| plan(world, &options), BatchSize::SmallInput);
    });
    let mut plans = vec![plan(world.clone(), &options)];
    let edits = agree(&mut plans);
    group.bench_function("edit", |bencher| {
        let edits = || edits.clone();
        bencher.iter_batched(
            edits,
            |edits| Draft::new(edits, Placement::default(), &sources),
            BatchSize::SmallInput,
        );
    });
    let draft = Draft::new(edits, Placement::default(), &sources);
    group.bench_function("prove", |bencher| {
        let state = || (draft.clone(), plans.clone());
        bencher.iter_batched(
            state,
            |(draft, mut plans)| verify(draft, &mut plans, &sources, &options),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
