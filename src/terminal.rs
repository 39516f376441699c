//! Streams to the outside, with colours where they are wanted.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};

use anstream::AutoStream;

use crate::cli::ColorChoice;

/// Returns whether colours are wanted, by the flag and, on `auto`, by the variables that tools agree on.
pub(crate) fn colors(flag: ColorChoice) -> anstream::ColorChoice {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = || is_set("FORCE_COLOR") && env::var_os("FORCE_COLOR").is_some_and(|value| value != "0");
    match flag {
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
        ColorChoice::Auto if is_set("NO_COLOR") => anstream::ColorChoice::Never,
        ColorChoice::Auto if forced() => anstream::ColorChoice::Always,
        // `CLICOLOR_FORCE`, `CLICOLOR`, `TERM` and whether it is a terminal.
        ColorChoice::Auto => anstream::ColorChoice::Auto,
    }
}

/// Writes to stdout; a reader that went away is no error, as with every filter.
///
/// # Errors
/// What `write` or the stream answers.
pub(crate) fn to_stdout(
    colors: anstream::ColorChoice,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut stream = io::BufWriter::new(AutoStream::new(io::stdout().lock(), colors));
    unless_gone(write(&mut stream).and_then(|()| stream.flush()))
}

/// Who reads what goes to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// A terminal, which obeys control characters; colours are taken out for it where they are not wanted.
    Terminal,
    /// A program or a file, which gets every byte.
    Program {
        /// Whether colours are wanted all the same.
        colors: bool,
    },
}

/// Writes to stdout what has other people's bytes in it: unlike by [`to_stdout`], none is taken out on the way to a
/// program.
///
/// # Errors
/// What `write` or the stream answers.
pub(crate) fn data_to_stdout(
    colors: anstream::ColorChoice,
    write: impl FnOnce(Recipient, &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let stdout = io::stdout();
    if stdout.is_terminal() {
        return to_stdout(colors, |out| write(Recipient::Terminal, out));
    }
    let colors = match colors {
        anstream::ColorChoice::Auto => AutoStream::choice(&stdout),
        chosen => chosen,
    };
    let colors = colors != anstream::ColorChoice::Never;
    let mut stream = io::BufWriter::new(stdout.lock());
    unless_gone(write(Recipient::Program { colors }, &mut stream).and_then(|()| stream.flush()))
}

/// Writes bytes to stdout as they are.
///
/// # Errors
/// What the stream answers.
pub(crate) fn bytes_to_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stream = io::stdout().lock();
    unless_gone(stream.write_all(bytes).and_then(|()| stream.flush()))
}

/// Writes to stderr.
///
/// # Errors
/// What `write` or the stream answers.
pub(crate) fn to_stderr(
    colors: anstream::ColorChoice,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut stream = io::BufWriter::new(AutoStream::new(io::stderr().lock(), colors));
    unless_gone(write(&mut stream).and_then(|()| stream.flush()))
}

fn unless_gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
