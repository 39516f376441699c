//! What Argo CD and Flux sync.

use crate::policy::Spot;
use crate::policy::read::{self, Object, Reader, Scalar, Source};
use crate::yaml::Node;

/// A folder that Argo CD or Flux applies to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// The object that says so, as `Application argocd/shop`.
    pub object: String,
    /// Where it stands.
    pub spot: Spot,
    /// The folder, from the root of its repository, as written.
    pub path: String,
}

/// Reads the folders of an Application, an `ApplicationSet` or Flux's Kustomization.
pub(super) fn syncs<'a>(object: Object<'a>, source: &Source<'a>, kind: &str) -> Vec<Sync> {
    let Some(spec) = Reader::field(object.node, "spec") else {
        return Vec::new();
    };
    let spec = match kind {
        "ApplicationSet" => spec
            .get("template")
            .and_then(|template| template.get("spec"))
            .unwrap_or(spec),
        _ => spec,
    };
    let several = Reader::field(spec, "sources").map(Node::resolved);
    let places = [Some(spec), spec.get("source")].into_iter().flatten();
    let places = places.chain(several.into_iter().flat_map(Node::items));
    let key = read::key_of(object.node).0;
    places
        .filter_map(|place| Scalar::text_of(place.get("path")?))
        // Part of an ApplicationSet's path is filled in for each cluster.
        .filter(|path| !path.contains("{{"))
        .map(|path| Sync {
            object: format!("{kind} {key}"),
            spot: read::place(object, source).spot(),
            path: path.into_owned(),
        })
        .collect()
}
