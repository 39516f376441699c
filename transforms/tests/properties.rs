//! Properties of the whole library over random policies in random layouts.

mod layouts;

use std::collections::BTreeSet;
use std::sync::Arc;

use ciliate_transforms::draft::Draft;
use ciliate_transforms::overlay::place::Placement;
use ciliate_transforms::plan::{Fix, Options, Phases, agree, plan};
use ciliate_transforms::source::{FileId, SourceFile, Sources};
use ciliate_transforms::verify::verify;
use ciliate_transforms::world::extract::policies;
use ciliate_transforms::world::{Facts, MinorVersion, Target, World};
use layouts::{Form, Written, written};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

fn options(fix: Fix) -> Options {
    Options {
        select: BTreeSet::new(),
        ignore: BTreeSet::new(),
        fix,
        phases: Phases::Before,
        today: "2026-12-01".to_owned(),
        require_reason: false,
    }
}

/// A cluster of Cilium 1.16 with pods in 10.244.0.0/16 that holds the policies of a text and no workload.
#[expect(clippy::field_reassign_with_default, reason = "a world has a private part")]
fn world(text: &str) -> World {
    let target = Target {
        cilium: MinorVersion(16),
        version: "1.16.16".to_owned(),
        stated: true,
        aks: None,
    };
    let pod_cidrs = vec!["10.244.0.0/16".parse().expect("it is a range")];
    let facts = Facts {
        target,
        pod_cidrs,
        ..Facts::default()
    };
    let mut world = World::default();
    world.facts = facts;
    world.policies = policies(FileId(0), text);
    world.workloads_read = true;
    world
}

/// Runs the library over a text, from reading to proof, and returns the text that may be written.
fn fixed(text: &str, options: &Options) -> Result<String, TestCaseError> {
    let file = SourceFile {
        path: "policy.yaml".to_owned(),
        text: Some(Arc::from(text)),
    };
    let sources = Sources {
        files: vec![file],
        stream: None,
        ..Sources::default()
    };
    let mut plans = vec![plan(world(text), options)];
    let draft = Draft::new(agree(&mut plans), Placement::default(), &sources);
    let (verified, failures) = verify(draft, &mut plans, &sources, options);
    prop_assert!(failures.is_empty(), "{failures:?}\n{text}");
    Ok(verified
        .files()
        .first()
        .map_or(text, |file| file.after().unwrap_or_default())
        .to_owned())
}

fn read(text: &str) -> Result<Value, TestCaseError> {
    let text = text.trim_start_matches('\u{feff}');
    serde_yaml::from_str(text).map_err(|error| TestCaseError::fail(format!("{error}:\n{text}")))
}

