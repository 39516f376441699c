//! A glob that tells what its stars matched, which the crate for sets of globs does not.

use regex::{Regex, RegexBuilder};

/// How many stars a glob may have: matching keeps two places for each, at every step of the pattern.
const STARS: usize = 32;

/// How many bytes the compiled pattern may take.
const COMPILED: usize = 1 << 20;

/// A compiled glob; matching takes a time that grows with the path alone, whatever the stars.
#[derive(Debug)]
pub(super) struct Glob(Regex);

impl Glob {
    /// Compiles a glob: a `*` matches within a name, a name `**` any number of names, `?` one character.
    ///
    /// # Errors
    /// What is wrong with a glob that is too large.
    pub(super) fn new(glob: &str) -> Result<Self, String> {
        if glob.matches('*').count() > STARS {
            return Err(format!("a glob has at most {STARS} stars"));
        }
        RegexBuilder::new(&pattern(glob))
            .dot_matches_new_line(true)
            .size_limit(COMPILED)
            .build()
            .map(Self)
            .map_err(|_| "the glob is too long".to_owned())
    }

    /// Returns what each `*` and `**` matched in `path`, in order; `None` where the whole path does not match.
    ///
    /// A `**` matches as little as it can, a `*` as much.
    pub(super) fn captures<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let found = self.0.captures(path)?;
        Some(
            found
                .iter()
                .skip(1)
                .map(|star| star.map_or("", |star| star.as_str()))
                .collect(),
        )
    }
}

/// Writes a glob as a regular expression with a group for each star.
fn pattern(glob: &str) -> String {
    let mut pattern = String::from(r"\A");
    let mut names = glob.split('/').peekable();
    while let Some(name) = names.next() {
        let is_last = names.peek().is_none();
        match (name, is_last) {
            ("**", true) => pattern.push_str("(.*)"),
            ("**", false) => pattern.push_str("(?:|(.*?)/)"),
            (name, is_last) => {
                within(name, &mut pattern);
                pattern.push_str(if is_last { "" } else { "/" });
            }
        }
    }
    pattern.push_str(r"\z");
    pattern
}

/// Writes one name of a glob.
fn within(name: &str, pattern: &mut String) {
    for character in name.chars() {
        match character {
            '*' => pattern.push_str("([^/]*)"),
            '?' => pattern.push_str("[^/]"),
            literal => pattern.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4]))),
        }
    }
}

#[cfg(test)]
mod tests;
