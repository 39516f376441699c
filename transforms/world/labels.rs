//! The labels of pods that Cilium keeps in their identities, and so the only ones that its selectors see.

use super::facts::MinorVersion;

/// Labels that are kept although a prefix below would leave them out.
const KEPT: &[&str] = &["io.kubernetes.pod.namespace", "app.kubernetes.io"];

/// Prefixes of keys that are left out, and the first release line that does so.
const LEFT_OUT: &[(&str, MinorVersion)] = &[
    ("io.kubernetes", MinorVersion(0)),
    ("kubernetes.io", MinorVersion(0)),
    ("k8s.io", MinorVersion(0)),
    ("pod-template-generation", MinorVersion(0)),
    ("pod-template-hash", MinorVersion(0)),
    ("controller-revision-hash", MinorVersion(0)),
    ("annotation", MinorVersion(0)),
    ("etcd_node", MinorVersion(0)),
    ("statefulset.kubernetes.io/pod-name", MinorVersion(15)),
    ("apps.kubernetes.io/pod-index", MinorVersion(15)),
    ("batch.kubernetes.io/job-completion-index", MinorVersion(15)),
    ("controller-uid", MinorVersion(16)),
    ("batch.kubernetes.io/controller-uid", MinorVersion(16)),
    ("topology.kubernetes.io", MinorVersion(19)),
];

/// Tells whether Cilium's default filter keeps the pod label `key` in identities.
///
/// A selector on a label that is left out matches no pod, or every pod when it is negated. The labels of namespaces
/// are all kept: do not ask for them.
///
/// # Source
/// <https://github.com/cilium/cilium/blob/v1.18.6/pkg/labelsfilter/filter.go>; `topology.kubernetes.io` from 1.19.1.
pub(crate) fn is_identity_label(key: &str, version: MinorVersion) -> bool {
    if KEPT.iter().any(|prefix| key.starts_with(prefix)) {
        return true;
    }
    let left_out = LEFT_OUT
        .iter()
        .any(|&(prefix, since)| version >= since && key.starts_with(prefix));
    !left_out && !key.contains("beta.kubernetes.io")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_leave_the_identities_version_by_version() {
        for (key, first_without) in [
            ("pod-template-hash", 13),
            ("kubernetes.io/metadata.name", 13),
            ("failure-domain.beta.kubernetes.io/zone", 13),
            ("io.kubernetes.container", 13),
            ("statefulset.kubernetes.io/pod-name", 15),
            ("batch.kubernetes.io/job-completion-index", 15),
            ("controller-uid", 16),
            ("batch.kubernetes.io/controller-uid", 16),
            ("topology.kubernetes.io/zone", 19),
        ] {
            for minor in 13..=20 {
                let kept = is_identity_label(key, MinorVersion(minor));
                assert_eq!(kept, minor < first_without, "{key} under 1.{minor}");
            }
        }
    }

    #[test]
    fn labels_of_applications_are_always_kept() {
        for key in [
            "app",
            "app.kubernetes.io/name",
            "io.kubernetes.pod.namespace",
            "job-name",
            "batch.kubernetes.io/job-name",
        ] {
            for minor in 13..=20 {
                assert!(is_identity_label(key, MinorVersion(minor)), "{key} under 1.{minor}");
            }
        }
    }
}
