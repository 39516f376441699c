//! What objects are called, and where they are written.

use std::fmt;
use std::sync::Arc;

use crate::source::{FileId, Span};

/// The namespace that a manifest lands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// Written, or told by a kustomization, the config or a flag.
    Named(Arc<str>),
    /// Not told: all such manifests of one render root (its folder) share one unknown namespace.
    Unnamed(Arc<str>),
}

impl Namespace {
    /// Returns the name, where one is known.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Unnamed(_) => None,
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("(unnamed)"))
    }
}

/// Namespace and name of an object, unique per kind and cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Where it lands.
    pub namespace: Namespace,
    /// `metadata.name`.
    pub name: String,
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Some bytes of some file: what a message points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file.
    pub file: FileId,
    /// The bytes in it.
    pub span: Span,
}

/// Where an object is written: a document of a file, or an item of a `List` in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The document's index in the file, from 0.
    pub document: u32,
    /// The index in the document's `items`, when the document is a `List`.
    pub item: Option<u32>,
    /// The bytes of the object.
    pub span: Span,
    /// The bytes of `metadata.name`.
    pub name: Span,
    /// The bytes of `metadata.namespace`, where the file itself writes one.
    pub namespace: Option<Span>,
}

impl Place {
    /// Returns the spot of the object's name: where a message on the whole object points.
    pub const fn spot(&self) -> Spot {
        Spot {
            file: self.file,
            span: self.name,
        }
    }

    /// Returns the spot of `span` in the same file.
    pub const fn at(&self, span: Span) -> Spot {
        Spot { file: self.file, span }
    }
}
