//! `ciliate completions`: a completion script for a shell.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::stop::Stop;
use crate::terminal;

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ciliate", &mut script);
    terminal::bytes_to_stdout(&script)?;
    Ok(Exit::Done)
}
