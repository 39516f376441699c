//! `ciliate fix`: makes the changes, or prints them as a diff.

use crate::cli::{FixArgs, Global};
use crate::exit::Exit;
use crate::output::{Outputs, Stdout};
use crate::run::{self, Run};
use crate::stop::Stop;

/// Fixes what the command line names.
pub(crate) fn run(args: &FixArgs, global: &Global) -> Result<Exit, Stop> {
    let args = &args.run;
    let _outputs = Outputs::new(&args.output, global, Stdout::Report)?;
    run::with_threads(args.choosing.jobs, || {
        let run = Run::start(args)?;
        let found = run.discover(args)?;
        if found.files.is_empty() && !args.counted.allow_empty {
            return Err(Stop::NoManifests("no manifests found".to_owned()));
        }
        Ok(Exit::Done)
    })
}
