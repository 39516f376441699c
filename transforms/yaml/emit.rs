//! Writes values as text: whole files, and the fragments that an edit inserts.

use super::habits::Sequences;
use super::plain;
use super::value::{Scalar, Value};

/// How block style is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The line break.
    pub(super) eol: &'static str,
    /// By how many blanks a mapping stands inside its parent.
    pub(super) step: usize,
    /// By how many blanks a sequence stands inside its key: 0 or `step`.
    pub(super) list_step: usize,
    /// How many blanks follow a dash.
    pub(super) gap: usize,
    /// The quotes of a string that needs some.
    pub(super) quote: Quote,
}

/// The quotes of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `'…'` where the text allows it.
    Single,
    /// `"…"`.
    Double,
}

/// How flow style is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct FlowLayout<'a> {
    /// JSON: all strings and keys are in double quotes.
    pub(super) json: bool,
    /// What stands between key and value.
    pub(super) colon: &'a str,
    /// What stands between two entries on one line.
    pub(super) comma: &'a str,
    /// One entry a line: the line break with the indentation of the line that the value starts on, and one step.
    pub(super) lines: Option<(&'a str, &'a str)>,
    /// Of what is spread over lines: a comma behind the last entry.
    pub(super) last_comma: bool,
    /// Of what is spread over lines: the mappings of a list start behind its bracket and each other's, as in KYAML.
    pub(super) cuddled: bool,
    /// The quotes of a string that needs some.
    pub(super) quote: Quote,
}

/// Writes `value` as a YAML file in block style: two blanks, LF.
pub fn block(value: &Value, sequences: Sequences) -> String {
    let step = 2;
    let layout = Layout {
        eol: "\n",
        step,
        list_step: match sequences {
            Sequences::Indented => step,
            Sequences::Level => 0,
        },
        gap: 1,
        quote: Quote::Double,
    };
    let mut out = String::new();
    write_block(&mut out, value, 0, &layout);
    out.push('\n');
    out
}

/// Writes `value` as a JSON file: two blanks, LF.
pub fn json(value: &Value) -> String {
    let layout = FlowLayout {
        json: true,
        colon: ": ",
        comma: ", ",
        lines: Some(("\n", "  ")),
        last_comma: false,
        cuddled: false,
        quote: Quote::Double,
    };
    let mut out = flow(value, &layout);
    out.push('\n');
    out
}

/// Appends `value` in block style, where `out` stands at `column`; no line break at the end.
pub(super) fn write_block(out: &mut String, value: &Value, column: usize, layout: &Layout) {
    match value {
        Value::Map(pairs) if !pairs.is_empty() => {
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    new_line(out, column, layout);
                }
                write_pair(out, key, value, column, layout);
            }
        }
        Value::Seq(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    new_line(out, column, layout);
                }
                write_item(out, item, column, layout);
            }
        }
        Value::Map(_) | Value::Seq(_) | Value::Scalar(_) | Value::Alias(_) => out.push_str(&on_one_line(value, layout)),
    }
}

/// Appends the pair `key: value` at `column`.
pub(super) fn write_pair(out: &mut String, key: &Value, value: &Value, column: usize, layout: &Layout) {
    let written = on_one_line(key, layout);
    // YAML wants a longer or a compound key behind a `?`.
    if written.len() > 1000 || matches!(key, Value::Map(_) | Value::Seq(_)) {
        out.push_str("? ");
        out.push_str(&written);
        new_line(out, column, layout);
    } else {
        out.push_str(&written);
        if matches!(key, Value::Alias(_)) {
            out.push(' ');
        }
    }
    out.push(':');
    let inner = match value {
        Value::Map(pairs) if !pairs.is_empty() => column + layout.step,
        Value::Seq(items) if !items.is_empty() => column + layout.list_step,
        Value::Map(_) | Value::Seq(_) | Value::Scalar(_) | Value::Alias(_) => {
            out.push(' ');
            return write_block(out, value, column, layout);
        }
    };
    new_line(out, inner, layout);
    write_block(out, value, inner, layout);
}

