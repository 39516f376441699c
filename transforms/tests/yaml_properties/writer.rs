//! Writes random values in layouts that people write.

use ciliate_transforms::yaml::{Scalar, Sequences, Value, block, json};

use crate::choices::Choices;

/// Writes a document in a layout that people write.
pub(crate) struct Writer<'a> {
    out: String,
    choices: Choices<'a>,
    step: usize,
    list_step: usize,
}

impl Writer<'_> {
    pub(crate) fn document(value: &Value, bytes: &[u8]) -> String {
        let mut choices = Choices { bytes, at: 0 };
        let (step, level) = (1 + choices.below(4), choices.one_in(2));
        let mut writer = Writer {
            out: String::new(),
            choices,
            step,
            list_step: if level { 0 } else { step },
        };
        match writer.choices.below(6) {
            0 => writer.out = json(value),
            1 => writer.out = json(value).replace('\n', "").replace("  ", ""),
            2 => {
                writer.flow(value, 0);
                writer.line_end();
            }
            _ => writer.node(value, 0, false),
        }
        let mut text = writer.out;
        if writer.choices.one_in(4) {
            text = text.replace('\n', "\r\n");
        }
        if writer.choices.one_in(4) && !text.contains(" |") {
            text.truncate(text.trim_end().len());
        }
        text
    }

    fn put(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
    }

    fn line_end(&mut self) {
        if self.choices.one_in(4) {
            self.out.push_str("  # at the\tend");
        }
        self.out.push('\n');
    }

    fn above(&mut self, column: usize) {
        match self.choices.below(8) {
            0 => self.put(format!("{}# above\n", " ".repeat(column))),
            1 if !self.out.contains("|+") => self.out.push('\n'),
            2 => self.put(format!("{}# deeper\n", " ".repeat(column + 1))),
            _ => {}
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        let text = &scalar.text;
        let simple = text.chars().all(|char| char.is_ascii_alphanumeric());
        let is_string = Value::string(text.as_str()) == Value::Scalar(scalar.clone());
        match self.choices.below(4) {
            0 if is_string && !text.contains('\n') => self.put(format!("'{}'", text.replace('\'', "''"))),
            1 if is_string && simple => self.put(format!("\"{text}\"")),
            _ => self
                .out
                .push_str(block(&Value::Scalar(scalar.clone()), Sequences::Level).trim_end()),
        }
    }

    fn flow(&mut self, value: &Value, column: usize) {
        let lines = self.choices.one_in(2);
        let between = if lines {
            format!("\n{}", " ".repeat(column + 3))
        } else {
            String::new()
        };
        let (open, close, children) = match value {
            Value::Map(pairs) => (
                '{',
                '}',
                pairs.iter().map(|(key, value)| (Some(key), value)).collect::<Vec<_>>(),
            ),
            Value::Seq(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
            Value::Scalar(scalar) => return self.scalar(scalar),
            Value::Alias(_) => return,
        };
        self.out.push(open);
        for (index, (key, value)) in children.iter().enumerate() {
            self.out.push_str(&between);
            if let Some(key) = key {
                self.out.push_str(block(key, Sequences::Level).trim_end());
                self.out.push_str(": ");
            }
            self.flow(value, column + 3);
            let last = index + 1 == children.len();
            if !last || self.choices.one_in(3) {
                self.out.push_str(if last || lines { "," } else { ", " });
            }
            if lines && self.choices.one_in(4) {
                self.out.push_str(" # of the entry");
            }
        }
        if lines {
            self.put(format!("\n{}", " ".repeat(column + 1)));
        }
        self.out.push(close);
    }

    /// Writes a node whose first line stands at `column` already when `placed`, with its line end.
    fn node(&mut self, value: &Value, column: usize, placed: bool) {
        let mut placed = placed;
        let mut start = |writer: &mut Self| {
            if !std::mem::take(&mut placed) {
                writer.above(column);
                writer.out.push_str(&" ".repeat(column));
            }
        };
        match value {
            Value::Map(pairs) if !pairs.is_empty() => {
                for (key, value) in pairs {
                    start(self);
                    self.out.push_str(block(key, Sequences::Level).trim_end());
                    self.out.push(':');
                    let inner = if matches!(value, Value::Seq(_)) {
                        self.list_step
                    } else {
                        self.step
                    };
                    self.child(value, column, column + inner);
                }
            }
            Value::Seq(items) if !items.is_empty() => {
                for item in items {
                    start(self);
                    let gap = 1 + self.choices.below(2);
                    self.out.push('-');
                    let is_open = matches!(item, Value::Map(pairs) if !pairs.is_empty())
                        || matches!(item, Value::Seq(items) if !items.is_empty());
                    if is_open && !self.choices.one_in(4) {
                        self.out.push_str(&" ".repeat(gap));
                        self.node(item, column + 1 + gap, true);
                    } else {
                        self.child(item, column, column + 1 + gap);
                    }
                }
            }
            Value::Map(_) | Value::Seq(_) | Value::Scalar(_) | Value::Alias(_) => {
                start(self);
                self.flow(value, column);
                self.line_end();
            }
        }
    }

    /// Writes a child behind its colon or dash.
    fn child(&mut self, value: &Value, column: usize, inner: usize) {
        let is_empty = match value {
            Value::Map(pairs) => pairs.is_empty(),
            Value::Seq(items) => items.is_empty(),
            Value::Scalar(_) | Value::Alias(_) => true,
        };
        if let Some(text) = value.str().filter(|text| text.ends_with('\n')) {
            self.out.push_str(if text.ends_with("\n\n") { " |+" } else { " |" });
            self.line_end();
            for line in text.lines() {
                let indented = format!("{}{line}", " ".repeat(inner.max(column + 1) + 3));
                self.put(indented.trim_end());
                self.put("\n");
            }
        } else if value.is_null() && self.choices.one_in(2) {
            self.line_end();
        } else if is_empty || self.choices.one_in(5) {
            self.out.push(' ');
            self.flow(value, column);
            self.line_end();
        } else {
            self.line_end();
            self.node(value, inner, false);
        }
    }
}
