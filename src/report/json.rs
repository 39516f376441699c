//! The report as JSON: one object, its form fixed by `schema`.

use std::io::{self, Write};

use ciliate_transforms::report::Report;

/// Writes the report.
pub(super) fn render(report: &Report, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_change_has_grade_place_and_bytes() -> io::Result<()> {
        let mut out = Vec::new();
        render(&samples::report(vec![samples::safe()]), &mut out)?;
        let json: serde_json::Value = serde_json::from_slice(&out)?;
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
}
