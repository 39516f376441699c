//! Any tree of manifests on the whole way of the library: every change is proven, and a second run changes nothing.
#![no_main]

#[path = "way/files.rs"]
mod files;
#[path = "way/run.rs"]
mod run;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let Some((ask, files)) = files::parted(input) else {
        return;
    };
    let Some(once) = run::fixed(&files, ask) else {
        return;
    };
    let twice = run::fixed(&once, ask);
    assert_eq!(twice, Some(once), "a second run changes something");
});
