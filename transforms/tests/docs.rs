//! The pages of the catalogue agree with the catalogue.

#![expect(
    clippy::disallowed_methods,
    reason = "the library is pure, its tests read the files that they are about"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ciliate_transforms::catalog;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog")
}

fn stems(extension: &str) -> io::Result<BTreeSet<String>> {
    let mut stems = BTreeSet::new();
    for entry in fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            stems.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    stems.remove("mod");
    Ok(stems)
}

#[test]
fn every_entry_has_its_file_and_its_page() -> io::Result<()> {
    let entries: BTreeSet<_> = catalog::ALL.iter().map(|entry| entry.id.replace('-', "_")).collect();
    assert_eq!(entries.len(), catalog::ALL.len(), "an id stands twice");
    assert_eq!(entries, stems("rs")?);
    assert_eq!(entries, stems("md")?);
    for entry in catalog::ALL {
        let page = fs::read_to_string(folder().join(entry.id.replace('-', "_")).with_extension("md"))?;
        let mut lines = page.lines();
        assert_eq!(lines.next(), Some(format!("# {}", entry.id).as_str()));
        assert_eq!(lines.next(), Some(entry.summary), "the summary of {}", entry.id);
        assert_eq!(entry.docs, page, "the page of {}", entry.id);
    }
    Ok(())
}
