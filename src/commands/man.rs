//! `ciliate man`: the manual page, the verbs' flags included.

use std::io;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::stop::Stop;
use crate::terminal;

/// Prints the page.
pub(crate) fn run() -> Result<Exit, Stop> {
    terminal::bytes_to_stdout(&page()?)?;
    Ok(Exit::Done)
}

fn page() -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("ciliate {}", verb.get_name());
        let mut part = Vec::new();
        let man = Man::new(verb.clone().display_name(&name));
        man.render_description_section(&mut part)?;
        man.render_synopsis_section(&mut part)?;
        man.render_options_section(&mut part)?;
        let part = String::from_utf8_lossy(&part).replace(".SH ", ".SS ");
        page.extend_from_slice(format!(".SH \"{}\"\n{part}", name.to_uppercase()).as_bytes());
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_verb_with_its_flags() -> io::Result<()> {
        let page = String::from_utf8_lossy(&page()?).into_owned();
        assert!(page.contains(".TH ciliate 1"), "{page}");
        for part in [
            ".SH \"CILIATE CHECK\"",
            ".SH \"CILIATE FIX\"",
            "pod\\-cidr",
            "after\\-switch",
        ] {
            assert!(page.contains(part), "{part}");
        }
        Ok(())
    }
}
