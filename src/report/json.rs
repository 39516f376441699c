//! Reports as JSON: one object, its form fixed by `schema`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter};

use crate::text;

/// Writes a report; every value is as it is.
pub(super) fn render(report: &impl Serialize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let form = Quiet(PrettyFormatter::new());
    report.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, form))?;
    out.write_all(b"\n")
}

/// The usual form, in which characters that act on a terminal are written as `\u202e`: the values stay the same.
struct Quiet(PrettyFormatter<'static>);

impl Formatter for Quiet {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(text::acts) {
            let (plain, from) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut characters = from.chars();
            if let Some(character) = characters.next() {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::samples;

    #[test]
    fn a_change_has_grade_place_and_bytes() -> io::Result<()> {
        let mut out = Vec::new();
        render(&samples::report(vec![samples::safe()]), &mut out)?;
        let json: Value = serde_json::from_slice(&out)?;
        assert_eq!(json["schema"], 1);
        let item = &json["items"][0];
        assert_eq!(
            (&item["kind"], &item["grade"], &item["name"]),
            (&"change".into(), &"safe".into(), &"ip-block".into())
        );
        assert_eq!(item["location"]["start"]["line"], 41);
        assert_eq!(item["location"]["start_byte"], 1000);
        Ok(())
    }

    #[test]
    fn what_acts_is_escaped_and_the_values_stay() -> io::Result<()> {
        let value = json!({"a\u{202e}": ["\u{9b}2J", "ü\u{7f}\u{e0041}\n\"", {}, [], 1], "b": null});
        let mut out = Vec::new();
        render(&value, &mut out)?;
        let text = String::from_utf8(out).unwrap();
        assert!(
            !text.contains(|character| text::acts(character) && character != '\n'),
            "{text}"
        );
        assert!(
            text.contains(r#""\u009b2J""#) && text.contains(r#""ü\u007f\udb40\udc41\n\"""#),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text)?, value);
        let plain = json!({"a": ["x", {}, [], 1], "b": {"c": null}});
        let mut out = Vec::new();
        render(&plain, &mut out)?;
        assert_eq!(
            String::from_utf8(out).unwrap(),
            serde_json::to_string_pretty(&plain)? + "\n"
        );
        Ok(())
    }
}
