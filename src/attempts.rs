//! A plan is delivered, or promised, whole; when a part of it can't be, the rest is planned and proven anew.

use anyhow::anyhow;
use ciliate_transforms::report::Failure;

use crate::exit::Exit;
use crate::pipeline::{Planned, Unwritable};
use crate::stop::Stop;

/// How often a plan is made: whoever changes files faster than this goes on doing so.
const ATTEMPTS: usize = 4;

/// What came of an attempt to deliver a plan.
pub(crate) enum Attempt {
    /// Everything of it is delivered.
    Done {
        /// The plan.
        planned: Box<Planned>,
        /// Whether it changes anything.
        changes: bool,
    },
    /// A part of it can't be made or proven; nothing is delivered.
    Unproven(Vec<Failure>),
    /// A part of it can't be written; nothing is.
    Unwritten(Vec<Failure>),
}

/// A plan that was delivered.
pub(crate) struct Delivered {
    /// The plan.
    pub(crate) planned: Planned,
    /// What the run comes to at the least.
    pub(crate) least: Exit,
}

/// Delivers a plan whole. Where a part of it can't be changed, the rest was not proven without that part: all is read,
/// planned and proven once more.
///
/// # Errors
/// What `attempt` answers, and [`Stop::Failed`] when nothing can be delivered in the end.
pub(crate) fn deliver_what_holds(
    mut attempt: impl FnMut(&Unwritable) -> Result<Attempt, Stop>,
) -> Result<Delivered, Stop> {
    let mut unwritable = Unwritable::new();
    let mut least = Exit::Done;
    for _ in 0..ATTEMPTS {
        let failures = match attempt(&unwritable)? {
            Attempt::Done { planned, changes } => {
                return Ok(Delivered {
                    planned: *planned,
                    least: if changes { Exit::Done } else { least },
                });
            }
            Attempt::Unproven(failures) => failures,
            Attempt::Unwritten(failures) => {
                // Should nothing else be left to write.
                least = Exit::Failed;
                failures
            }
        };
        unwritable.extend(failures.into_iter().map(|failure| (failure.path.clone(), failure)));
    }
    let told = unwritable.into_values();
    let told: Vec<_> = told
        .map(|failure| format!("  {}: {}", failure.path, failure.message))
        .collect();
    Err(Stop::Failed(anyhow!(
        "nothing was written, since each time another file could not be; run again:\n{}",
        told.join("\n")
    )))
}
