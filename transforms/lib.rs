//! The pure library of ciliate: bytes in, bytes and findings out.

pub mod source;
pub mod yaml;
