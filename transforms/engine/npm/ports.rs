//! The ports of a rule as NPM reads them.

use crate::engine::ports::{Ports, Transport};
use crate::policy::{Port, PortNumber, PortTarget, Protocol};

/// Returns the ports of a rule and the names among them; none written means every protocol and port (NPM-R7, R9).
pub(super) fn ports(ports: &[&Port]) -> (Ports, Vec<(String, Protocol)>) {
    if ports.is_empty() {
        return (Ports::all(), Vec::new());
    }
    let (mut fixed, mut names) = (Ports::NONE, Vec::new());
    for port in ports {
        let transport = Transport::from(port.protocol);
        let opened = match &port.target {
            PortTarget::All => Ports::every(transport),
            PortTarget::Number(number) => Ports::one(transport, *number),
            PortTarget::Range(first, last) => Ports::range(transport, first.get(), last.get()),
            // What a variable will say is unknown, and the same for both engines.
            PortTarget::Substituted(_) => Ports::NONE,
            PortTarget::Name(name) => {
                let number = name.parse().ok().and_then(PortNumber::new);
                if number.is_none() {
                    names.push((name.clone(), port.protocol));
                }
                number.map_or(Ports::NONE, |number| Ports::one(transport, number))
            }
        };
        fixed = fixed.union(&opened);
    }
    (fixed, names)
}
