//! Policies that no transform may touch: their finding says what to decide first.

use super::World;
use super::npm_drops::unenforced_by_npm;
use crate::policy::Policy;

/// Returns the finding that keeps the transforms away from `policy`; `None` where they may edit it.
///
/// A policy that NPM drops whole or Cilium rejects means different things to the engines whatever is written into it,
/// so it is edited by none and is the source of no overlay.
pub fn frozen(policy: &Policy, _world: &World) -> Option<&'static str> {
    unenforced_by_npm(policy).map(|_| "unenforced-policy")
}
