//! The pure library of ciliate: bytes in, bytes and findings out.

pub mod catalog;
pub mod draft;
pub mod engine;
pub mod overlay;
pub mod plan;
pub mod policy;
pub mod report;
pub mod source;
pub mod transform;
pub mod verify;
pub mod world;
pub mod yaml;
