//! An input as what is asked for and the files of a tree, so that a seed is a text that people can read.

use std::collections::BTreeMap;

/// The files of a tree, by path.
pub(crate) type Files = BTreeMap<String, String>;

/// What starts a line that names the file below it.
const FILE: &str = "# file: ";

/// How many files a tree may have; more of them only make an input slow.
const MOST: usize = 16;

/// Parts an input: two characters that say what is asked for, then the first file up to a line that names another.
///
/// Returns `None` where the input is too short or has too many files.
pub(crate) fn parted(input: &str) -> Option<([u8; 2], Files)> {
    let (&ask, _) = input.as_bytes().split_first_chunk::<2>()?;
    let text = input.get(2..)?;
    let mut files = Files::new();
    let (mut path, mut body) = ("a.yaml".to_owned(), String::new());
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(FILE) {
            let finished = std::mem::replace(&mut path, name.trim_end().to_owned());
            files.insert(finished, std::mem::take(&mut body));
        } else {
            body.push_str(line);
        }
    }
    files.insert(path, body);
    (files.len() <= MOST).then_some((ask, files))
}
