//! Tests of what stars match, against a matcher that tries everything.

use super::*;

fn captures<'p>(glob: &str, path: &'p str) -> Option<Vec<&'p str>> {
    Glob::new(glob).unwrap().captures(path)
}

#[test]
fn stars_tell_what_they_matched() {
    for (glob, path, expected) in [
        ("apps/*/**", "apps/shop/a/b.yaml", Some(vec!["shop", "a/b.yaml"])),
        ("apps/*/**", "apps/shop.yaml", None),
        ("**/ns-*/x.yaml", "a/b/ns-pay/x.yaml", Some(vec!["a/b", "pay"])),
        ("**/x.yaml", "x.yaml", Some(vec![""])),
        ("*-*.y?ml", "a-b-c.yaml", Some(vec!["a-b", "c"])),
        ("**/a/**", "a/a/b", Some(vec!["", "a/b"])),
        ("a.b/[c]/{d}/\\e", "a.b/[c]/{d}/\\e", Some(vec![])),
        ("?", "ä", Some(vec![])),
        ("*", "a\nb", Some(vec!["a\nb"])),
        ("a/b", "a/b", Some(vec![])),
        ("a", "a/b", None),
    ] {
        assert_eq!(captures(glob, path), expected, "{glob} {path}");
    }
}

#[test]
fn small_globs_match_as_a_matcher_that_tries_everything_says() {
    let paths: Vec<_> = (0..=4).flat_map(|length| texts("ab/", length)).collect();
    for text in (0..=5).flat_map(|length| texts("a*/?", length)) {
        let glob = Glob::new(&text).unwrap();
        for path in &paths {
            assert_eq!(glob.captures(path), captures_slowly(&text, path), "{text} {path}");
        }
    }
}

#[test]
fn a_glob_of_many_stars_or_characters_is_refused() {
    let globs = [
        "*a".repeat(50_000),
        "**/".repeat(50_000),
        "?".repeat(100_000),
        "x".repeat(1_000_000),
    ];
    for glob in globs {
        assert!(Glob::new(&glob).is_err());
    }
}

#[test]
fn as_many_stars_as_may_be_end_on_a_path_that_they_nearly_match() {
    let path = format!("{}b", "a/a".repeat(1_000));
    for glob in [
        "*a".repeat(STARS),
        "**/".repeat(STARS / 2) + "c",
        "a*".repeat(STARS) + "/c",
    ] {
        assert_eq!(captures(&glob, &path), None);
    }
}

/// Returns all texts of these characters that have this length.
fn texts(characters: &str, length: usize) -> Vec<String> {
    (0..length).fold(vec![String::new()], |texts, _| {
        let longer = |text: &String| {
            let text = text.clone();
            characters.chars().map(move |character| format!("{text}{character}"))
        };
        texts.iter().flat_map(longer).collect()
    })
}

/// Says by plain backtracking what the stars match: slow where there are many, and easy to see through.
fn captures_slowly<'p>(glob: &str, path: &'p str) -> Option<Vec<&'p str>> {
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
