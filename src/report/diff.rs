//! Changed files as a unified diff that `git apply` and `patch -p1` take.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::report::FileAction;
use ciliate_transforms::verify::VerifiedFile;
use similar::udiff::UnifiedDiffHunk;
use similar::{ChangeTag, TextDiff};

/// Lines of context around a change.
const CONTEXT: usize = 3;

const HEADER: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Cyan.on_default();
const GONE: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// A file before and after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileDiff<'f> {
    path: &'f str,
    action: FileAction,
    before: &'f str,
    after: &'f str,
}

impl<'f> From<&'f VerifiedFile> for FileDiff<'f> {
    fn from(file: &'f VerifiedFile) -> Self {
        Self {
            path: file.path(),
            action: file.action(),
            before: file.before(),
            after: file.after().unwrap_or_default(),
        }
    }
}

/// Writes the diff of each file, in the order given.
pub(crate) fn render<'f>(
    files: impl IntoIterator<Item = impl Into<FileDiff<'f>>>,
    out: &mut impl Write,
) -> io::Result<()> {
    for file in files {
        file_diff(file.into(), out)?;
    }
    Ok(())
}

fn file_diff(file: FileDiff<'_>, out: &mut impl Write) -> io::Result<()> {
    // A tab ends the name for `patch`, which would else end it at a blank.
    let end = if file.path.contains(' ') { "\t" } else { "" };
    let (old, new) = (format!("a/{}{end}", file.path), format!("b/{}{end}", file.path));
    let (old, new) = match file.action {
        FileAction::Added => ("/dev/null", new.as_str()),
        FileAction::Edited => (old.as_str(), new.as_str()),
        FileAction::Removed => (old.as_str(), "/dev/null"),
    };
    writeln!(out, "{HEADER}--- {old}{HEADER:#}")?;
    writeln!(out, "{HEADER}+++ {new}{HEADER:#}")?;
    let diff = TextDiff::from_lines(file.before, file.after);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        write_hunk(&hunk, out)?;
    }
    Ok(())
}

fn write_hunk(hunk: &UnifiedDiffHunk<'_, '_, '_, str>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{PLACE}{}{PLACE:#}", hunk.header())?;
    for change in hunk.iter_changes() {
        let style = match change.tag() {
            ChangeTag::Equal => Style::new(),
            ChangeTag::Delete => GONE,
            ChangeTag::Insert => NEW,
        };
        let line = change.value();
        let text = line.strip_suffix('\n').unwrap_or(line);
        writeln!(out, "{style}{}{text}{style:#}", change.tag())?;
        if !line.ends_with('\n') {
            writeln!(out, "\\ No newline at end of file")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(file: FileDiff<'_>) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        render([file], &mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn an_edited_file_shows_what_moved_and_keeps_its_line_ends() {
        let file = FileDiff {
            path: "a b.yaml",
            action: FileAction::Edited,
            before: "x: 1\r\ny: 2",
            after: "x: 1\r\ny: 3",
        };
        let expected = "--- a/a b.yaml\t\n+++ b/a b.yaml\t\n@@ -1,2 +1,2 @@\n x: 1\r\n-y: 2\n\\ No newline at end of file\n\
                        +y: 3\n\\ No newline at end of file\n";
        assert_eq!(plain(file), expected);
    }

    #[test]
    fn files_that_come_and_go_have_dev_null_on_the_other_side() {
        let added = FileDiff {
            path: "n.yaml",
            action: FileAction::Added,
            before: "",
            after: "x: 1\n",
        };
        assert_eq!(plain(added), "--- /dev/null\n+++ b/n.yaml\n@@ -0,0 +1 @@\n+x: 1\n");
        let removed = FileDiff {
            path: "n.yaml",
            action: FileAction::Removed,
            before: "x: 1\n",
            after: "",
        };
        assert_eq!(plain(removed), "--- a/n.yaml\n+++ /dev/null\n@@ -1 +0,0 @@\n-x: 1\n");
    }
}
