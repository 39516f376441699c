//! Changed files as a patch that `git apply` and `patch -p1` take byte for byte, or as a terminal may show it.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ciliate_transforms::report::FileAction;
use similar::udiff::UnifiedDiffHunk;
use similar::{ChangeTag, TextDiff};

use crate::report::names;
use crate::terminal::Recipient;

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A file before and after.
#[derive(Debug, Clone)]
pub(crate) struct FileDiff<'f> {
    /// The path from where the patch is applied, with `/`; it need not be UTF-8.
    pub(crate) path: Vec<u8>,
    /// What happens to the file.
    pub(crate) action: FileAction,
    /// Whether it may be run, as Git has it.
    pub(crate) executable: bool,
    /// Its text, empty for a new file.
    pub(crate) before: &'f str,
    /// Its new text, empty where it goes.
    pub(crate) after: &'f str,
}

/// The colours of a diff.
#[derive(Debug, Clone, Copy, Default)]
struct Styles {
    header: Style,
    place: Style,
    gone: Style,
    new: Style,
}

/// Writes a diff for whom it is for.
struct Writer<'w> {
    out: &'w mut dyn Write,
    styles: Styles,
    recipient: Recipient,
}

/// Writes the diff of each file, in the order given.
pub(crate) fn render(files: &[FileDiff<'_>], recipient: Recipient, out: &mut dyn Write) -> io::Result<()> {
    let colored = match recipient {
        Recipient::Terminal => true,
        Recipient::Program { colors } => colors,
    };
    let styles = if colored {
        Styles {
            header: Style::new().bold(),
            place: AnsiColor::Cyan.on_default(),
            gone: AnsiColor::Red.on_default(),
            new: AnsiColor::Green.on_default(),
        }
    } else {
        Styles::default()
    };
    let mut writer = Writer { out, styles, recipient };
    files.iter().try_for_each(|file| writer.file(file))
}

impl Writer<'_> {
    fn file(&mut self, file: &FileDiff<'_>) -> io::Result<()> {
        let (old, new) = (names::quoted("a/", &file.path), names::quoted("b/", &file.path));
        self.header(&format!("diff --git {old} {new}"))?;
        // A tab ends the name for those that would else end it at a blank.
        let end = if file.path.contains(&b' ') { "\t" } else { "" };
        let (old, new) = (format!("{old}{end}"), format!("{new}{end}"));
        let (old, new) = match file.action {
            FileAction::Added => {
                self.header("new file mode 100644")?;
                ("/dev/null", new.as_str())
            }
            FileAction::Edited => (old.as_str(), new.as_str()),
            FileAction::Removed => {
                let mode = if file.executable { "100755" } else { "100644" };
                self.header(&format!("deleted file mode {mode}"))?;
                (old.as_str(), "/dev/null")
            }
        };
        let (before, after) = (lines(file.before), lines(file.after));
        let diff = TextDiff::from_slices(&before, &after);
        let mut hunks = diff.unified_diff().context_radius(CONTEXT).iter_hunks().peekable();
        // Git refuses names without hunks.
        if hunks.peek().is_some() {
            self.header(&format!("--- {old}"))?;
            self.header(&format!("+++ {new}"))?;
        }
        hunks.try_for_each(|hunk| self.hunk(&hunk))
    }

    fn header(&mut self, text: &str) -> io::Result<()> {
        let style = self.styles.header;
        writeln!(self.out, "{style}{text}{style:#}")
    }

    fn hunk(&mut self, hunk: &UnifiedDiffHunk<'_, '_, '_, str>) -> io::Result<()> {
        let place = self.styles.place;
        writeln!(self.out, "{place}{}{place:#}", hunk.header())?;
        for change in hunk.iter_changes() {
            let style = match change.tag() {
                ChangeTag::Equal => Style::new(),
                ChangeTag::Delete => self.styles.gone,
                ChangeTag::Insert => self.styles.new,
            };
            let line = change.value();
            let text = line.strip_suffix('\n').unwrap_or(line);
            let (tag, text) = (change.tag(), self.shown(text));
            writeln!(self.out, "{style}{tag}{text}{style:#}")?;
            if !line.ends_with('\n') {
                writeln!(self.out, "\\ No newline at end of file")?;
            }
        }
        Ok(())
    }

    /// Returns a line as its recipient gets it: a terminal must not obey what stands in a manifest.
    fn shown<'t>(&self, line: &'t str) -> Cow<'t, str> {
        match self.recipient {
            Recipient::Program { .. } => line.into(),
            Recipient::Terminal => names::harmless(line),
        }
    }
}

