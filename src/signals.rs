//! Signals that end a run: never with a plan half-written, and with the code that shells expect.

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use crate::write;

    /// Ends the process at the first signal, with 128 and its number, once no file is staged.
    ///
    /// # Errors
    /// [`io::Error`] where the system takes no handler.
    pub(crate) fn heed() -> io::Result<()> {
        let ignored = ignored();
        let heeded = [SIGHUP, SIGINT, SIGTERM].into_iter();
        let mut signals = Signals::new(heeded.filter(|signal| ignored & (1 << (signal - 1)) == 0))?;
        let wait = move || {
            if let Some(signal) = signals.forever().next() {
                let _whole = write::hold_off_writes();
                #[expect(clippy::exit, reason = "whatever runs now is not wanted any more")]
                std::process::exit(128 + signal);
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
    }

    /// Returns the signals that the caller has this process ignore, as `nohup` does, a bit each; only Linux tells.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }
}

#[cfg(unix)]
pub(crate) use unix::heed;

/// Other systems end the process themselves.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems can refuse")]
pub(crate) const fn heed() -> std::io::Result<()> {
    Ok(())
}
