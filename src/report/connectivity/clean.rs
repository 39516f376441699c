//! Comparisons, clean of characters that act.

use super::{Against, Compared, Unknown, Verification};
use crate::report::clean::Untrusted;

impl Untrusted for Verification {
    fn clean(&mut self) {
        let Self {
            schema: _,
            counts: _,
            base,
            states: _,
            require: _,
            accepts_templates: _,
            met: _,
            clusters,
            unknown,
            skipped,
            failures,
        } = self;
        base.clean();
        clusters.clean();
        unknown.clean();
        skipped.clean();
        failures.clean();
    }
}

impl Untrusted for Unknown {
    fn clean(&mut self) {
        let Self {
            path,
            at: _,
            object,
            why,
        } = self;
        path.clean();
        object.clean();
        why.clean();
    }
}

impl Untrusted for Against {
    fn clean(&mut self) {
        let Self {
            name,
            counts: _,
            missing,
            left_out,
        } = self;
        name.clean();
        missing.clean();
        left_out.clean();
    }
}

impl Untrusted for Compared {
    fn clean(&mut self) {
        let Self {
            cluster,
            cilium,
            cilium_stated: _,
            is_whole: _,
            aks,
            policies: _,
            only_in: _,
            changes: _,
            assumptions,
            figures: _,
            tally: _,
            differences,
            moved,
            noticed,
        } = self;
        cluster.clean();
        cilium.clean();
        aks.clean();
        assumptions.clean();
        differences.clean();
        moved.clean();
        noticed.clean();
    }
}
