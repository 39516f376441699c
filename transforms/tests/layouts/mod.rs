//! Random policies, and the many ways in which people and tools lay one out.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// How a document is written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// Block style.
    Block(Block),
    /// One line of flow style.
    Flow,
    /// JSON over several lines.
    Json,
}

/// The free choices of block style.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// The blanks of a level.
    pub(crate) indent: usize,
    /// Whether the dashes of a sequence stand level with its key.
    pub(crate) level_dashes: bool,
    /// Whether mappings of scalars are written in flow style.
    pub(crate) flow_leaves: bool,
    /// Whether every string is in double quotes.
    pub(crate) quotes: bool,
    /// Every so many lines there is a comment; none at 0.
    pub(crate) comments: usize,
}

/// A policy and its text.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// What it says.
    pub(crate) policy: Value,
    /// How it is laid out.
    pub(crate) form: Form,
    /// What stands in the file.
    pub(crate) text: String,
}

/// Returns random policies in random layouts, with LF or CRLF, with or without a final newline and a BOM.
pub(crate) fn written() -> impl Strategy<Value = Written> {
    (policy(), form(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(policy, form, crlf, newline, bom)| {
        let mut text = lay_out(&policy, form);
        if !newline {
            text.truncate(text.trim_end().len());
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom && !matches!(form, Form::Json) {
            text.insert(0, '\u{feff}');
        }
        Written { policy, form, text }
    })
}

fn form() -> impl Strategy<Value = Form> {
    let block = (1..=4usize, any::<bool>(), any::<bool>(), any::<bool>(), 0..5usize);
    let block = block.prop_map(|(indent, level_dashes, flow_leaves, quotes, comments)| {
        Form::Block(Block {
            indent,
            level_dashes,
            flow_leaves,
            quotes,
            comments,
        })
    });
    prop_oneof![4 => block, 1 => Just(Form::Flow), 1 => Just(Form::Json)]
}

fn policy() -> impl Strategy<Value = Value> {
    let types = prop_oneof![
        Just(None),
        Just(Some(json!(["Ingress"]))),
        Just(Some(json!(["Egress"]))),
        Just(Some(json!(["Ingress", "Egress"]))),
    ];
    let section = |peers: &'static str| prop::option::of(prop::collection::vec(rule(peers), 0..4));
    let note = prop_oneof![
        Just("plain"),
        Just("a: b # c"),
        Just("yes"),
        Just("0x1F"),
        Just("- \"ä\"\n{{ x }}")
    ];
    (types, section("from"), section("to"), note).prop_map(|(types, ingress, egress, note)| {
        let mut spec = Map::new();
        spec.insert("podSelector".to_owned(), json!({"matchLabels": {"app": "web"}}));
        let fields = [
            ("policyTypes", types),
            ("ingress", ingress.map(Value::Array)),
            ("egress", egress.map(Value::Array)),
        ];
        spec.extend(
            fields
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?))),
        );
        json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "web", "namespace": "shop", "annotations": {"note": note}},
            "spec": spec,
        })
    })
}

fn rule(peers: &'static str) -> impl Strategy<Value = Value> {
    (
        prop::collection::vec(peer(), 0..3),
        prop::collection::vec(port(peers == "from"), 0..4),
    )
        .prop_map(move |(to, ports)| {
            let lists = [(peers, to), ("ports", ports)]
                .into_iter()
                .filter(|(_, items)| !items.is_empty());
            Value::Object(
                lists
                    .map(|(key, items)| (key.to_owned(), Value::Array(items)))
                    .collect(),
            )
        })
}

fn peer() -> impl Strategy<Value = Value> {
    let block = |cidr: &str| json!({"ipBlock": {"cidr": cidr}});
    prop::sample::select(vec![
        block("0.0.0.0/0"),
        json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}),
        block("10.0.0.0/8"),
        json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.244.0.0/16"]}}),
        block("10.244.0.0/17"),
        block("192.168.0.0/16"),
        json!({"podSelector": {"matchLabels": {"app": "api"}}}),
        json!({"namespaceSelector": {"matchLabels": {"team": "pay"}}, "podSelector": {}}),
    ])
}

