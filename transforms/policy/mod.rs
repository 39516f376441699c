//! What a NetworkPolicy says, as types that can't be wrong.

pub mod cilium;
pub mod cnp;
pub mod cover;
pub mod dns;
pub mod emit;
pub mod hash;
mod meaning;
mod model;
pub mod net;
mod object;
pub mod oddity;
pub mod ports;
pub mod read;
pub mod selector;
pub mod walk;
pub(crate) mod write;

pub use cnp::{CnpPeers, CnpPort, CnpRule, Entity, Overlay, SourceRef};
pub use cover::{Cover, addresses, cover};
pub use hash::spec_hash;
pub use model::{
    Block, Direction, Entry, Ignore, IgnoreScope, Origin, Peer, Policy, PolicyTypes, Port, PortNumber, PortTarget,
    Protocol, Rejected, Rule, Section,
};
pub use net::{Cidr, CidrSet};
pub use object::{Namespace, ObjectKey, Place, Spot};
pub use ports::PortSet;
pub use selector::{Labels, Operator, Requirement, Selector};
