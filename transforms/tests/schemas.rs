//! Every overlay is one that the CRD of its version takes whole: valid, and without a field that a server would drop.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the library is pure, its tests read data beside the repository and say what they skip"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use ciliate_transforms::catalog;
use ciliate_transforms::overlay;
use ciliate_transforms::policy::Overlay;
use ciliate_transforms::policy::emit::render;
use ciliate_transforms::source::FileId;
use ciliate_transforms::transform::{Act, Decision, Subject};
use ciliate_transforms::world::extract::{Wanted, extract};
use ciliate_transforms::world::mentions::mentions;
use ciliate_transforms::world::{Client, MinorVersion, PolicyId, ServiceId, World};
use ciliate_transforms::yaml::Sequences;
use serde_json::Value;

const MINORS: std::ops::RangeInclusive<u8> = 13..=20;

/// Sources that make overlays of every form: all kinds of peers, ports and selectors.
const SOURCES: &str = r#"
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec:
  podSelector:
    matchLabels: {app: web, "on": "012"}
    matchExpressions: [{key: tier, operator: NotIn, values: ["no", back]}, {key: x, operator: DoesNotExist}]
  policyTypes: [Ingress, Egress]
  ingress:
  - {from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}, {port: 80, endPort: 90}, {protocol: UDP}]}
  - {from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 132, protocol: SCTP}]}
  egress:
  - {to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}, {port: 32000, endPort: 32100}]}
  - {to: [{ipBlock: {cidr: 0.0.0.0/0}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: empty, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: http}, {port: 53, protocol: UDP}]
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: api}
  loadBalancerSourceRanges: [198.51.100.0/24]
  ports: [{port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: gate, namespace: shop}
spec: {type: NodePort, selector: {app: gate}, ports: [{port: 80}]}
"#;

#[expect(clippy::field_reassign_with_default, reason = "a world has a private part")]
fn overlays(minor: u8) -> Vec<Overlay> {
    let wanted = Wanted { workloads: true };
    let read = extract(FileId(0), "input.yaml", SOURCES, mentions(SOURCES.as_bytes()), wanted);
    let mut world = World::default();
    world.policies = read.policies;
    world.services = read.services;
    world.facts.target.cilium = MinorVersion(minor);
    let pods = Client::Pods {
        namespaces: Some([("team".to_owned(), "pay".to_owned())].into()),
        pods: None,
    };
    let anywhere = Client::Pods {
        namespaces: None,
        pods: Some([("app".to_owned(), "gate".to_owned())].into()),
    };
    world
        .settings
        .clients
        .insert("shop/gate".to_owned(), vec![pods, anywhere]);
    let policies = (0..world.policies.len()).map(|index| Subject::Policy(PolicyId(index)));
    let services = (0..world.services.len()).map(|index| Subject::Service(ServiceId(index)));
    let decisions = policies.chain(services).flat_map(|subject| {
        let ids = ["node-egress", "node-ingress", "load-balancer"].into_iter();
        let world = &world;
        ids.filter_map(catalog::by_id)
            .flat_map(move |transform| (transform.decide)(subject, world))
    });
    decisions
        .filter_map(|decision| match decision {
            Decision::Change(change) => match change.act {
                Act::Overlay(overlay) => Some(*overlay),
                Act::Rewrite(_) => None,
            },
            Decision::Manual(_) | Decision::Waits { .. } | Decision::Finding(_) | Decision::NotNeeded => None,
        })
        .collect()
}

/// Returns the folder of the CRDs; `None` where there is none, which is a failure where the data lies beside us.
fn schemas() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = shared.join("schemas/cilium");
    if folder.exists() {
        return Some(folder);
    }
    let required = std::env::var_os("CILIATE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!(required && shared.exists()), "../shared/schemas/cilium is missing");
    println!("skipped: there is no ../shared/schemas/cilium");
    None
}

/// Reads the schema of `cilium.io/v2` from a CRD.
fn schema(folder: &Path, minor: u8) -> Result<Value, Box<dyn Error>> {
    let path = folder.join(format!("1.{minor}/ciliumnetworkpolicies.yaml"));
    let crd: Value = serde_yaml::from_str(&fs::read_to_string(path)?)?;
    let versions = crd["spec"]["versions"].as_array().ok_or("no versions")?;
    let v2 = versions.iter().find(|version| version["name"] == "v2").ok_or("no v2")?;
    Ok(v2["schema"]["openAPIV3Schema"].clone())
}

/// Returns the paths of fields that the schema does not have: a server drops them without a word.
fn dropped(value: &Value, schema: &Value, path: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let each = fields.iter().flat_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match schema["properties"]
                    .get(key)
                    .or_else(|| schema.get("additionalProperties"))
                {
                    Some(schema) => dropped(value, schema, &path),
                    None if path.starts_with(".metadata.") => vec![],
                    None => vec![path],
                }
            });
            each.collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(at, item)| dropped(item, &schema["items"], &format!("{path}[{at}]")))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![],
    }
}

#[test]
fn every_overlay_is_valid_and_whole_for_the_crd_of_its_version() -> Result<(), Box<dyn Error>> {
    let Some(folder) = schemas() else { return Ok(()) };
    for minor in MINORS {
        let schema = schema(&folder, minor)?;
        let validator = jsonschema::validator_for(&schema)?;
        let overlays = overlays(minor);
        assert!(overlays.len() >= 6, "1.{minor}: {overlays:?}");
        for overlay in &overlays {
            let text = render(
                overlay,
                &overlay::name(overlay, |_| false),
                Some("shop"),
                &[],
                Sequences::Indented,
            );
            let manifest: Value = serde_yaml::from_str(&text)?;
            let errors: Vec<_> = validator
                .iter_errors(&manifest)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "1.{minor}: {errors:?}\n{text}");
            assert_eq!(
                dropped(&manifest, &schema, ""),
                Vec::<String>::new(),
                "1.{minor}:\n{text}"
            );
        }
    }
    Ok(())
}

#[test]
fn an_overlay_of_1_16_would_lose_fields_on_1_15() -> Result<(), Box<dyn Error>> {
    let Some(folder) = schemas() else { return Ok(()) };
    let schema = schema(&folder, 15)?;
    let mut lost = Vec::new();
    for overlay in overlays(16) {
        let manifest: Value = serde_yaml::from_str(&render(&overlay, "x", Some("shop"), &[], Sequences::Indented))?;
        lost.extend(dropped(&manifest, &schema, ""));
    }
    assert!(lost.iter().any(|path| path == ".spec.enableDefaultDeny"), "{lost:?}");
    assert!(lost.iter().any(|path| path.ends_with(".endPort")), "{lost:?}");
    Ok(())
}
