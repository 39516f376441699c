//! Overlays against the published schemas of each Cilium version: nothing is written that the target lacks.

mod shared;

use std::error::Error;
use std::fs;
use std::path::Path;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use shared::{
    ENDS_WELL, FIX_ALL, NETWORK, Outcome, beside, ciliate, code, contents, copy, folders, name, root, stderr,
};

/// Returns a validator of a version's CiliumNetworkPolicies that refuses fields which the API server would drop.
fn validator(folder: &Path) -> Result<Validator, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("ciliumnetworkpolicies.yaml"))?;
    let definition: Value = serde_yaml::from_str(&text)?;
    let mut schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    assert!(
        schema["properties"]["spec"].is_object(),
        "{} has no schema of a spec",
        folder.display()
    );
    close(&mut schema);
    schema["properties"]["metadata"] = json!({"type": "object"});
    Ok(jsonschema::validator_for(&schema)?)
}

/// Forbids fields that an object's schema does not list.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(pairs) => {
            pairs.values_mut().for_each(close);
            if is_closed(pairs) {
                pairs.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_closed(schema: &Map<String, Value>) -> bool {
    let lists_fields = schema.get("type") == Some(&json!("object")) && schema.contains_key("properties");
    let is_open = ["additionalProperties", "x-kubernetes-preserve-unknown-fields"]
        .iter()
        .any(|key| schema.contains_key(*key));
    lists_fields && !is_open
}

/// Returns the overlays that a run for a target writes for a tree, with their paths.
fn overlays(tree: &Path, cilium: &str) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    copy(tree, folder.path())?;
    let output = ciliate(folder.path())
        .args(FIX_ALL)
        .args(NETWORK)
        .args(["--after-switch", "--cilium-version", cilium, "."])
        .output()?;
    assert!(
        ENDS_WELL.contains(&code(&output)),
        "{}: {}: {}",
        tree.display(),
        code(&output),
        stderr(&output)
    );
    let mut overlays = Vec::new();
    for (path, bytes) in contents(folder.path())? {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("ciliate.dev/owned") && !tree.join(&path).exists() {
            overlays.push((
                format!("{}/{}", tree.display(), path.display()),
                serde_yaml::from_str(&text)?,
            ));
        }
    }
    Ok(overlays)
}

#[test]
fn every_overlay_is_valid_for_the_version_that_it_is_written_for() -> Outcome {
    let Some(schemas) = beside("schemas/cilium") else {
        return Ok(());
    };
    let testdata = root().join("testdata");
    let mut trees = vec![testdata.join("demo/tree")];
    for transform in ["node_egress", "node_ingress", "load_balancer"] {
        let cases = folders(&testdata.join(transform))?;
        trees.extend(cases.iter().map(|case| case.join("input")));
    }
    for schema in folders(&schemas)?
        .iter()
        .filter(|folder| folder.join("ciliumnetworkpolicies.yaml").exists())
    {
        let validator = validator(schema)?;
        let mut seen = 0;
        for tree in &trees {
            for (path, overlay) in overlays(tree, &format!("{}.0", name(schema)))? {
                let errors: Vec<_> = validator.iter_errors(&overlay).map(|error| error.to_string()).collect();
                assert!(
                    errors.is_empty(),
                    "{path} for {}: {errors:?}\n{overlay:#}",
                    name(schema)
                );
                seen += 1;
            }
        }
        assert!(seen > 5, "only {seen} overlays for {}", name(schema));
    }
    Ok(())
}
