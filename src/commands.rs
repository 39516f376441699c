//! The verbs: one file each.

mod check;
mod completions;
mod explain;
mod fix;
mod init;
mod man;
mod verify;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::stop::Stop;

/// Runs the verb that was asked for.
pub(crate) fn run(cli: &Cli) -> Result<Exit, Stop> {
    let global = &cli.global;
    match &cli.command {
        Command::Check(args) => check::run(args, global),
        Command::Fix(args) => fix::run(args, global),
        Command::Verify(args) => verify::run(args, global),
        Command::Explain(args) => explain::run(args, global),
        Command::Init(args) => init::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man => man::run(),
    }
}
