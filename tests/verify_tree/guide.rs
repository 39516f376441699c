//! The example policies of Microsoft's guide: their differences are the guide's, and the fix leaves none of them.

use tempfile::tempdir;

use super::shared::{Outcome, code, copy, stdout};
use super::{APPS, Files, run, said, tree, verify};

fn policy(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{{spec}}}\n"
    )
}
