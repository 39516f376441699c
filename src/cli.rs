//! The command line as types.

mod groups;
mod values;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Parser, Subcommand};

use crate::exit;

pub(crate) use groups::{Choosing, Counted, Input, Lenient, OutputArgs, Target};
pub(crate) use values::{
    AksVersion, ByteSize, CiliumVersion, ColorChoice, Date, EntryName, FailOn, FixGrade, Format, Output, PhaseChoice,
    Require,
};

/// Rewrites Kubernetes network policies so that they mean under Cilium what they meant under Azure NPM.
#[derive(Debug, Parser)]
#[command(name = "ciliate", version, max_term_width = 100, after_help = exit::table())]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Print no summary, no hints and no progress bar
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Also list what was skipped, what is ignored and what waits for the other phase
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// When to colour the output
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        env = "CILIATE_COLOR"
    )]
    pub(crate) color: ColorChoice,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show findings and proposed changes; never writes
    Check(CheckArgs),
    /// Apply the changes
    Fix(FixArgs),
    /// Tell who can reach whom: NPM today, Cilium with nothing changed, Cilium with the fix
    Verify(VerifyArgs),
    /// Print the page of a transform or a finding, or list all
    Explain(ExplainArgs),
    /// Write a config for this tree, with what could not be told left as questions
    Init(InitArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
}

/// What a run is about: every verb that reads manifests asks for it.
#[derive(Debug, clap::Args)]
pub(crate) struct Scope {
    /// Which manifests.
    #[command(flatten)]
    pub(crate) input: Input,

    /// What is known of the clusters.
    #[command(flatten)]
    pub(crate) target: Target,

    /// What to look at and how far to go.
    #[command(flatten)]
    pub(crate) choosing: Choosing,
}

/// What `check` and `fix` share.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// What the run is about.
    #[command(flatten)]
    pub(crate) scope: Scope,

    /// What counts for the exit code.
    #[command(flatten)]
    pub(crate) counted: Counted,

    /// Where reports go.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `ciliate check`.
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// What it shares with `fix`.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// `ciliate fix`.
#[derive(Debug, clap::Args)]
pub(crate) struct FixArgs {
    /// Print the changes as a patch for `git apply` instead of making them; the report goes to stderr
    #[arg(long)]
    pub(crate) diff: bool,

    /// State that the clusters run Cilium, so that overlays may stand beside their sources
    #[arg(long, env = "CILIATE_AFTER_SWITCH", action = ArgAction::SetTrue, value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) after_switch: bool,

    /// What it shares with `check`.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// `ciliate verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Hold the working tree as it stands against another: a folder, or a revision of the repository. NPM today and
    /// Cilium with nothing changed are then of that tree
    #[arg(long, value_name = "REV|DIR", conflicts_with = "trace", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) base: Option<String>,

    /// End with 14 where connectivity is not as required, or something moves under NPM
    #[arg(long, value_name = "WHAT", value_enum, default_value_t, env = "CILIATE_REQUIRE")]
    pub(crate) require: Require,

    /// Let templates that nothing rendered stand in no requirement's way
    #[arg(long)]
    pub(crate) accept_unrendered: bool,

    /// Walk one connection: SRC and DST are ns/pod, ns/Kind/workload, an IP address (IPv6 in brackets before a port),
    /// node:NAME, own-node, other-node or world; without a port, tell the ports on which it passes
    #[arg(long, num_args = 2, value_names = ["SRC", "DST[:PORT[/PROTO]]"])]
    pub(crate) trace: Option<Vec<String>>,

    /// Let the connection come through a service's address, ns/service, entering the cluster at own-node (that of the
    /// pod that answers), other-node or NODE; PORT is then the service's
    #[arg(long, value_name = "SERVICE[@NODE]", requires = "trace", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) via: Option<String>,

    /// What the run is about.
    #[command(flatten)]
    pub(crate) scope: Scope,

    /// What is no failure.
    #[command(flatten)]
    pub(crate) lenient: Lenient,

    /// Where reports go.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// `ciliate explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// The name, such as `ip-block`; all are listed without it
    pub(crate) name: Option<String>,
}

/// `ciliate init`.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The folder to write `.ciliate.yaml` into
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
}

/// `ciliate completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::generated;

    /// The head of the reference; the rest is what `--help` prints.
    const HEAD: &str = "\
# The command line

Generated from the program's own help by `UPDATE_DOCS=1 cargo test`. Flags beat variables of the environment, which
beat `.ciliate.yaml` ([its schema](config.schema.json)); lists are repeated or separated by commas.
";

    #[test]
    fn the_reference_is_what_the_help_says() {
        let mut command = Cli::command().term_width(100).mut_args(|arg| arg.hide_env_values(true));
        command.build();
        let block = |command: &mut clap::Command| format!("\n```text\n{}```\n", command.render_long_help());
        let mut parts = vec![HEAD.to_owned(), block(&mut command)];
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let mut shown = verb.clone().term_width(100).mut_args(|arg| arg.hide_env_values(true));
            parts.extend([format!("\n## ciliate {}\n", verb.get_name()), block(&mut shown)]);
        }
        let text = parts.concat();
        let trimmed: Vec<_> = text.lines().map(str::trim_end).collect();
        generated::assert_current("docs/cli.md", &(trimmed.join("\n") + "\n"));
    }

    #[test]
    fn the_command_line_contradicts_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lists_may_be_repeated_or_separated_by_commas() {
        let words = [
            "ciliate",
            "check",
            "--pod-cidr",
            "10.0.0.0/8,fd00::/64",
            "--pod-cidr=11.0.0.0/8",
        ];
        let Command::Check(args) = Cli::try_parse_from(words).unwrap().command else {
            panic!("check was asked for")
        };
        assert_eq!(args.run.scope.target.pod_cidrs.len(), 3);
    }
}
