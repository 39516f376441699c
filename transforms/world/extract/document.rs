//! One document's objects.

use std::borrow::Cow;

use super::{Extract, Skip, Skipped, Unread, Wanted, cilium, kustomization, node, service, sync, workload};
use crate::policy::Labels;
use crate::policy::read::{self, Object, Read, Reader, Scalar, Source};
use crate::source::{LineIndex, Span};
use crate::world::mentions::Mentions;
use crate::world::others::{OtherKind, OtherPolicy};
use crate::yaml::{Dialect, Kind, Node};

/// What is said of a label without a value in a selector.
const NULL_LABEL: &str = "a label without a value: client-side apply drops it, which selects more, and server-side apply \
                          takes it for an empty value; write `\"\"`, or leave the label out";

/// A parsed document on its way into an [`Extract`].
pub(super) struct Document<'a> {
    pub(super) source: Source<'a>,
    pub(super) text: &'a str,
    pub(super) mentioned: Mentions,
    pub(super) wanted: Wanted,
    pub(super) kustomizes: bool,
}

impl<'a> Document<'a> {
    /// Reads the document's objects.
    pub(super) fn read(&self, root: Option<Node<'a>>, found: &mut Extract) {
        let Some(root) = root.filter(|root| root.kind() == Kind::Mapping) else {
            return;
        };
        if is_encrypted(root) {
            found.skipped.push(Skipped {
                document: self.source.document(),
                why: Skip::Encrypted,
                may_hold_policy: self.mentioned.has_policy(),
            });
            return;
        }
        let version = &text_field(root, "apiVersion");
        let kind = &text_field(root, "kind");
        let group = version.split('/').next().unwrap_or_default();
        if self.kustomizes && matches!(group, "" | "kustomize.config.k8s.io") {
            found.kustomization = Some(kustomization::kustomization(root));
            return;
        }
        let items = root.get("items").map(Node::resolved);
        if let (Some(item_kind), Some(items)) = (kind.strip_suffix("List"), items) {
            self.items(items, version, item_kind, found);
        } else {
            let whole = Object {
                node: root,
                item: None,
                before: 0,
            };
            self.object(whole, version, kind, found);
        }
    }

    /// Reads the items of a list; those of a typed one may leave out both that its own `apiVersion` and `kind` tell.
    fn items(&self, items: Node<'a>, list_version: &str, item_kind: &str, found: &mut Extract) {
        let mut before = 0;
        for (index, item) in (0..).zip(items.items()) {
            let node = item.resolved();
            let object = Object {
                node,
                item: Some(index),
                before,
            };
            if list_version == "v1" && text_field(node, "kind") == "List" {
                self.inner_list(node, found);
                continue;
            }
            let own = |name| Some(text_field(node, name)).filter(|text| !text.is_empty());
            match (own("apiVersion"), own("kind")) {
                (None, None) => self.object(object, list_version, item_kind, found),
                (version, kind) => self.object(object, &version.unwrap_or_default(), &kind.unwrap_or_default(), found),
            }
            before = item.outer().end;
        }
    }

    /// Reads a list in a list: kubectl refuses it, and kustomize takes its items for those of the outer one. No place
    /// names them, so that they are not edited.
    fn inner_list(&self, list: Node<'a>, found: &mut Extract) {
        if list.dialect() == Dialect::Kubectl {
            return found
                .unread
                .push(self.told(list.span(), "kubectl refuses a List in a List"));
        }
        let mut inner = Extract::of(found.file, 0);
        if let Some(items) = list.get("items").map(Node::resolved) {
            self.items(items, "v1", "", &mut inner);
        }
        for policy in &mut inner.policies {
            policy.editable = false;
        }
        found.absorb(inner);
    }

    fn told(&self, at: Span, message: &str) -> Unread {
        Unread {
            document: self.source.document(),
            at: LineIndex::new(self.text).line_col(self.text, at.start),
            message: message.to_owned(),
        }
    }

    fn object(&self, object: Object<'a>, version: &str, kind: &str, found: &mut Extract) {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        match (group, kind) {
            ("networking.k8s.io", "NetworkPolicy") if version == "networking.k8s.io/v1" => {
                match read::policy(object, &self.source) {
                    Read::Policy(policy) => match policy.null_labels.first() {
                        None => found.policies.push(*policy),
                        Some(label) => found.unread.push(self.told(*label, NULL_LABEL)),
                    },
                    Read::Rejected(rejected) => found.rejected.push(rejected),
                }
            }
            (_, "NetworkPolicy") if read::is_gone(version) => {
                found.rejected.push(read::gone_policy(object, version, &self.source));
            }
            ("cilium.io", "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy") => {
                found.cilium_policies.push(cilium::policy(object, &self.source, kind));
            }
            ("", "Service") => found.services.extend(service::service(object, &self.source)),
            ("", "Namespace") => found.namespaces.push(namespace(object.node)),
            ("", "Node") => found.nodes.push(node::node(object.node)),
            ("argoproj.io", "Application" | "ApplicationSet") | ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
                found.syncs.extend(sync::syncs(object, &self.source, kind));
            }
            _ if OtherKind::of(group, kind).is_some() => {
                let spot = read::place(object, &self.source).spot();
                found
                    .others
                    .extend(OtherKind::of(group, kind).map(|kind| OtherPolicy { kind, spot }));
            }
            _ => {
                let workload = workload::workload(object, &self.source, kind);
                found.windows |= workload.as_ref().is_some_and(|workload| workload.windows);
                found.workloads.extend(workload.filter(|_| self.wanted.workloads));
            }
        }
    }
}

fn text_field<'a>(object: Node<'a>, name: &str) -> Cow<'a, str> {
    object.get(name).and_then(Scalar::text_of).unwrap_or_default()
}

/// Tells whether SOPS encrypted a document: its mark is a top-level mapping of its own.
fn is_encrypted(root: Node<'_>) -> bool {
    let sops = root.get("sops");
    sops.is_some_and(|sops| sops.get("mac").is_some() || sops.get("version").is_some())
}

fn namespace(object: Node<'_>) -> (String, Labels) {
    let labels = Reader::field(object, "metadata").and_then(|metadata| metadata.get("labels"));
    (read::key_of(object).0.name, read::labels(labels))
}
