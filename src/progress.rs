//! A progress bar on stderr, for work that takes long on a terminal.

use std::sync::Once;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The progress of a run through files.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    wanted: bool,
    shown: Once,
}

impl Progress {
    /// Starts on `files` files; nothing is ever drawn where the bar is not wanted or stderr is no terminal.
    pub(crate) fn start(files: usize, wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
        Self {
            bar,
            started: Instant::now(),
            wanted,
            shown: Once::new(),
        }
    }

    /// Counts one file more.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
        if self.wanted && !self.shown.is_completed() && self.started.elapsed() > PATIENCE {
            self.shown.call_once(|| self.show());
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
            self.bar.set_style(style);
        }
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }
}
