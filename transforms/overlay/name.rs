//! The names of overlays and of their files.

use std::borrow::Cow;

use crate::policy::Overlay;
use crate::policy::emit::source_text;
use crate::policy::hash::hex;

/// The most characters in an object's name.
const MAX_LENGTH: usize = 253;

/// The most bytes in a file's name on the usual file systems, without `.yaml`.
const MAX_STEM: usize = 250;

/// How many hex digits tell two apart that would have one name.
pub(super) const DIGITS: usize = 8;

/// Returns an overlay's name: `<source>-<transform>`, with a second source behind it.
///
/// Where that is too long, or `taken` by another object of the tree, it is cut and ends in a hash of the sources.
pub fn name(overlay: &Overlay, taken: impl Fn(&str) -> bool) -> String {
    let mut parts = overlay.sources.iter().map(|source| source.name.as_str());
    let plain = parts.next().into_iter().chain([overlay.transform]).chain(parts);
    let plain = plain.collect::<Vec<_>>().join("-");
    if plain.len() <= MAX_LENGTH && !taken(&plain) {
        return plain;
    }
    let end = plain.floor_char_boundary(MAX_LENGTH - DIGITS - 1);
    // A name's labels end in a letter or a digit.
    let cut = plain[..end].trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
    let namespace = overlay.sources.first().and_then(|source| source.namespace.name());
    format!(
        "{cut}-{}",
        hex(source_text(&overlay.sources, namespace).as_bytes(), DIGITS)
    )
}

/// Returns the name of an object's file, without its extension: an object's name may be longer than a file's.
pub fn file_stem(name: &str) -> Cow<'_, str> {
    if name.len() <= MAX_STEM {
        return Cow::Borrowed(name);
    }
    let end = name.floor_char_boundary(MAX_STEM - DIGITS - 1);
    Cow::Owned(format!("{}-{}", &name[..end], hex(name.as_bytes(), DIGITS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Namespace, Selector, SourceRef};

    fn overlay(sources: &[(&'static str, &str)], transform: &'static str) -> Overlay {
        let sources = sources.iter().map(|&(kind, name)| SourceRef {
            kind,
            namespace: Namespace::Named("shop".into()),
            name: name.to_owned(),
        });
        Overlay {
            sources: sources.collect(),
            namespace_written: true,
            transform,
            selector: Selector::default(),
            never_isolates: true,
            ingress: vec![],
            egress: vec![],
        }
    }

    #[test]
    fn a_name_is_the_sources_and_the_transforms() {
        let free = |_: &str| false;
        let one = overlay(&[("NetworkPolicy", "web")], "node-egress");
        assert_eq!(name(&one, free), "web-node-egress");
        let two = overlay(&[("Service", "web"), ("NetworkPolicy", "deny")], "load-balancer");
        assert_eq!(name(&two, free), "web-load-balancer-deny");
    }

    #[test]
    fn a_taken_name_gets_the_hash_of_its_source() {
        let one = overlay(&[("NetworkPolicy", "web")], "node-egress");
        let hash = hex(b"NetworkPolicy/shop/web", 8);
        assert_eq!(
            name(&one, |name| name == "web-node-egress"),
            format!("web-node-egress-{hash}")
        );
    }

    #[test]
    fn a_long_name_is_cut_to_253_characters_and_stays_unique() {
        let free = |_: &str| false;
        let long = |end: &str| format!("{}{end}", "a".repeat(250));
        let first = name(&overlay(&[("NetworkPolicy", &long("x"))], "node-egress"), free);
        let second = name(&overlay(&[("NetworkPolicy", &long("y"))], "node-egress"), free);
        assert_eq!(first.len(), 253);
        assert_ne!(first, second);
        let dotted = format!("{}.{}", "a".repeat(243), "b".repeat(9));
        let cut = name(&overlay(&[("NetworkPolicy", &dotted)], "node-egress"), free);
        assert!(!cut.contains(".-"), "{cut}");
    }
    #[test]
    fn a_file_has_its_objects_name_unless_no_file_can() {
        assert_eq!(file_stem("web-node-egress"), "web-node-egress");
        let long = |end: &str| format!("{}{end}", "a".repeat(252));
        let (one, two) = (long("x"), long("y"));
        assert!(file_stem(&one).len() + ".yaml".len() <= 255);
        assert_ne!(file_stem(&one), file_stem(&two));
    }
}
