//! Tells by a file's bytes what it may hold, so that nothing is parsed in vain.

use std::ops::BitOr;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What a file or a document may hold; never less than it does hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mentions(u8);

impl Mentions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// A NetworkPolicy.
    pub const POLICIES: Self = Self(1);
    /// A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
    const CILIUM: Self = Self(1 << 1);
    /// A Service that brings clients from outside.
    const SERVICES: Self = Self(1 << 2);
    /// A Namespace.
    const NAMESPACES: Self = Self(1 << 3);
    /// A Pod, or something with a pod template.
    pub const WORKLOADS: Self = Self(1 << 4);
    /// A workload that names Windows.
    const WINDOWS: Self = Self(1 << 5);
    /// What renders or syncs other files: a kustomization, an Argo CD Application, a Flux Kustomization.
    const SYNCS: Self = Self(1 << 6);
    /// A Node.
    const NODES: Self = Self(1 << 7);

    /// Tells whether all of `other` is mentioned.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Tells whether a policy of either engine is mentioned.
    pub const fn has_policy(self) -> bool {
        self.0 & (Self::POLICIES.0 | Self::CILIUM.0) != 0
    }

    /// Tells whether anything is mentioned that is read although no workloads are asked for.
    pub const fn matters(self) -> bool {
        self.0 & !Self::WORKLOADS.0 != 0
    }
}

impl BitOr for Mentions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

static KIND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("kind"));
static CONTAINERS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("containers"));
static WINDOWS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("windows"));
static OUTSIDE: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| ["LoadBalancer", "NodePort", "externalIPs"].map(Finder::new));

/// What a `kind` says about the bytes around it.
enum Kind {
    /// It is one of these.
    Is(Mentions),
    /// It is a Service: read when something else in the bytes says that it brings clients.
    Service,
    /// It may have a pod template: read when the bytes hold `containers`.
    Template,
    /// Nothing asks for it.
    Other,
}

/// Finds what the bytes of a file or a document may hold, by one search for `kind` and few more where that asks for
/// them; no UTF-8 is needed.
pub fn mentions(bytes: &[u8]) -> Mentions {
    let mut found = Mentions::NONE;
    let (mut service, mut template) = (false, false);
    for at in KIND.find_iter(bytes) {
        match kind_behind(&bytes[at + KIND.needle().len()..]) {
            Some(Kind::Is(mention)) => found = found | mention,
            Some(Kind::Service) => service = true,
            Some(Kind::Template) => template = true,
            Some(Kind::Other) | None => {}
        }
    }
    if service && OUTSIDE.iter().any(|word| word.find(bytes).is_some()) {
        found = found | Mentions::SERVICES;
    }
    if template && CONTAINERS.find(bytes).is_some() {
        found = found | Mentions::WORKLOADS;
        if WINDOWS.find(bytes).is_some() {
            found = found | Mentions::WINDOWS;
        }
    }
    found
}

/// Reads the value of the key that ends before `rest`; `None` where it is no key.
fn kind_behind(rest: &[u8]) -> Option<Kind> {
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let rest = behind_properties(rest);
    let unquoted = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    if matches!(rest.first(), Some(b'*' | b'|' | b'>' | b'?' | b'#')) || unquoted.starts_with(b"{{") {
        return Some(anything());
    }
    let rest = unquoted;
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if rest.get(length) == Some(&b'\\') {
        return Some(anything());
    }
    Some(of_kind(&rest[..length]))
}

/// Returns what a value may say that stands elsewhere, or in other words.
fn anything() -> Kind {
    let all = [
        Mentions::POLICIES,
        Mentions::CILIUM,
        Mentions::NAMESPACES,
        Mentions::SYNCS,
        Mentions::NODES,
    ];
    Kind::Is(all.into_iter().fold(Mentions::SERVICES, BitOr::bitor))
}

/// Skips an anchor and a tag.
fn behind_properties(mut rest: &[u8]) -> &[u8] {
    while matches!(rest.first(), Some(b'&' | b'!')) {
        let length = rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        rest = rest[length..].trim_ascii_start();
    }
    rest
}

fn of_kind(kind: &[u8]) -> Kind {
    match kind.strip_suffix(b"List").unwrap_or(kind) {
        b"NetworkPolicy" => Kind::Is(Mentions::POLICIES),
        b"CiliumNetworkPolicy" | b"CiliumClusterwideNetworkPolicy" => Kind::Is(Mentions::CILIUM),
        b"Namespace" => Kind::Is(Mentions::NAMESPACES),
        b"Kustomization" | b"Component" | b"Application" | b"ApplicationSet" => Kind::Is(Mentions::SYNCS),
        b"Node" => Kind::Is(Mentions::NODES),
        b"Service" => Kind::Service,
        // A `List` itself, what is frequent, and what holds `containers` in a schema.
        b""
        | b"ConfigMap"
        | b"Secret"
        | b"ServiceAccount"
        | b"Role"
        | b"RoleBinding"
        | b"ClusterRole"
        | b"ClusterRoleBinding"
        | b"Ingress"
        | b"CustomResourceDefinition" => Kind::Other,
        _ => Kind::Template,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_mentions_what_its_kinds_and_words_say() {
        for (text, expected) in [
            ("kind: NetworkPolicy\n", Mentions::POLICIES),
            ("{\"kind\":\"NetworkPolicy\"}", Mentions::POLICIES),
            ("'kind' : &a !!str 'NetworkPolicyList'", Mentions::POLICIES),
            ("kind:\n  NetworkPolicy", Mentions::POLICIES),
            ("kind: CiliumNetworkPolicy", Mentions::CILIUM),
            ("kind: Service\nspec: {type: ClusterIP}", Mentions::NONE),
            ("kind: Service\nspec: {type: LoadBalancer}", Mentions::SERVICES),
            ("kind: Service\nspec: {externalIPs: [1.2.3.4]}", Mentions::SERVICES),
            ("kind: Namespace", Mentions::NAMESPACES),
            (
                "kind: Rollout\nspec: {template: {spec: {containers: []}}}",
                Mentions::WORKLOADS,
            ),
            ("kind: Deployment\nspec: {}", Mentions::NONE),
            (
                "kind: Pod\nspec: {containers: [], nodeSelector: {kubernetes.io/os: windows}}",
                { Mentions::WORKLOADS | Mentions::WINDOWS },
            ),
            ("kind: ConfigMap\ndata: {a: containers}", Mentions::NONE),
            ("kind: Application", Mentions::SYNCS),
            ("mankind is a NetworkPolicy", Mentions::NONE),
            ("", Mentions::NONE),
            ("kind", Mentions::NONE),
            ("kind:", Mentions::NONE),
        ] {
            assert_eq!(mentions(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_kind_that_stands_elsewhere_or_in_other_words_may_be_anything() {
        for text in [
            "x: &k NetworkPolicy\nkind: *k",
            "kind: {{ .Values.kind }}",
            "kind: '{{ a }}'",
            "kind: \"Network\\x50olicy\"",
        ] {
            assert!(mentions(text.as_bytes()).has(Mentions::POLICIES), "{text}");
        }
    }

    #[test]
    fn workloads_alone_do_not_matter_before_they_are_asked_for() {
        assert!(!Mentions::WORKLOADS.matters());
        assert!((Mentions::WORKLOADS | Mentions::WINDOWS).matters());
        assert!(Mentions::POLICIES.matters());
    }
}
