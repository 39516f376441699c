//! Files of `docs/` that are made from the code: tests hold them current.

use std::path::Path;
use std::{env, fs};

/// Compares a file of the repository with what it must be; with `UPDATE_DOCS=1` writes it instead.
///
/// # Panics
/// If the file is not current, or can't be written.
pub(crate) fn assert_current(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(&file, expected).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let found = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        found == expected,
        "{path} is not current; run the tests with UPDATE_DOCS=1"
    );
}
