//! Tests of reading small trees.

use std::fs;

use super::*;

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\n\
                      spec: {podSelector: {}, egress: [{ports: [{port: PORT}]}], policyTypes: [Egress]}\n";

const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: shop}\nspec:\n  \
                        template: {spec: {containers: [{name: c, ports: [{name: web, containerPort: 80}]}]}}\n";

fn policy(port: &str) -> String {
    POLICY.replace("PORT", port)
}

fn read(files: &[(&str, &[u8])], limit: u64) -> io::Result<Reading> {
    read_for(Need::AsAsked, files, limit)
}

fn read_for(need: Need, files: &[(&str, &[u8])], limit: u64) -> io::Result<Reading> {
    let folder = tempfile::tempdir()?;
    let mut found = Discovered::default();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        let path = path.to_string_lossy().into_owned();
        found.files.push(Found {
            path,
            role: Role::Edit,
            origin: Origin::Disk,
        });
    }
    let (rules, progress) = (PathRules::default(), Progress::start(files.len(), false));
    let reader = Reader {
        spec: &Spec::default(),
        need,
        rules: &rules,
        limit,
        stdin: &[],
        before: const { &Sources::NONE },
        revision: None,
        progress: &progress,
    };
    Ok(reader.read(found))
}

#[test]
fn workloads_are_read_only_where_a_ports_name_asks_for_them() -> io::Result<()> {
    for (port, expected) in [("80", 0), ("web", 1)] {
        let policy = policy(port);
        let reading = read(
            &[("a.yaml", WORKLOAD.as_bytes()), ("b.yaml", policy.as_bytes())],
            1 << 20,
        )?;
        assert_eq!((reading.counts.files, reading.counts.policies), (2, 1));
        assert_eq!(reading.counts.workloads, expected, "{port}");
        assert_eq!(reading.workloads_read, expected > 0);
        let kept: Vec<_> = reading.sources.files.iter().map(|file| file.text.is_some()).collect();
        assert_eq!(kept, [false, true]);
    }
    Ok(())
}

#[test]
fn what_is_not_ours_is_told_with_its_reason() -> io::Result<()> {
    let policy = policy("80");
    let template = "kind: NetworkPolicy\n{{ if .Values.x }}\n".as_bytes();
    let long = format!("{policy}# {}\n", "x".repeat(1000));
    let files: [(&str, &[u8]); 4] = [
        ("c.yaml", template),
        ("d.yaml", b"kind: NetworkPolicy\nsops: {mac: x, version: 3}\n"),
        ("e.yaml", long.as_bytes()),
        ("f.yaml", policy.as_bytes()),
    ];
    let reading = read(&files, 600)?;
    let reasons: Vec<_> = reading.skipped.iter().map(|skipped| skipped.reason).collect();
    let expected = [
        SkipReason::UnrenderedTemplate,
        SkipReason::Encrypted,
        SkipReason::TooLarge,
    ];
    assert_eq!(reasons, expected);
    assert!(reading.skipped.iter().all(|skipped| skipped.may_hold_policy));
    assert_eq!((reading.counts.policies, reading.failures.len()), (1, 0));
    Ok(())
}

#[test]
fn a_file_that_mentions_a_policy_and_is_no_utf_8_is_a_failure() -> io::Result<()> {
    let mut latin = policy("80").into_bytes();
    latin.extend_from_slice(b"# caf\xe9\n");
    let reading = read(&[("a.yaml", &latin), ("b.yaml", b"# caf\xe9\n")], 1 << 20)?;
    assert_eq!((reading.counts.policies, reading.failures.len()), (0, 1));
    assert!(
        reading.failures[0].at.is_some_and(|at| at.column == 6),
        "{:?}",
        reading.failures
    );
    Ok(())
}

#[test]
fn a_file_of_utf_16_is_kustomizes_alone() -> io::Result<()> {
    let wide: Vec<u8> = format!("\u{feff}{}", policy("web"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let alone = read(&[("a.yaml", &wide)], 1 << 20)?;
    assert_eq!((alone.counts.policies, alone.failures.len()), (0, 1));
    let files: [(&str, &[u8]); 2] = [("a.yaml", &wide), ("kustomization.yaml", b"resources: [a.yaml]\n")];
    let listed = read(&files, 1 << 20)?;
    assert_eq!((listed.counts.policies, listed.failures.len()), (1, 0));
    // Its port has a name, which only the workloads tell.
    assert!(listed.workloads_read);
    Ok(())
}

#[test]
fn a_broken_document_is_a_failure_with_its_place_and_hides_none_before_it() -> io::Result<()> {
    let text = format!("{}---\nkind: NetworkPolicy\na: [\n", policy("80"));
    let reading = read(&[("a.yaml", text.as_bytes())], 1 << 20)?;
    assert_eq!(reading.counts.policies, 1);
    assert!(
        reading.failures.len() == 1 && reading.failures[0].at.is_some_and(|at| at.line >= 6),
        "{:?}",
        reading.failures
    );
    Ok(())
}

#[test]
fn a_verb_that_needs_workloads_has_them_though_nothing_asks() -> io::Result<()> {
    let pod = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n";
    for (need, workloads) in [(Need::AsAsked, 0), (Need::Workloads, 1)] {
        let reading = read_for(need, &[("pod.yaml", pod)], 1000)?;
        assert_eq!(
            (reading.counts.workloads, reading.workloads_read),
            (workloads, workloads == 1)
        );
    }
    Ok(())
}

#[test]
fn a_file_that_went_away_is_a_failure() {
    let found = Discovered {
        files: vec![Found {
            path: "no/such.yaml".to_owned(),
            role: Role::Edit,
            origin: Origin::Disk,
        }],
        ..Discovered::default()
    };
    let (rules, progress) = (PathRules::default(), Progress::start(1, false));
    let reader = Reader {
        spec: &Spec::default(),
        need: Need::AsAsked,
        rules: &rules,
        limit: 1,
        stdin: &[],
        before: const { &Sources::NONE },
        revision: None,
        progress: &progress,
    };
    assert_eq!(reader.read(found).failures.len(), 1);
}
