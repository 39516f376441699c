//! Data for people, clean of characters that act: no report in words is made of any other.

mod snippet;
mod verdicts;

use std::borrow::Cow;
use std::ops::Deref;

use ciliate_transforms::report::{ChangedFile, ClusterReport, Failure, Item, ItemKind, Location, Report, Skipped};
use ciliate_transforms::transform::Grade;

use crate::text;

/// Data in which no text acts on a terminal, breaks a line or reorders what stands there.
///
/// JSON is made of the data as they are.
#[derive(Debug)]
pub(crate) struct Clean<T>(T);

impl<T: Untrusted> Clean<T> {
    /// Cleans data.
    pub(crate) fn new(mut data: T) -> Self {
        data.clean();
        Self(data)
    }
}

impl<T> Deref for Clean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Data with text of manifests, configs or paths in them.
///
/// Each struct is taken apart field by field, so that a new field is not forgotten here.
pub(crate) trait Untrusted {
    /// Writes out every character that acts.
    fn clean(&mut self);
}

impl Untrusted for String {
    fn clean(&mut self) {
        if let Cow::Owned(shown) = text::shown(self) {
            *self = shown;
        }
    }
}

impl<T: Untrusted> Untrusted for Option<T> {
    fn clean(&mut self) {
        self.iter_mut().for_each(T::clean);
    }
}

impl<T: Untrusted> Untrusted for Vec<T> {
    fn clean(&mut self) {
        self.iter_mut().for_each(T::clean);
    }
}

impl Untrusted for Report {
    fn clean(&mut self) {
        let Self {
            schema: _,
            counts: _,
            clusters,
            items,
            skipped,
            failures,
            changed,
            made: _,
            overlay_folders,
            readiness: _,
        } = self;
        clusters.clean();
        items.clean();
        skipped.clean();
        failures.clean();
        changed.clean();
        overlay_folders.clean();
    }
}

impl Untrusted for ClusterReport {
    fn clean(&mut self) {
        let Self {
            name,
            cilium,
            aks,
            target_stated: _,
            policies: _,
            proof: _,
            assumptions,
        } = self;
        name.clean();
        cilium.clean();
        aks.clean();
        assumptions.clean();
    }
}

impl Untrusted for Item {
    fn clean(&mut self) {
        let Self {
            name: _,
            kind,
            cluster,
            subject,
            location,
            snippet,
            message,
            label,
            help,
            notes,
            overlay,
            waiting: _,
            ignored,
        } = self;
        kind.clean();
        location.clean();
        snippet.clean();
        notes.clean();
        for text in [message, label, help] {
            text.clean();
        }
        for text in [cluster, subject, overlay, ignored] {
            text.clean();
        }
    }
}

impl Untrusted for ItemKind {
    fn clean(&mut self) {
        match self {
            Self::Change {
                grade: Grade::Review(reasons),
                ..
            } => reasons.clean(),
            Self::Change { grade: Grade::Safe, .. } | Self::Manual { fact: _ } | Self::Finding { severity: _ } => {}
        }
    }
}

impl Untrusted for Location {
    fn clean(&mut self) {
        let Self {
            path,
            start: _,
            end: _,
            start_byte: _,
            end_byte: _,
        } = self;
        path.clean();
    }
}

impl Untrusted for Skipped {
    fn clean(&mut self) {
        let Self {
            path,
            document: _,
            reason: _,
            may_hold_policy: _,
        } = self;
        path.clean();
    }
}

impl Untrusted for Failure {
    fn clean(&mut self) {
        let Self { path, at: _, message } = self;
        path.clean();
        message.clean();
    }
}

impl Untrusted for ChangedFile {
    fn clean(&mut self) {
        let Self {
            path,
            action: _,
            generated,
            notes,
        } = self;
        path.clean();
        generated.clean();
        notes.clean();
    }
}
