//! Makes NetworkPolicies, plausible ones with a few oddities each.

use super::odd;
use super::random::Random;
use super::writer::Node;

/// What a mapping is, so that an alias or a merge stands where its like may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
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
    anchors: Vec<(String, Shape)>,
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
        let cidr = self.random.one(odd::CIDRS);
        let mut pairs = vec![pair("cidr", self.leaf(cidr, odd::ODD_CIDRS))];
        if self.random.chance(40) {
            let hole = match cidr {
                "2001:db8::/32" => "2001:db8:1::/48",
                "192.168.0.0/16" => "192.168.7.0/24",
                "203.0.113.0/24" => "203.0.113.7/32",
                "fd00::/8" => "fd00:1::/32",
                _ => "10.1.0.0/16",
            };
            let holes = self.list(2, |maker| maker.leaf(hole, odd::ODD_CIDRS));
            pairs.push(pair("except", holes));
        }
        self.map(Shape::Block, pairs)
    }

    fn port(&mut self) -> Node {
        let mut pairs = Vec::new();
        if self.random.chance(70) {
            let protocol = self.random.one(&["TCP", "TCP", "UDP", "SCTP"]);
            pairs.push(pair("protocol", self.leaf(protocol, odd::ODD_PROTOCOLS)));
        }
        let port = self.random.one(odd::PORTS);
        if self.random.chance(90) {
            pairs.push(pair("port", self.leaf(port, odd::ODD_PORTS)));
        }
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        if self.random.chance(25) && (is_number || self.odd()) {
            pairs.push(pair("endPort", self.leaf("60000", odd::ODD_ENDS)));
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

    fn odd(&mut self) -> bool {
        let odd = self.odds > 0 && self.random.chance(self.likely);
        self.odds -= usize::from(odd);
        odd
    }

    /// Closes a mapping: some get an oddity of their own, an anchor, or become an alias.
    fn map(&mut self, shape: Shape, mut pairs: Vec<(String, Node)>) -> Node {
        if self.odd() {
            match self.random.below(10) {
                0 | 1 => self.stray(&mut pairs),
                2 => self.misspell(&mut pairs),
                3 => self.double(&mut pairs),
                4 => self.replace(&mut pairs),
                5 => self.quote(&mut pairs),
                6 | 7 => self.merge(shape, &mut pairs),
                8 if shape != Shape::Object => return Node::raw(self.random.one(odd::OTHER_KINDS)),
                _ if !pairs.is_empty() => {
                    pairs.remove(self.random.below(pairs.len()));
                }
                _ => {}
            }
        }
        let like = self.anchors.iter().rposition(|(_, of)| *of == shape);
        if let Some(at) = like.filter(|_| self.random.chance(8)) {
            return Node::raw(&format!("*{} ", self.anchors[at].0));
        }
        if self.random.chance(7) && shape != Shape::Object {
            let name = format!("a{}", self.anchors.len());
            self.anchors.push((name.clone(), shape));
            return Node::Marked(format!("&{name}"), Box::new(Node::Map(pairs)));
        }
        Node::Map(pairs)
    }

    fn stray(&mut self, pairs: &mut Vec<(String, Node)>) {
        let stray = self.random.one(odd::STRAY_FIELDS);
        if let Some((key, value)) = stray.split_once(": ") {
            let at = self.random.below(pairs.len() + 1);
            pairs.insert(at, pair(key, Node::raw(value)));
        }
    }

    fn misspell(&mut self, pairs: &mut [(String, Node)]) {
        if let Some((key, _)) = self.pick(pairs) {
            let mut letters = key.chars();
            let first = letters.next();
            *key = match first {
                Some(first) if key.chars().all(char::is_lowercase) => first.to_uppercase().chain(letters).collect(),
                _ => key.to_lowercase(),
            };
        }
    }

    /// Writes a key twice, the second time with another value, before or behind.
    fn double(&mut self, pairs: &mut Vec<(String, Node)>) {
        let value = self
            .random
            .one(&["~", "web", "[]", "{}", "", "80", "{app: twice}", "[Egress]"]);
        let at = self.random.below(pairs.len() + 1);
        if let Some((key, _)) = self.pick(pairs) {
            let key = key.clone();
            pairs.insert(at, (key, Node::raw(value)));
        }
    }

    fn replace(&mut self, pairs: &mut [(String, Node)]) {
        let value = self.random.one(odd::OTHER_KINDS);
        if let Some((_, old)) = self.pick(pairs) {
            *old = Node::raw(value);
        }
    }

    fn quote(&mut self, pairs: &mut [(String, Node)]) {
        let style = self.random.below(4);
        if let Some((key, _)) = self.pick(pairs) {
            *key = match style {
                0 => format!("'{key}'"),
                1 => format!("\"{key}\""),
                2 => format!("!!str {key}"),
                _ => format!(
                    "\"\\x{:02x}{}\"",
                    key.bytes().next().unwrap_or(b'a'),
                    key.get(1..).unwrap_or_default()
                ),
            };
        }
    }

    /// Merges: what stands already, by its anchor or as another mapping, before or behind the mapping's own keys.
    fn merge(&mut self, shape: Shape, pairs: &mut Vec<(String, Node)>) {
        let of = |key: &str, value: &str| format!("{{{key}: {value}}}");
        let known = pairs.first().map_or_else(|| "app".to_owned(), |(key, _)| key.clone());
        let first = match shape {
            Shape::Labels => of(&known, "merged"),
            Shape::Port => self
                .random
                .one(&["{port: 81}", "{protocol: UDP}", "{port: 81, protocol: UDP}"])
                .to_owned(),
            Shape::Block => "{cidr: 10.2.0.0/16}".to_owned(),
            Shape::Selector => "{matchLabels: {app: merged}}".to_owned(),
            Shape::Peer => "{podSelector: {matchLabels: {app: merged}}}".to_owned(),
            Shape::Spec => self
                .random
                .one(&["{podSelector: {}}", "{policyTypes: [Egress]}", "{ingress: [{}]}"])
                .to_owned(),
            Shape::Requirement => "{values: [merged]}".to_owned(),
            Shape::Rule => "{ports: [{port: 81}]}".to_owned(),
            Shape::Metadata => "{namespace: pay}".to_owned(),
            Shape::Object => "{spec: {podSelector: {}, policyTypes: [Egress]}}".to_owned(),
        };
        let like = self.anchors.iter().rfind(|(_, of)| *of == shape);
        let alias = like.map_or_else(|| first.clone(), |(name, _)| format!("*{name}"));
        let value = match self.random.below(9) {
            0 => self
                .random
                .one(&["~", "null", "", "web", "5", "[]", "[~]", "[5]", "[[{}]]", "''"])
                .to_owned(),
            1 => format!("[{first}, {alias} ]"),
            2 => format!("[{alias} , {first}]"),
            3 | 4 => alias,
            5 => "{}".to_owned(),
            6 => format!("{{<<: {first}, extra-key: 1}}"),
            _ => first.clone(),
        };
        let key = self
            .random
            .one(&["<<", "<<", "<<", "<<", "<<", "!!merge <<", "'<<'", "!!str <<"]);
        let at = self.random.below(pairs.len() + 1);
        pairs.insert(at, pair(key, Node::raw(&value)));
        if self.random.chance(30) {
            let second = self.random.below(pairs.len() + 1);
            pairs.insert(second, pair("<<", Node::raw(&first)));
        }
    }

    fn pick<'p>(&mut self, pairs: &'p mut [(String, Node)]) -> Option<&'p mut (String, Node)> {
        if pairs.is_empty() {
            return None;
        }
        let at = self.random.below(pairs.len());
        pairs.get_mut(at)
    }
}

fn pair(key: &str, value: Node) -> (String, Node) {
    (key.to_owned(), value)
}