/// Returns a port's entry. Names stand in ingress rules alone: what becomes of one in an egress rule is for `named-port`
/// to say, while here every port must stay open.
fn port(may_be_name: bool) -> impl Strategy<Value = Value> {
    let protocol = prop::sample::select(vec![None, Some("TCP"), Some("UDP")]);
    let target = prop_oneof![
        1 => Just(json!({})),
        1 => Just(if may_be_name { json!({"port": "http"}) } else { json!({"port": 443}) }),
        2 => (1..60_000u16).prop_map(|port| json!({"port": port})),
        3 => (1..60_000u16, 0..12u16).prop_map(|(port, length)| json!({"port": port, "endPort": port + length})),
    ];
    (protocol, target).prop_map(|(protocol, mut target)| {
        if let Some(protocol) = protocol.or(target["port"].is_null().then_some("TCP")) {
            target["protocol"] = json!(protocol);
        }
        target
    })
}

/// Writes a value down.
fn lay_out(value: &Value, form: Form) -> String {
    match form {
        Form::Block(block) => commented(&block.lines(value), block.comments),
        Form::Flow => format!("{}\n", flow(value, false)),
        Form::Json => format!("{value:#}\n"),
    }
}

impl Block {
    fn lines(self, value: &Value) -> Vec<String> {
        match value {
            Value::Object(pairs) => pairs.iter().flat_map(|(key, value)| self.pair(key, value)).collect(),
            Value::Array(items) => items.iter().flat_map(|item| self.item(item)).collect(),
            scalar => vec![flow(scalar, self.quotes)],
        }
    }

    fn pair(self, key: &str, value: &Value) -> Vec<String> {
        if self.is_inline(value) {
            return vec![format!("{key}: {}", flow(value, self.quotes))];
        }
        let indent = if value.is_array() && self.level_dashes {
            0
        } else {
            self.indent
        };
        let below = self
            .lines(value)
            .into_iter()
            .map(|line| format!("{}{line}", " ".repeat(indent)));
        [format!("{key}:")].into_iter().chain(below).collect()
    }

    fn item(self, item: &Value) -> Vec<String> {
        let lines = if self.is_inline(item) {
            vec![flow(item, self.quotes)]
        } else {
            self.lines(item)
        };
        let marked = |(index, line)| format!("{}{line}", if index == 0 { "- " } else { "  " });
        lines.into_iter().enumerate().map(marked).collect()
    }

    fn is_inline(self, value: &Value) -> bool {
        match value {
            Value::Object(pairs) => {
                pairs.is_empty()
                    || self.flow_leaves && pairs.values().all(|value| !value.is_object() && !value.is_array())
            }
            Value::Array(items) => items.is_empty(),
            _ => true,
        }
    }
}

/// Writes a value in flow style; strings are quoted where they must be.
fn flow(value: &Value, quotes: bool) -> String {
    match value {
        Value::Object(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{key}: {}", flow(value, quotes)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| flow(item, quotes))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::String(text) if !quotes && is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "./-".contains(c);
    text.chars().all(is_word)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text != "yes"
        && text != "0x1F"
}

/// Adds numbered comments: at every so many lines' ends, and on lines of their own before the following ones.
fn commented(lines: &[String], every: usize) -> String {
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let place = number.checked_rem(every);
        let indent = &line[..line.len() - line.trim_start().len()];
        let above = if place == Some(1) {
            format!("{indent}# above {number}\n")
        } else {
            String::new()
        };
        let beside = if place == Some(0) {
            format!(" # beside {number}")
        } else {
            String::new()
        };
        text.extend([&above, line, &beside, "\n"]);
    }
    text
}
