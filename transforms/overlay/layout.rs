//! Where overlays lie.

use std::borrow::Cow;

use super::kustomization::FILE_NAMES;
use super::name::{DIGITS, file_stem};
use crate::policy::hash::hex;
use crate::policy::{Overlay, dns};

/// Where overlays go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Into a folder of their own, which nothing syncs before the switch.
    Separate {
        /// The folder, relative to the working directory, without a slash at its end.
        dir: String,
        /// Whether each cluster has a folder in it.
        clustered: bool,
    },
    /// Next to their sources.
    Beside,
    /// To the end of the stream that the run reads and writes.
    Stream(Host),
}

/// The program that a stream is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Any: documents after `---`.
    Plain,
    /// Helm 3, which shows the template of a document in a comment.
    Helm3 {
        /// The chart's name.
        chart: String,
    },
    /// Helm 4, which shows the template of a document in an annotation that it takes away.
    Helm4 {
        /// The chart's name.
        chart: String,
    },
}

/// The annotation in which Helm 4 tells a post-renderer the template of a document.
const HELM_FILE_NAME: &str = "postrenderer.helm.sh/postrender-filename";

impl Host {
    /// Tells by a stream's text who made it.
    pub fn of(text: &str) -> Self {
        let chart = |marks: &[char], path: &str| {
            let path = path.trim_matches(marks);
            path.split_once('/').map(|(chart, _)| chart.to_owned())
        };
        for line in text.lines() {
            if let Some(path) = line.strip_prefix("# Source: ")
                && let Some(chart) = chart(&[' '], path)
            {
                return Self::Helm3 { chart };
            }
            if let Some((_, path)) = line.split_once(HELM_FILE_NAME)
                && let Some(chart) = chart(&[' ', ':', '\'', '"', '}'], path)
            {
                return Self::Helm4 { chart };
            }
        }
        Self::Plain
    }

    /// Returns what stands above a document of ours.
    pub fn header(&self) -> String {
        match self {
            Self::Plain | Self::Helm4 { .. } => "---\n".to_owned(),
            Self::Helm3 { chart } => format!("---\n# Source: {}\n", template(chart)),
        }
    }

    /// Returns the annotations of a document of ours, before our own.
    pub fn annotations(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Plain | Self::Helm3 { .. } => Vec::new(),
            Self::Helm4 { chart } => vec![(HELM_FILE_NAME, template(chart))],
        }
    }
}

fn template(chart: &str) -> String {
    format!("{chart}/templates/ciliate-overlays.yaml")
}

impl Layout {
    /// Returns the namespace to write into an overlay: always in the folder of their own, else where the source does.
    pub fn namespace<'o>(&self, overlay: &'o Overlay) -> Option<&'o str> {
        let namespace = overlay.sources.first()?.namespace.name();
        match self {
            Self::Separate { .. } => namespace,
            Self::Beside | Self::Stream(_) => namespace.filter(|_| overlay.namespace_written),
        }
    }

    /// Returns the folder whose `kustomization.yaml` lists the overlays of a cluster; `None` where each folder has its
    /// own, or none.
    pub fn folder(&self, cluster: Option<&str>) -> Option<String> {
        match self {
            Self::Separate { dir, clustered: true } => Some(joined(dir, &cluster.map(of_cluster).unwrap_or_default())),
            Self::Separate { dir, clustered: false } => Some(dir.clone()),
            Self::Beside | Self::Stream(_) => None,
        }
    }

    /// Returns the path of a new overlay's file; `None` in a stream, where the namespace must be known and is not, and
    /// where a name is none that an object can have: manifests are not to be trusted with more, and a `${VAR}` is no
    /// name yet.
    pub fn path(&self, overlay: &Overlay, name: &str, cluster: Option<&str>, source: &str) -> Option<String> {
        let name = Some(name).filter(|name| dns::is_subdomain(name))?;
        let file = format!("{}.yaml", portable(&file_stem(name)));
        match self {
            Self::Separate { .. } => {
                let namespace = self.namespace(overlay).filter(|name| dns::is_label(name))?;
                let folder = joined(&self.folder(cluster)?, &portable(namespace));
                Some(joined(&folder, &file))
            }
            Self::Beside => Some(joined(parent(source), &file)),
            Self::Stream(_) => None,
        }
    }
}

/// Returns the folder of a cluster, whose name may be told by folders of the tree: what a path takes for something else
/// (`.`, the name of a list) ends in a hash of the cluster's name.
fn of_cluster(name: &str) -> String {
    let is_plain = |part: &str| {
        let all_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_list = FILE_NAMES.contains(&part);
        part.bytes().all(all_plain) && !part.starts_with('-') && !part.bytes().all(|byte| byte == b'.') && !is_list
    };
    let part_of = |part: &str| {
        if is_plain(part) {
            return portable(part).into_owned();
        }
        let kept = part.replace(|character: char| !character.is_ascii_alphanumeric(), "-");
        let kept = Some(kept.trim_matches('-')).filter(|kept| !kept.is_empty());
        format!("{}-{}", kept.unwrap_or("root"), hex(name.as_bytes(), DIGITS))
    };
    let parts: Vec<_> = name.split('/').map(part_of).collect();
    parts.join("/")
}

/// Returns the name of an object or a namespace as every system takes it for a file or a folder: Windows keeps some for
/// devices, whatever stands behind a dot. No object's name begins with `_`.
fn portable(name: &str) -> Cow<'_, str> {
    let first = name.split('.').next().unwrap_or(name);
    let is_numbered = |device: &str| {
        first
            .strip_prefix(device)
            .is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
    };
    if matches!(first, "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt") {
        Cow::Owned(format!("_{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// Joins two paths, each of which may be empty.
pub fn joined(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

/// Returns the folder of a path, empty for the working directory.
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns `path` as seen from `folder`; `None` where it lies elsewhere.
pub fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_has_a_folder_that_no_path_takes_for_something_else() {
        for (name, expected) in [
            ("east", "east"),
            ("east-1.prod_a", "east-1.prod_a"),
            ("a/b", "a/b"),
            ("con", "_con"),
        ] {
            assert_eq!(of_cluster(name), expected);
        }
        let odd = [
            ".",
            "..",
            "kustomization.yaml",
            "Kustomization",
            "a b",
            "-rf/..",
            "\u{1b}[2J",
        ];
        let folders: Vec<_> = odd.iter().map(|name| of_cluster(name)).collect();
        for folder in &folders {
            let is_free = |part: &str| !part.is_empty() && !part.starts_with('-') && !FILE_NAMES.contains(&part);
            assert!(folder.split('/').all(is_free), "{folder}");
            assert!(
                folder
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-/".contains(&byte)),
                "{folder}"
            );
        }
        assert_eq!(folders[0], "root-cdb4ee2a");
    }
}
