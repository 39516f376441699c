//! Groups of flags that several commands share.

use std::path::PathBuf;

use clap::ArgAction;
use clap::builder::{FalseyValueParser, NonEmptyStringValueParser};
use ipnet::IpNet;

use super::values;
use super::{AksVersion, ByteSize, CiliumVersion, Date, EntryName, FailOn, FixGrade, Output, PhaseChoice};

/// What is known of the clusters.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Target and facts")]
pub(crate) struct Target {
    /// The AKS version that the clusters will run, such as 1.32
    #[arg(
        long,
        value_name = "VERSION",
        env = "CILIATE_AKS_VERSION",
        conflicts_with = "cilium_version"
    )]
    pub(crate) aks_version: Option<AksVersion>,

    /// The Cilium version that the clusters will run, such as 1.17.4
    #[arg(long, value_name = "VERSION", env = "CILIATE_CILIUM_VERSION")]
    pub(crate) cilium_version: Option<CiliumVersion>,

    /// Where pods get their addresses (repeatable)
    #[arg(
        long = "pod-cidr",
        value_name = "CIDR",
        env = "CILIATE_POD_CIDR",
        value_delimiter = ','
    )]
    pub(crate) pod_cidrs: Vec<IpNet>,

    /// Where nodes get their addresses (repeatable)
    #[arg(
        long = "node-cidr",
        value_name = "CIDR",
        env = "CILIATE_NODE_CIDR",
        value_delimiter = ','
    )]
    pub(crate) node_cidrs: Vec<IpNet>,

    /// Where services get their addresses (repeatable)
    #[arg(
        long = "service-cidr",
        value_name = "CIDR",
        env = "CILIATE_SERVICE_CIDR",
        value_delimiter = ','
    )]
    pub(crate) service_cidrs: Vec<IpNet>,

    /// The namespace of manifests that name none
    #[arg(long, value_name = "NS", env = "CILIATE_NAMESPACE", value_parser = values::namespace)]
    pub(crate) namespace: Option<String>,
}

/// What to look at and how far to go.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct Choosing {
    /// Which side of the switch [default: `fix` before, `check` and `verify` all]
    #[arg(long, value_name = "PHASE", value_enum, env = "CILIATE_PHASE")]
    pub(crate) phase: Option<PhaseChoice>,

    /// Run only these transforms and findings (repeatable)
    #[arg(long, value_name = "NAME", env = "CILIATE_SELECT", value_delimiter = ',')]
    pub(crate) select: Vec<EntryName>,

    /// Leave these transforms and findings out (repeatable)
    #[arg(long, value_name = "NAME", env = "CILIATE_IGNORE", value_delimiter = ',')]
    pub(crate) ignore: Vec<EntryName>,

    /// How far changes may go: `safe` changes no flow but back to what NPM allows, `review` adds the rest
    #[arg(long, value_name = "GRADE", value_enum, default_value_t, env = "CILIATE_FIX")]
    pub(crate) fix: FixGrade,

    /// The most single ports that a range may become [default: 1024]
    #[arg(long, value_name = "N", env = "CILIATE_MAX_PORTS", value_parser = clap::value_parser!(u32).range(1..=65_535))]
    pub(crate) max_ports: Option<u32>,

    /// Edit also what Argo CD's hydrator wrote, though its next run undoes it
    #[arg(long, env = "CILIATE_EDIT_GENERATED", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) edit_generated: bool,

    /// Take this day for today (YYYY-MM-DD)
    #[arg(long, value_name = "DATE", env = "CILIATE_TODAY")]
    pub(crate) today: Option<Date>,

    /// How many threads, at most four per core [default: all cores]
    #[arg(short = 'j', long, value_name = "N", env = "CILIATE_JOBS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
}

/// Which manifests.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Input {
    /// Files and folders, or `-` for stdin
    #[arg(value_name = "PATHS", default_value = ".", help_heading = "Arguments")]
    pub(crate) paths: Vec<PathBuf>,

    /// Take this config instead of the nearest `.ciliate.yaml`
    #[arg(long, value_name = "FILE", env = "CILIATE_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// Read these manifests to resolve ports, labels and services, but never edit them (repeatable)
    #[arg(long, value_name = "PATH", env = "CILIATE_CONTEXT", value_delimiter = ',')]
    pub(crate) context: Vec<PathBuf>,

    /// Read this dump of the cluster, `kubectl get … -o json|yaml` (repeatable)
    #[arg(long, value_name = "FILE", env = "CILIATE_FACTS", value_delimiter = ',')]
    pub(crate) facts: Vec<PathBuf>,

    /// Take only files that match, or with a leading `!` none that match (repeatable)
    #[arg(
        short,
        long,
        value_name = "GLOB",
        env = "CILIATE_GLOB",
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) glob: Vec<String>,

    /// Leave out files that match (repeatable)
    #[arg(
        long,
        value_name = "GLOB",
        env = "CILIATE_EXCLUDE",
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) exclude: Vec<String>,

    /// Hold the excludes also against files that are named
    #[arg(long, env = "CILIATE_FORCE_EXCLUDE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) force_exclude: bool,

    /// Do not respect `.gitignore` and `.ignore`
    #[arg(long, env = "CILIATE_NO_IGNORE", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) no_ignore: bool,

    /// Read hidden files and folders too
    #[arg(long, env = "CILIATE_HIDDEN", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) hidden: bool,

    /// Skip larger files; K, M and G are units of 1024
    #[arg(long, value_name = "SIZE", default_value = "64M", env = "CILIATE_MAX_FILE_SIZE")]
    pub(crate) max_file_size: ByteSize,
}

/// What counts for the exit code.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Exit code")]
pub(crate) struct Counted {
    /// The least severity of a finding that counts
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t, env = "CILIATE_FAIL_ON")]
    pub(crate) fail_on: FailOn,

    /// What is no failure.
    #[command(flatten)]
    pub(crate) lenient: Lenient,

    /// Count only what this file does not list
    #[arg(long, value_name = "FILE", env = "CILIATE_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Write what is found to the file of `--baseline`
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
}

/// What leaves the exit code at 0.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Exit code")]
pub(crate) struct Lenient {
    /// End with 0 where no manifests are found
    #[arg(long, env = "CILIATE_ALLOW_EMPTY", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) allow_empty: bool,

    /// End with 0 whatever is found or left to do
    #[arg(long, env = "CILIATE_EXIT_ZERO", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) exit_zero: bool,
}

/// Where reports go.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Report as `human`, `concise`, `json` or, from `verify`, `markdown`, to stdout or to a file (repeatable) [default: human]
    #[arg(
        short,
        long = "output",
        value_name = "FORMAT[=FILE]",
        env = "CILIATE_OUTPUT",
        value_delimiter = ','
    )]
    pub(crate) outputs: Vec<Output>,
}
