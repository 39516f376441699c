//! What is odd about mappings: strange fields, slips, duplicates, nulls, anchors, aliases and merges.

use super::maker::{Maker, Shape, pair};
use super::odd;
use super::writer::Node;

impl Maker<'_> {
    /// Closes a mapping: some get an oddity of their own, an anchor, or become an alias.
    pub(crate) fn map(&mut self, shape: Shape, mut pairs: Vec<(String, Node)>) -> Node {
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
                .one(&["~", "null", "web", "5", "[]", "[~]", "[5]", "[[{}]]", "''"])
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