/// Returns the lines of a text as Git and `patch` part them: a carriage return ends none.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: Recipient = Recipient::Program { colors: false };

    fn rendered(file: FileDiff<'_>, recipient: Recipient) -> String {
        let mut out = Vec::new();
        render(&[file], recipient, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn edited<'f>(path: &str, before: &'f str, after: &'f str) -> FileDiff<'f> {
        FileDiff {
            path: path.into(),
            action: FileAction::Edited,
            executable: false,
            before,
            after,
        }
    }

    #[test]
    fn an_edited_file_shows_what_moved_and_keeps_its_line_ends() {
        let file = edited("a b.yaml", "x: 1\r\ny: 2", "x: 1\r\ny: 3");
        let expected = "diff --git a/a b.yaml b/a b.yaml\n--- a/a b.yaml\t\n+++ b/a b.yaml\t\n@@ -1,2 +1,2 @@\n \
                        x: 1\r\n-y: 2\n\\ No newline at end of file\n+y: 3\n\\ No newline at end of file\n";
        assert_eq!(rendered(file, PATCH), expected);
    }

    #[test]
    fn files_that_come_and_go_have_dev_null_on_the_other_side_and_a_mode() {
        let added = FileDiff {
            action: FileAction::Added,
            ..edited("n.yaml", "", "x: 1\n")
        };
        let expected = "diff --git a/n.yaml b/n.yaml\nnew file mode 100644\n--- /dev/null\n+++ b/n.yaml\n\
                        @@ -0,0 +1 @@\n+x: 1\n";
        assert_eq!(rendered(added, PATCH), expected);
        let removed = FileDiff {
            action: FileAction::Removed,
            executable: true,
            ..edited("n.yaml", "x: 1\n", "")
        };
        let expected = "diff --git a/n.yaml b/n.yaml\ndeleted file mode 100755\n--- a/n.yaml\n+++ /dev/null\n\
                        @@ -1 +0,0 @@\n-x: 1\n";
        assert_eq!(rendered(removed, PATCH), expected);
    }

    #[test]
    fn an_empty_file_that_comes_or_goes_has_no_names_but_those_of_its_head() {
        let removed = FileDiff {
            action: FileAction::Removed,
            ..edited("n.yaml", "", "")
        };
        let expected = "diff --git a/n.yaml b/n.yaml\ndeleted file mode 100644\n";
        assert_eq!(rendered(removed, PATCH), expected);
    }

    #[test]
    fn a_carriage_return_inside_a_line_ends_none() {
        let text = rendered(edited("a", "x\ry: 1\nz\n", "x\ry: 2\nz\n"), PATCH);
        assert!(text.ends_with("@@ -1,2 +1,2 @@\n-x\ry: 1\n+x\ry: 2\n z\n"), "{text:?}");
    }

    #[test]
    fn programs_get_every_byte_with_colours_or_without_and_terminals_no_control_character() {
        let file = || edited("\u{1b}[2J", "x: \u{1b}]0;a\u{7}\r\n", "x: \u{202e}\u{9b}\r\n");
        assert!(rendered(file(), PATCH).ends_with("-x: \u{1b}]0;a\u{7}\r\n+x: \u{202e}\u{9b}\r\n"));
        let colored = rendered(file(), Recipient::Program { colors: true });
        assert!(
            colored.ends_with("\u{1b}[31m-x: \u{1b}]0;a\u{7}\r\u{1b}[0m\n\u{1b}[32m+x: \u{202e}\u{9b}\r\u{1b}[0m\n"),
            "{colored:?}"
        );
        let shown = rendered(file(), Recipient::Terminal);
        let plain = anstream::adapter::strip_str(&shown).to_string();
        let expected = "diff --git \"a/\\033[2J\" \"b/\\033[2J\"\n--- \"a/\\033[2J\"\n+++ \"b/\\033[2J\"\n@@ -1 +1 @@\n\
                        -x: \\u{1b}]0;a\\u{7}\r\n+x: \\u{202e}\\u{9b}\r\n";
        // Stripping takes the line end's carriage return too.
        assert_eq!(plain.replace('\r', ""), expected.replace('\r', ""));
    }
}
