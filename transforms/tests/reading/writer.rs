//! Lays a document out: block or flow, quotes, comments, brackets, as people and tools do.

use super::random::Random;

/// What a document says, as far as its layout is open.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    /// Source that stands as it is.
    Raw(String),
    /// A text without blanks that may be written in any style.
    Text(String),
    /// A mapping; its keys stand as they are.
    Map(Vec<(String, Node)>),
    /// A sequence.
    List(Vec<Node>),
    /// A node behind an anchor or a tag.
    Marked(String, Box<Node>),
}

impl Node {
    /// Makes source that stands as it is.
    pub(crate) fn raw(text: &str) -> Self {
        Self::Raw(text.to_owned())
    }
}

/// Writes a document, with a final newline.
pub(crate) fn write(root: &Node, random: &mut Random) -> String {
    if random.chance(8) {
        let marker = random.one(&["---\n", ""]);
        return format!("{marker}{}", write_flow(root, random));
    }
    match root {
        Node::Map(pairs) if !pairs.is_empty() => {
            let mut writer = Writer::new(random);
            writer.block_map(pairs, 0);
            writer.out
        }
        other => write_flow(other, random),
    }
}

/// Writes a document in brackets, with a final newline.
fn write_flow(root: &Node, random: &mut Random) -> String {
    Writer::new(random).flow(root, 0) + "\n"
}

struct Writer<'r> {
    out: String,
    random: &'r mut Random,
    comments: bool,
}

impl<'r> Writer<'r> {
    fn new(random: &'r mut Random) -> Self {
        let comments = random.chance(40);
        Self {
            out: String::new(),
            random,
            comments,
        }
    }

    fn push(&mut self, text: &str) {
        self.out += text;
    }

    fn block_map(&mut self, pairs: &[(String, Node)], indent: usize) {
        for (index, (key, value)) in pairs.iter().enumerate() {
            if index > 0 {
                self.comment_line(indent);
                self.out += &" ".repeat(indent);
            } else if self.out.is_empty() || self.out.ends_with('\n') {
                self.out += &" ".repeat(indent);
            }
            if self.random.chance(1) {
                self.push(&format!("? {key}\n{}:", " ".repeat(indent)));
            } else {
                self.push(&format!("{key}:"));
            }
            self.value(value, indent);
        }
    }

    fn block_list(&mut self, items: &[Node], indent: usize) {
        for item in items {
            self.comment_line(indent);
            self.push(&format!("{}-", " ".repeat(indent)));
            match item {
                Node::Map(pairs) if !pairs.is_empty() && self.random.chance(80) => {
                    self.out.push(' ');
                    self.block_map(pairs, indent + 2);
                }
                other => self.value(other, indent),
            }
        }
    }

    /// Writes what stands behind a key's colon or an item's dash, to the end of the line or of its block.
    fn value(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Marked(mark, inner) => {
                self.push(&format!(" {mark}"));
                self.value(inner, indent);
            }
            Node::Map(pairs) if !pairs.is_empty() && !self.random.chance(20) => {
                self.end_of_line();
                self.block_map(pairs, indent + 2);
            }
            Node::List(items) if !items.is_empty() && !self.random.chance(18) => {
                self.end_of_line();
                let deeper = if self.random.chance(50) { 2 } else { 0 };
                self.block_list(items, indent + deeper);
            }
            Node::Text(text) if self.random.chance(2) => {
                let header = self.random.one(&["|-", ">-", "|2-", ">-  # folded"]);
                self.push(&format!(" {header}\n{}{text}\n", " ".repeat(indent + 2)));
            }
            Node::Raw(text) if text.is_empty() => self.end_of_line(),
            other => {
                let text = self.flow(other, indent);
                self.push(&format!(" {text}"));
                self.end_of_line();
            }
        }
    }

    fn end_of_line(&mut self) {
        if self.comments && self.random.chance(8) {
            let comments = [" # why", "  # a: b", " #", "   # - {x", "\t# tab"];
            // Behind a colon or a dash kubectl takes no tab; that is a frame of its own.
            let open = self.out.ends_with([':', '-']);
            let comment = self.random.one(&comments[..comments.len() - usize::from(open)]);
            self.out += comment;
        } else if self.random.chance(1) {
            self.out.push(' ');
        }
        self.out.push('\n');
    }

    fn comment_line(&mut self, indent: usize) {
        if self.comments && self.random.chance(6) {
            let deep = self.random.one(&[0, indent, indent + 2, indent + 5]);
            self.push(&format!("{}# note\n", " ".repeat(deep)));
        } else if self.random.chance(1) {
            self.out.push('\n');
        }
    }

    fn flow(&mut self, node: &Node, indent: usize) -> String {
        match node {
            Node::Raw(text) => text.clone(),
            Node::Text(text) => self.text(text),
            Node::Marked(mark, inner) => format!("{mark} {}", self.flow(inner, indent)),
            Node::Map(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| {
                    let value = self.flow(value, indent);
                    if value.is_empty() {
                        format!("{key}:")
                    } else {
                        format!("{key}: {value}")
                    }
                });
                let pairs: Vec<_> = pairs.collect();
                self.brackets('{', &pairs, '}', indent)
            }
            Node::List(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| match self.flow(item, indent) {
                        empty if empty.is_empty() => "~".to_owned(),
                        text => text,
                    })
                    .collect();
                self.brackets('[', &items, ']', indent)
            }
        }
    }

    fn brackets(&mut self, open: char, items: &[String], close: char, indent: usize) -> String {
        let inner = " ".repeat(indent + 2);
        match self.random.below(20) {
            _ if items.is_empty() => format!("{open}{close}"),
            0 => format!("{open} {} {close}", items.join(" , ")),
            1 => format!("{open}{},{close}", items.join(", ")),
            2 => format!("{open}\n{inner}{}\n{inner}{close}", items.join(&format!(",\n{inner}"))),
            3 => format!(
                "{open}\n{inner}{},\n{}{close}",
                items.join(&format!(",\n{inner}")),
                " ".repeat(indent + 1)
            ),
            4 if items.len() > 1 => format!("{open}{}{close}", items.join(&format!(", # more\n{inner}"))),
            _ => format!("{open}{}{close}", items.join(", ")),
        }
    }

    fn text(&mut self, text: &str) -> String {
        match self.random.below(24) {
            0 | 1 => format!("'{text}'"),
            2 | 3 => format!("\"{text}\""),
            4 => {
                let first = text.chars().next().unwrap_or('a');
                let rest = text.get(first.len_utf8()..).unwrap_or_default();
                match self.random.below(3) {
                    0 => format!("\"\\x{:02x}{rest}\"", u32::from(first)),
                    1 => format!("\"\\u{:04x}{rest}\"", u32::from(first)),
                    _ => format!("\"\\U{:08x}{rest}\"", u32::from(first)),
                }
            }
            5 => format!("!!str {text}"),
            _ => text.to_owned(),
        }
    }
}