/// Tells whether the API server's defaults put a direction in effect.
fn in_effect(spec: &Value, direction: &str) -> bool {
    match spec["policyTypes"].as_array() {
        Some(types) => types.iter().any(|name| name == direction),
        None => direction == "Ingress" || spec["egress"].is_array(),
    }
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// Returns what a rule opens, each range written out, such as `TCP 80` or `UDP http`; a protocol's every port is `TCP`.
fn ports(rule: &Value) -> BTreeSet<String> {
    let single = |entry: &Value| {
        let protocol = entry["protocol"].as_str().unwrap_or("TCP").to_owned();
        match (entry["port"].as_u64(), entry["port"].as_str()) {
            (Some(first), _) => {
                let last = entry["endPort"].as_u64().unwrap_or(first);
                (first..=last).map(|port| format!("{protocol} {port}")).collect()
            }
            (None, Some(name)) => vec![format!("{protocol} {name}")],
            (None, None) => vec![protocol],
        }
    };
    items(rule, "ports").flat_map(single).collect()
}

/// Returns a rule's peers without the two that `ip-block` adds.
fn written_peers(rule: &Value) -> Vec<&Value> {
    let added = [json!({"namespaceSelector": {}}), json!({"podSelector": {}})];
    ["from", "to"]
        .into_iter()
        .flat_map(|key| items(rule, key))
        .filter(|peer| !added.contains(peer))
        .collect()
}

/// Holds a fixed policy against what was written: only ranges, selectors beside blocks and dead sections differ.
fn assert_meaning_stays(before: &Value, after: &Value) -> Result<(), TestCaseError> {
    for direction in ["Ingress", "Egress"] {
        let key = direction.to_lowercase();
        let (old, new) = (&before["spec"], &after["spec"]);
        prop_assert_eq!(in_effect(old, direction), in_effect(new, direction));
        if !in_effect(old, direction) {
            prop_assert!(new[&key].is_null() || new[&key] == old[&key]);
            continue;
        }
        prop_assert_eq!(items(old, &key).count(), items(new, &key).count());
        for (old, new) in items(old, &key).zip(items(new, &key)) {
            prop_assert_eq!(ports(old), ports(new));
            prop_assert_eq!(written_peers(old), written_peers(new));
            let is_open = |rule: &Value| rule["from"].is_null() && rule["to"].is_null();
            prop_assert_eq!(
                is_open(old),
                is_open(new),
                "a rule for everybody stays one, and no other becomes one"
            );
        }
    }
    let outside = |policy: &Value| {
        let mut policy = policy.clone();
        for key in ["ingress", "egress"] {
            policy["spec"].as_object_mut().map(|spec| spec.remove(key));
        }
        policy
    };
    prop_assert_eq!(outside(before), outside(after));
    Ok(())
}

/// Returns the numbered comments of a text, such as `above 3`.
fn comments(text: &str) -> BTreeSet<&str> {
    let found = text
        .lines()
        .filter_map(|line| line.rsplit_once("# ").map(|(_, comment)| comment));
    found
        .filter(|comment| comment.starts_with("above ") || comment.starts_with("beside "))
        .collect()
}

#[test]
fn many_of_the_random_policies_change() {
    let mut runner = TestRunner::deterministic();
    let changes = (0..200).filter(|_| {
        let written = written().new_tree(&mut runner).unwrap().current();
        fixed(&written.text, &options(Fix::Review)).unwrap() != written.text
    });
    let changes = changes.count();
    assert!(changes > 80, "only {changes} of 200 change");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_that_chooses_nothing_gives_the_same_bytes(written in written()) {
        let nothing = Options { phases: Phases::After, ..options(Fix::Review) };
        prop_assert_eq!(fixed(&written.text, &nothing)?, written.text);
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant(written in written()) {
        prop_assert_eq!(read(&written.text)?, written.policy);
        prop_assert_eq!(policies(FileId(0), &written.text).len(), 1);
    }

    #[test]
    fn fixing_twice_is_fixing_once(written in written()) {
        let once = fixed(&written.text, &options(Fix::Review))?;
        prop_assert_eq!(fixed(&once, &options(Fix::Review))?, once);
    }

    #[test]
    fn every_value_stays_that_no_transform_means_to_change(written in written()) {
        let after = fixed(&written.text, &options(Fix::Review))?;
        assert_meaning_stays(&written.policy, &read(&after)?)?;
    }

    #[test]
    fn safe_changes_are_some_of_all_changes(written in written()) {
        let safe = fixed(&written.text, &options(Fix::Safe))?;
        assert_meaning_stays(&written.policy, &read(&safe)?)?;
        prop_assert_eq!(fixed(&safe, &options(Fix::Review))?, fixed(&written.text, &options(Fix::Review))?);
    }

    #[test]
    fn line_ends_and_the_end_of_the_file_stay_as_they_are(written in written()) {
        let after = fixed(&written.text, &options(Fix::Review))?;
        let lone = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        prop_assert_eq!(lone(&after) == 0 && after.contains('\n'), lone(&written.text) == 0 && written.text.contains('\n'));
        prop_assert_eq!(after.ends_with('\n'), written.text.ends_with('\n'));
        prop_assert_eq!(after.starts_with('\u{feff}'), written.text.starts_with('\u{feff}'));
        if matches!(written.form, Form::Json) {
            prop_assert!(serde_json::from_str::<Value>(&after).is_ok(), "{}", after);
        }
    }

    #[test]
    fn comments_stay_but_those_of_a_section_that_goes(written in written()) {
        let Written { policy, text, .. } = &written;
        let all_in_effect = [("Ingress", "ingress"), ("Egress", "egress")]
            .iter()
            .all(|(direction, key)| policy["spec"][key].is_null() || in_effect(&policy["spec"], direction));
        if !all_in_effect {
            return Ok(());
        }
        let after = fixed(text, &options(Fix::Review))?;
        let kept: BTreeSet<_> = comments(&after).union(&comments_of_ends(text)).copied().collect();
        let lost: Vec<_> = comments(text).difference(&kept).copied().collect();
        prop_assert!(lost.is_empty(), "{lost:?} are gone from\n{text}\n=>\n{after}");
    }
}

/// Returns the comments that go with their pair: beside an `endPort` and on the line above it.
fn comments_of_ends(text: &str) -> BTreeSet<&str> {
    let lines: Vec<_> = text.lines().collect();
    let is_end = |line: &str| line.trim_start().starts_with("endPort:");
    let ends = lines.windows(2).filter(|pair| is_end(pair[1]));
    ends.flat_map(|pair| {
        [
            comments(pair[1]),
            if pair[0].contains("# above") {
                comments(pair[0])
            } else {
                BTreeSet::new()
            },
        ]
    })
    .flatten()
    .collect()
}
