//! Makes NetworkPolicies, plausible ones with a few oddities each.

use super::random::Random;
use super::writer::Node;
use super::{odd, traffic};

/// What a mapping is, so that an alias or a merge stands where its like may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    Metadata,
    Labels,
    Spec,
    Selector,
    Requirement,
    Rule,
    Peer,
    Block,
    Port,
}

/// Makes one document after another, each with a few oddities.
pub(crate) struct Maker<'r> {
    pub(crate) random: &'r mut Random,
    /// How many oddities the policy may still get.
    odds: usize,
    /// How likely a place is odd, of a hundred.
    likely: usize,
    /// The anchors that stand before this place.
    pub(crate) anchors: Vec<(String, Shape)>,
}

impl<'r> Maker<'r> {
    /// Makes a maker.
    pub(crate) const fn new(random: &'r mut Random) -> Self {
        Self {
            random,
            odds: 0,
            likely: 0,
            anchors: Vec::new(),
        }
    }

    /// Makes a policy with this name; none of its oddities is sure to change what it means.
    pub(crate) fn policy(&mut self, name: &str) -> Node {
        self.odds = self.random.one(&[0, 1, 1, 1, 2, 2, 3]);
        self.likely = self.random.one(&[4, 8, 12]);
        self.anchors.clear();
        let version = self.leaf("networking.k8s.io/v1", odd::VERSIONS);
        let kind = self.leaf("NetworkPolicy", odd::KINDS);
        let mut pairs = vec![pair("apiVersion", version), pair("kind", kind)];
        pairs.push(("metadata".to_owned(), self.metadata(name)));
        if !self.random.chance(2) {
            pairs.push(("spec".to_owned(), self.spec()));
        }
        self.map(Shape::Object, pairs)
    }

    /// Makes a policy as a typed list holds it: without its version and kind.
    pub(crate) fn item(&mut self, name: &str) -> Node {
        match self.policy(name) {
            Node::Map(mut pairs) => {
                pairs.retain(|(key, _)| key != "apiVersion" && key != "kind");
                Node::Map(pairs)
            }
            other => other,
        }
    }

    fn metadata(&mut self, name: &str) -> Node {
        let mut pairs = Vec::new();
        if self.odd() {
            if self.random.chance(70) {
                pairs.push(pair(
                    "generateName",
                    Node::raw(self.random.one(&["web-", "Web-", "''", "~", "5", "w"])),
                ));
            }
            if self.random.chance(30) {
                pairs.push(pair("name", Node::raw(name)));
            }
        } else {
            pairs.push(pair("name", self.leaf(name, odd::ODD_NAMES)));
        }
        if self.random.chance(80) {
            pairs.push(pair("namespace", self.leaf("shop", odd::ODD_NAMES)));
        }
        for field in ["labels", "annotations"] {
            if self.random.chance(20) {
                let labels = self.labels();
                pairs.push(pair(field, labels));
            }
        }
        self.map(Shape::Metadata, pairs)
    }

    fn spec(&mut self) -> Node {
        let mut pairs = Vec::new();
        if !self.random.chance(3) {
            let selector = self.selector();
            pairs.push(pair("podSelector", selector));
        }
        if self.random.chance(80) {
            let types = self.random.one(&["[Ingress]", "[Egress]", "[Ingress, Egress]"]);
            pairs.push(pair("policyTypes", self.leaf(types, odd::ODD_TYPES)));
        }
        for (section, peers) in [("ingress", "from"), ("egress", "to")] {
            if self.random.chance(60) {
                let rules = self.list(3, |maker| maker.rule(peers));
                pairs.push(pair(section, rules));
            }
        }
        self.map(Shape::Spec, pairs)
    }

    fn rule(&mut self, peers: &str) -> Node {
        let mut pairs = Vec::new();
        if self.random.chance(65) {
            let peer = self.list(3, Self::peer);
            pairs.push(pair(peers, peer));
        }
        if self.random.chance(65) {
            let ports = self.list(3, Self::port);
            pairs.push(pair("ports", ports));
        }
        self.map(Shape::Rule, pairs)
    }

    fn peer(&mut self) -> Node {
        let mut pairs = Vec::new();
        if self.random.chance(50) {
            let block = self.block();
            pairs.push(pair("ipBlock", block));
            if self.odd() {
                pairs.push(pair(
                    "podSelector",
                    Node::raw(self.random.one(&["{}", "~", "{matchLabels: {}}"])),
                ));
            }
        } else {
            let which = self.random.below(3);
            if which != 0 {
                let selector = self.selector();
                pairs.push(pair("podSelector", selector));
            }
            if which != 1 {
                let selector = self.selector();
                pairs.push(pair("namespaceSelector", selector));
            }
        }
        self.map(Shape::Peer, pairs)
    }