/// Appends the item `- value` at `column`.
pub(super) fn write_item(out: &mut String, item: &Value, column: usize, layout: &Layout) {
    out.push('-');
    out.extend(std::iter::repeat_n(' ', layout.gap));
    write_block(out, item, column + 1 + layout.gap, layout);
}

/// Writes `value` in flow style.
pub(super) fn flow(value: &Value, layout: &FlowLayout<'_>) -> String {
    match value {
        Value::Scalar(scalar) if layout.json => json_scalar(scalar),
        Value::Scalar(scalar) => written(scalar, layout.quote),
        Value::Alias(anchor) => format!("*{anchor}"),
        Value::Seq(items) if layout.cuddles(items) => {
            let items: Vec<_> = items.iter().map(|item| flow(item, layout)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Seq(items) => {
            let inner = layout.inside();
            let items: Vec<_> = items.iter().map(|item| flow(item, &inner.layout())).collect();
            between('[', &items, ']', layout)
        }
        Value::Map(pairs) => {
            let inner = layout.inside();
            let pair = |(key, value): &(Value, Value)| flow_pair(key, value, &inner.layout());
            between('{', &pairs.iter().map(pair).collect::<Vec<_>>(), '}', layout)
        }
    }
}

/// Writes the pair of `key` and `value` in flow style.
pub(super) fn flow_pair(key: &Value, value: &Value, layout: &FlowLayout<'_>) -> String {
    let name = match key {
        Value::Scalar(scalar) if layout.json => quoted(&scalar.text),
        // A plain alias would take the colon for its name; a compound key is only allowed behind a `?`.
        Value::Alias(_) => format!("{} ", flow(key, layout)),
        Value::Map(_) | Value::Seq(_) => format!("? {} ", flow(key, layout)),
        Value::Scalar(_) => flow(key, layout),
    };
    format!("{name}{}{}", layout.colon, flow(value, layout))
}

/// Writes a scalar of YAML: as it is where it may be plain, else in quotes.
pub(super) fn written(scalar: &Scalar, quote: Quote) -> String {
    let tag = scalar.tag.as_ref().map(|tag| format!("!<{tag}> ")).unwrap_or_default();
    let text = &scalar.text;
    let body = if scalar.plain && text.is_empty() {
        "null".to_owned()
    } else if scalar.plain && (plain::is_special(text) || plain::is_writable(text)) {
        text.clone()
    } else if quote == Quote::Single && !text.chars().any(plain::needs_escape) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        quoted(text)
    };
    tag + &body
}

/// Writes a scalar of JSON; a plain one that JSON does not know becomes a string.
pub(super) fn json_scalar(scalar: &Scalar) -> String {
    if scalar.is_null() {
        return "null".to_owned();
    }
    let literal = scalar.plain && serde_json::from_str::<serde::de::IgnoredAny>(&scalar.text).is_ok();
    // Only numbers and booleans: an opening bracket or quote is never special.
    if literal && scalar.is_special() {
        scalar.text.clone()
    } else {
        quoted(&scalar.text)
    }
}

/// Writes `text` in double quotes, with escapes that both JSON and YAML read.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if plain::needs_escape(char) => {
                // All of these are in the basic plane, so four digits do.
                let code = format!("{:04x}", u32::from(char));
                out.push_str("\\u");
                out.push_str(&code);
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

fn on_one_line(value: &Value, layout: &Layout) -> String {
    let layout = FlowLayout {
        json: false,
        colon: ": ",
        comma: ", ",
        lines: None,
        last_comma: false,
        cuddled: false,
        quote: layout.quote,
    };
    flow(value, &layout)
}

fn new_line(out: &mut String, column: usize, layout: &Layout) {
    out.push_str(layout.eol);
    out.extend(std::iter::repeat_n(' ', column));
}

/// A layout one level deeper, with its own line break.
struct Inside<'a> {
    outer: FlowLayout<'a>,
    line: Option<(String, &'a str)>,
}

impl<'a> FlowLayout<'a> {
    /// Tells whether the items of a list are mappings that start behind its bracket and each other's.
    fn cuddles(&self, items: &[Value]) -> bool {
        let is_mapping = |item: &Value| matches!(item, Value::Map(pairs) if !pairs.is_empty());
        self.cuddled && self.lines.is_some() && !items.is_empty() && items.iter().all(is_mapping)
    }

    fn inside(&self) -> Inside<'a> {
        Inside {
            outer: *self,
            line: self.lines.map(|(line, step)| (format!("{line}{step}"), step)),
        }
    }
}

