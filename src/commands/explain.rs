//! `ciliate explain`: the page of a transform or a finding, or the list of all.

use std::io::{self, Write};

use anstyle::Style;
use ciliate_transforms::catalog;
use ciliate_transforms::suggest;
use ciliate_transforms::transform::{Phase, Role, Transform};

use crate::cli::{ExplainArgs, Global};
use crate::exit::Exit;
use crate::stop::Stop;
use crate::terminal;

/// Prints the page, or the list.
pub(crate) fn run(args: &ExplainArgs, global: &Global) -> Result<Exit, Stop> {
    match &args.name {
        Some(name) => {
            let page = page(catalog::ALL, name)?;
            terminal::bytes_to_stdout(page.as_bytes())?;
        }
        None => terminal::to_stdout(terminal::colors(global.color), |out| list(catalog::ALL, out))?,
    }
    Ok(Exit::Done)
}

fn page(all: &[&Transform], name: &str) -> Result<String, Stop> {
    if let Some(transform) = all.iter().find(|transform| transform.id == name) {
        return Ok(format!("{}\n", transform.docs.trim_end()));
    }
    let names: Vec<_> = all.iter().map(|transform| transform.id).collect();
    let hint = suggest::did_you_mean(name, &names);
    Err(Stop::Usage(format!(
        "no transform or finding is named `{name}`{hint}; `ciliate explain` lists them"
    )))
}

fn list(all: &[&Transform], out: &mut dyn Write) -> io::Result<()> {
    let width = all.iter().map(|transform| transform.id.len()).max().unwrap_or_default();
    let is_before = |role: Role| matches!(role, Role::Changes(Phase::Before));
    let is_after = |role: Role| matches!(role, Role::Changes(Phase::After));
    let is_finding = |role: Role| matches!(role, Role::Finds(_));
    let parts: [(&str, &dyn Fn(Role) -> bool); 3] = [
        ("Before the switch", &is_before),
        ("After the switch", &is_after),
        ("Findings without an edit", &is_finding),
    ];
    let head = Style::new().bold();
    for (title, belongs) in parts {
        writeln!(out, "{head}{title}{head:#}")?;
        for transform in all.iter().filter(|transform| belongs(transform.role)) {
            writeln!(out, "  {:width$}  {}", transform.id, transform.summary)?;
        }
    }
    writeln!(out, "`ciliate explain NAME` prints the page of one.")
}

#[cfg(test)]
mod tests {
    use ciliate_transforms::transform::{Scope, Severity};

    use super::*;

    const fn entry(id: &'static str, role: Role) -> Transform {
        Transform {
            id,
            summary: "what it does",
            docs: "# Page\n\n",
            role,
            scope: Scope::Raised,
            decide: |_, _| Vec::new(),
        }
    }

    const END_PORT: Transform = entry("end-port", Role::Changes(Phase::Before));
    const IPV6: Transform = entry("ipv6", Role::Finds(Severity::Error));

    #[test]
    fn a_page_is_printed_by_name_and_a_slip_is_told() {
        assert_eq!(page(&[&END_PORT], "end-port").unwrap(), "# Page\n");
        let message = page(&[&END_PORT], "endport").unwrap_err().message();
        assert!(message.contains("`endport`; did you mean `end-port`?"), "{message}");
    }

    #[test]
    fn the_list_has_every_entry_once_in_its_part() {
        let mut out = Vec::new();
        list(&[&END_PORT, &IPV6], &mut anstream::StripStream::new(&mut out)).unwrap();
        let expected = "Before the switch\n  end-port  what it does\nAfter the switch\nFindings without an edit\n  \
                        ipv6      what it does\n`ciliate explain NAME` prints the page of one.\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
