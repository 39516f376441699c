//! Which Cilium a version of AKS brings, and versions as people write them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::facts::{MinorVersion, Target};

/// Where AKS's node-local DNS listens on each node.
///
/// # Source
/// <https://learn.microsoft.com/azure/aks/localdns-custom>
pub const LOCAL_DNS: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 10, 0), 24);

/// AKS's Kubernetes minor version, and the least Cilium that a cluster of it runs.
///
/// # Source
/// Microsoft's changelog of AKS, <https://github.com/Azure/AKS/blob/master/CHANGELOG.md>, as of 2026-08.
const TABLE: [(u8, &str, MinorVersion); 10] = [
    (27, "1.13.18", MinorVersion(13)),
    (28, "1.13.18", MinorVersion(13)),
    (29, "1.14.20", MinorVersion(14)),
    (30, "1.14.20", MinorVersion(14)),
    (31, "1.16.16", MinorVersion(16)),
    (32, "1.17.9", MinorVersion(17)),
    (33, "1.17.9", MinorVersion(17)),
    (34, "1.18.6", MinorVersion(18)),
    (35, "1.18.6", MinorVersion(18)),
    (36, "1.18.9", MinorVersion(18)),
];

/// Why a version names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// The text is no version.
    #[error("`{text}` is no version: write it as 1.17 or 1.17.4")]
    Unreadable {
        /// The text as given.
        text: String,
    },
    /// AKS had no Cilium yet, or no longer supports the version.
    #[error("AKS {version} is older than 1.27, the oldest whose Cilium is known; give --cilium-version instead")]
    TooOld {
        /// The version as given.
        version: String,
    },
}

/// Returns what an AKS version such as `1.32` or `1.32.4` brings; a version newer than the table brings its newest row.
///
/// # Errors
/// [`VersionError`] where the text is no version, or older than the table.
pub fn target(text: &str) -> Result<Target, VersionError> {
    let (minor, version) = parse(text)?;
    let row = TABLE.iter().rev().find(|&&(of, _, _)| of <= minor);
    let Some(&(_, brings, cilium)) = row else {
        return Err(VersionError::TooOld {
            version: version.to_owned(),
        });
    };
    Ok(Target {
        cilium,
        version: brings.to_owned(),
        stated: true,
        aks: Some(version.to_owned()),
    })
}

/// Says what is assumed where a target's AKS version is newer than the table.
pub fn assumption(target: &Target) -> Option<String> {
    let aks = target.aks.as_deref()?;
    let (newest, _, _) = TABLE[TABLE.len() - 1];
    let (minor, _) = parse(aks).ok()?;
    (minor > newest).then(|| {
        format!(
            "AKS {aks} is newer than 1.{newest}, the newest whose Cilium is known: it is judged by Cilium {} of that \
             one; give --cilium-version to say better",
            target.version
        )
    })
}

/// Returns the target of a Cilium version such as `1.17`, `1.17.4` or `v1.17.4`.
///
/// # Errors
/// [`VersionError::Unreadable`] where the text is no version.
pub fn cilium_target(text: &str) -> Result<Target, VersionError> {
    let (minor, version) = parse(text)?;
    Ok(Target {
        cilium: MinorVersion(minor),
        version: version.to_owned(),
        stated: true,
        aks: None,
    })
}

/// Reads `1.<minor>` with or without patch level and `v`; returns the minor version and the text without the `v`.
fn parse(text: &str) -> Result<(u8, &str), VersionError> {
    let unreadable = || VersionError::Unreadable { text: text.to_owned() };
    let version = text.trim();
    let version = version.strip_prefix('v').unwrap_or(version);
    let mut parts = version.split('.');
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u8>().ok()).flatten()
    };
    let (major, minor) = (parts.next().and_then(number), parts.next().and_then(number));
    let patch_fits = parts.next().is_none_or(|part| number(part).is_some());
    match (major, minor) {
        (Some(1), Some(minor)) if patch_fits && parts.next().is_none() => Ok((minor, version)),
        _ => Err(unreadable()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_aks_version_brings_its_cilium() {
        for (aks, cilium, version) in [
            ("1.27", 13, "1.13.18"),
            ("1.30.5", 14, "1.14.20"),
            ("v1.31", 16, "1.16.16"),
            ("1.32", 17, "1.17.9"),
            ("1.35", 18, "1.18.6"),
            ("1.36", 18, "1.18.9"),
        ] {
            let target = target(aks).unwrap();
            assert_eq!(
                (target.cilium, target.version.as_str()),
                (MinorVersion(cilium), version),
                "{aks}"
            );
            assert!(target.stated && assumption(&target).is_none());
        }
    }

    #[test]
    fn a_newer_aks_version_brings_the_newest_known_cilium_and_is_said() {
        let target = target("1.41").unwrap();
        assert_eq!(target.version, "1.18.9");
        assert!(assumption(&target).unwrap().contains("AKS 1.41 is newer than 1.36"));
    }

    #[test]
    fn an_older_aks_version_and_what_is_no_version_are_errors() {
        assert!(matches!(target("1.26"), Err(VersionError::TooOld { .. })));
        for text in ["", "1", "2.0", "latest", "1.x", "1.17.4.1", "1.17.", "1.-7", "1.999"] {
            assert!(
                matches!(cilium_target(text), Err(VersionError::Unreadable { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn a_cilium_version_is_read_with_and_without_patch_level_and_v() {
        for (text, version) in [("1.17", "1.17"), ("1.17.4", "1.17.4"), ("v1.17.4", "1.17.4")] {
            let target = cilium_target(text).unwrap();
            assert_eq!((target.cilium, target.version.as_str()), (MinorVersion(17), version));
        }
    }
}
