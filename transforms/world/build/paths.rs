//! Paths as texts: with `/`, relative, never looked up on a disk.

use std::borrow::Cow;

/// Returns the folder of a file, empty for the top.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Returns what `relative`, written in `folder`, names; `None` where that is remote or absolute.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.contains("://") || relative.contains('?') || relative.starts_with('/') {
        return None;
    }
    if is_normal(folder) && is_normal(relative) {
        return Some(match folder {
            "" => relative.to_owned(),
            _ => [folder, "/", relative].concat(),
        });
    }
    Some(normal(&format!("{folder}/{relative}"), folder.starts_with('/')))
}

/// Returns a path without `.`, and without `..` where it can be told.
pub(super) fn normalized(path: &str) -> Cow<'_, str> {
    if is_normal(path) {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(normal(path, path.starts_with('/')))
    }
}

/// Tells whether a path is as [`normal`] would have it; most are.
fn is_normal(path: &str) -> bool {
    let bytes = path.as_bytes();
    let starts_part = |at: usize| at == 0 || bytes[at - 1] == b'/';
    let is_odd = |at: usize| starts_part(at) && matches!(bytes[at], b'.' | b'/');
    !memchr::memchr2_iter(b'.', b'/', bytes).any(is_odd) && !path.ends_with('/')
}

fn normal(path: &str, absolute: bool) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// Tells whether `path` is `folder` or lies in it; everything lies in the top.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns a folder for people, `.` for the top.
pub(super) fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_joined_without_looking_it_up() {
        for (folder, relative, joined) in [
            ("a/b", "../c/d.yaml", Some("a/c/d.yaml")),
            ("", "./a.yaml", Some("a.yaml")),
            ("./a", ".", Some("a")),
            ("a", "..", Some("")),
            ("a", "../../b", Some("../b")),
            ("/t/a", "../b", Some("/t/b")),
            ("../x/a", "../b/", Some("../x/b")),
            ("..", "../b", Some("../../b")),
            ("a", "https://example.com/x", None),
            ("a", "github.com/x/y?ref=v1", None),
        ] {
            assert_eq!(join(folder, relative).as_deref(), joined, "{folder} {relative}");
        }
    }

    #[test]
    fn a_folder_holds_itself_and_no_longer_name() {
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("a", ""));
        assert!(!is_within("ab", "a") && !is_within("a", "a/b"));
    }
}