impl Inside<'_> {
    fn layout(&self) -> FlowLayout<'_> {
        let lines = self.line.as_ref().map(|(line, step)| (line.as_str(), *step));
        FlowLayout { lines, ..self.outer }
    }
}

fn between(open: char, entries: &[String], close: char, layout: &FlowLayout<'_>) -> String {
    match layout.lines {
        Some((line, step)) if !entries.is_empty() => {
            let inner = format!("{line}{step}");
            let last = if layout.last_comma { "," } else { "" };
            let entries = entries.join(&format!(",{inner}"));
            format!("{open}{inner}{entries}{last}{line}{close}")
        }
        Some(_) | None => format!("{open}{}{close}", entries.join(layout.comma)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_overlays_are() {
        let to = |key: &str, value: &str| (key.to_owned(), Value::seq([Value::string(value)]));
        let port = Value::map([("port", Value::string("443")), ("protocol", Value::string("TCP"))]);
        let ports = Value::seq([Value::map([("ports", Value::seq([port]))])]);
        let file = Value::map([
            ("apiVersion", Value::string("cilium.io/v2")),
            ("labels", Value::map([("ciliate.dev/owned", Value::string("true"))])),
            ("source", Value::string("Service/shop/web NetworkPolicy/shop/deny")),
            ("enableDefaultDeny", Value::map([("egress", Value::plain("false"))])),
            (
                "egress",
                Value::seq([
                    Value::map([to("toEntities", "host")]),
                    Value::map([to("toCIDR", "169.254.10.0/24"), ("toPorts".to_owned(), ports)]),
                ]),
            ),
            ("none", Value::map::<&str>([])),
            ("nothing", Value::seq([])),
        ]);
        let expected = "\
apiVersion: cilium.io/v2
labels:
  ciliate.dev/owned: \"true\"
source: Service/shop/web NetworkPolicy/shop/deny
enableDefaultDeny:
  egress: false
egress:
- toEntities:
  - host
- toCIDR:
  - 169.254.10.0/24
  toPorts:
  - ports:
    - port: \"443\"
      protocol: TCP
none: {}
nothing: []
";
        assert_eq!(block(&file, Sequences::Level), expected);
        assert!(block(&file, Sequences::Indented).ends_with(
            "\negress:\n  - toEntities:\n      - host\n  - toCIDR:\n      - 169.254.10.0/24\n    toPorts:\n      - ports:\n\
             \x20         - port: \"443\"\n            protocol: TCP\nnone: {}\nnothing: []\n"
        ));
    }

    #[test]
    fn json_is_indented_by_two_blanks_and_quotes_all_but_its_literals() {
        let value = Value::map([
            ("a", Value::seq([Value::plain("80"), Value::plain("yes")])),
            ("b", Value::plain("~")),
        ]);
        assert_eq!(
            json(&value),
            "{\n  \"a\": [\n    80,\n    \"yes\"\n  ],\n  \"b\": null\n}\n"
        );
    }

    #[test]
    fn escapes_are_those_of_json() {
        assert_eq!(quoted("a\"\\\n\t\u{7f}\u{feff}ä"), "\"a\\\"\\\\\\n\\t\\u007f\\ufeffä\"");
    }
}
