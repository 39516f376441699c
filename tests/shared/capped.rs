//! Runs of the binary that may take only so much memory and time.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Output};

use super::{FIX_ALL, NETWORK};

/// The address space that a run may take, in KiB: far more than memory, since allocators and stacks reserve it.
const MEMORY: &str = "3145728";

/// The seconds of processor time that a run may take before it is killed; a busy machine does not count against it.
const SECONDS: &str = "30";

/// A policy that `ip-block` changes, to see that a neighbour goes on.
pub const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: good, namespace: shop}\n\
                      spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - ipBlock:\n        \
                      cidr: 0.0.0.0/0\n";

/// Fixes a folder under the caps, with further flags; a run that hangs without using the processor is killed too.
pub fn capped(folder: &Path, flags: &[&str]) -> Result<Output, Box<dyn Error>> {
    let script = format!("ulimit -v {MEMORY}; ulimit -t {SECONDS}; exec timeout -s KILL 300 \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_ciliate")])
        .args(FIX_ALL)
        .args(NETWORK)
        .args([
            "--cilium-version",
            "1.18.6",
            "-o",
            "json",
            "-o",
            "human=report.txt",
            ".",
        ]);
    Ok(command.args(flags).current_dir(folder).output()?)
}