    fn block(&mut self) -> Node {
        let cidr = self.random.one(traffic::CIDRS);
        let mut pairs = vec![pair("cidr", self.leaf(cidr, traffic::ODD_CIDRS))];
        if self.random.chance(40) {
            let hole = match cidr {
                "2001:db8::/32" => "2001:db8:1::/48",
                "192.168.0.0/16" => "192.168.7.0/24",
                "203.0.113.0/24" => "203.0.113.7/32",
                "fd00::/8" => "fd00:1::/32",
                _ => "10.1.0.0/16",
            };
            let holes = self.list(2, |maker| maker.leaf(hole, traffic::ODD_CIDRS));
            pairs.push(pair("except", holes));
        }
        self.map(Shape::Block, pairs)
    }

    fn port(&mut self) -> Node {
        let mut pairs = Vec::new();
        if self.random.chance(70) {
            let protocol = self.random.one(&["TCP", "TCP", "UDP", "SCTP"]);
            pairs.push(pair("protocol", self.leaf(protocol, traffic::ODD_PROTOCOLS)));
        }
        let port = self.random.one(traffic::PORTS);
        if self.random.chance(90) {
            pairs.push(pair("port", self.leaf(port, traffic::ODD_PORTS)));
        }
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        if self.random.chance(25) && (is_number || self.odd()) {
            pairs.push(pair("endPort", self.leaf("60000", traffic::ODD_ENDS)));
        }
        self.map(Shape::Port, pairs)
    }

    fn selector(&mut self) -> Node {
        let mut pairs = Vec::new();
        if self.random.chance(70) {
            let labels = self.labels();
            pairs.push(pair("matchLabels", labels));
        }
        if self.random.chance(25) {
            let terms = self.list(2, Self::requirement);
            pairs.push(pair("matchExpressions", terms));
        }
        self.map(Shape::Selector, pairs)
    }

    fn labels(&mut self) -> Node {
        let count = self.random.one(&[1, 1, 2, 3]);
        let first = self.random.below(odd::KEYS.len());
        let mut pairs = Vec::new();
        for index in 0..count {
            let key = odd::KEYS[(first + index) % odd::KEYS.len()];
            let key = if self.odd() {
                self.random.one(odd::ODD_KEYS)
            } else {
                key
            };
            let value = self.random.one(odd::VALUES);
            pairs.push(pair(key, self.leaf(value, odd::ODD_VALUES)));
        }
        self.map(Shape::Labels, pairs)
    }

    fn requirement(&mut self) -> Node {
        let key = self.random.one(odd::KEYS);
        let operator = self.random.one(&["In", "NotIn", "Exists", "DoesNotExist"]);
        let key = self.leaf(key, odd::ODD_VALUES);
        let mut pairs = vec![
            pair("key", key),
            pair("operator", self.leaf(operator, odd::ODD_OPERATORS)),
        ];
        let wants = matches!(operator, "In" | "NotIn");
        if wants != self.odd() {
            let values = self.leaf("[web, api]", odd::ODD_LISTS);
            pairs.push(pair("values", values));
        }
        self.map(Shape::Requirement, pairs)
    }

    fn leaf(&mut self, plain: &str, odd: &[&str]) -> Node {
        if self.odd() {
            return Node::raw(self.random.one(odd));
        }
        if plain.starts_with('[') || plain.starts_with(|first: char| first.is_ascii_digit()) {
            return Node::raw(plain);
        }
        Node::Text(plain.to_owned())
    }

    fn list(&mut self, most: usize, mut item: impl FnMut(&mut Self) -> Node) -> Node {
        let count = 1 + self.random.below(most);
        let mut items: Vec<_> = (0..count).map(|_| item(self)).collect();
        if self.odd() {
            match self.random.below(5) {
                0 => items.insert(
                    self.random.below(count + 1),
                    Node::raw(self.random.one(odd::OTHER_KINDS)),
                ),
                1 => items.clear(),
                2 => return Node::raw(self.random.one(odd::OTHER_KINDS)),
                3 => return items.swap_remove(0),
                _ => return Node::Marked("!!seq".to_owned(), Box::new(Node::List(items))),
            }
        }
        Node::List(items)
    }

    pub(crate) fn odd(&mut self) -> bool {
        let odd = self.odds > 0 && self.random.chance(self.likely);
        self.odds -= usize::from(odd);
        odd
    }
}

pub(crate) fn pair(key: &str, value: Node) -> (String, Node) {
    (key.to_owned(), value)
}
