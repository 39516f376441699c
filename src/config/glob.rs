//! A glob that tells what its stars matched, which the crate for sets of globs does not.

/// Returns what each `*` and `**` of `glob` matched in `path`, in order; `None` where the whole path does not match.
///
/// A `*` matches within a name, a name `**` any number of names, `?` one character.
pub(super) fn captures<'p>(glob: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let names: Vec<_> = glob.split('/').collect();
    let mut found = Vec::new();
    folders(&names, path, &mut found).then(|| {
        found.reverse();
        found
    })
}

/// Puts the captures into `found` from the last to the first.
fn folders<'p>(names: &[&str], path: &'p str, found: &mut Vec<&'p str>) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return false;
    };
    if *name == "**" {
        let ends = path.match_indices('/').map(|(at, _)| at);
        if rest.is_empty() {
            found.push(path);
            return true;
        }
        if folders(rest, path, found) {
            found.push("");
            return true;
        }
        for end in ends {
            if folders(rest, &path[end + 1..], found) {
                found.push(&path[..end]);
                return true;
            }
        }
        return false;
    }
    let (first, below) = match path.split_once('/') {
        Some((first, below)) => (first, Some(below)),
        None => (path, None),
    };
    match (rest.is_empty(), below) {
        (true, None) => within(name, first, found),
        (false, Some(below)) => {
            let before = found.len();
            let matches = folders(rest, below, found) && within(name, first, found);
            if !matches {
                found.truncate(before);
            }
            matches
        }
        (true, Some(_)) | (false, None) => false,
    }
}

/// Matches one name, and puts what its stars matched into `found` from the last to the first.
fn within<'p>(glob: &str, name: &'p str, found: &mut Vec<&'p str>) -> bool {
    let mut glob_chars = glob.chars();
    let Some(first) = glob_chars.next() else {
        return name.is_empty();
    };
    let rest = glob_chars.as_str();
    match first {
        '*' => {
            let mut ends: Vec<_> = name.char_indices().map(|(at, _)| at).collect();
            ends.push(name.len());
            let end = ends.into_iter().rev().find(|&end| within(rest, &name[end..], found));
            if let Some(end) = end {
                found.push(&name[..end]);
            }
            end.is_some()
        }
        '?' => {
            let mut chars = name.chars();
            chars.next().is_some() && within(rest, chars.as_str(), found)
        }
        literal => name.strip_prefix(literal).is_some_and(|name| within(rest, name, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_tell_what_they_matched() {
        for (glob, path, expected) in [
            ("apps/*/**", "apps/shop/a/b.yaml", Some(vec!["shop", "a/b.yaml"])),
            ("apps/*/**", "apps/shop.yaml", None),
            ("**/ns-*/x.yaml", "a/b/ns-pay/x.yaml", Some(vec!["a/b", "pay"])),
            ("**/x.yaml", "x.yaml", Some(vec![""])),
            ("*-*.y?ml", "a-b-c.yaml", Some(vec!["a-b", "c"])),
            ("a/b", "a/b", Some(vec![])),
            ("a", "a/b", None),
        ] {
            assert_eq!(captures(glob, path), expected, "{glob} {path}");
        }
    }
}
