//! The command `ciliate`.

fn main() {}
