//! Values of flags, parsed to types that can't be wrong.

use std::path::PathBuf;
use std::str::FromStr;

use ciliate_transforms::catalog;
use ciliate_transforms::policy::dns;
use ciliate_transforms::suggest;
use ciliate_transforms::transform::Severity;
use ciliate_transforms::world::Target;
use ciliate_transforms::world::aks::{self, VersionError};
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which side of the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PhaseChoice {
    /// What may land before the switch
    Before,
    /// What needs the CRDs of Cilium
    After,
    /// Both
    All,
}

/// How far changes may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum FixGrade {
    /// Only what changes no flow but back to what NPM allows
    #[default]
    Safe,
    /// Also what widens, or rests on an assumption
    Review,
}

/// The least severity of a finding that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Errors and warnings
    Warning,
}

impl FailOn {
    /// Returns it as a severity.
    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
        }
    }
}

/// What connectivity must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Require {
    /// Nothing: differences are shown
    #[default]
    None,
    /// No flow that NPM allows today may be lost
    NoLoss,
    /// No flow may be lost or gained
    Exact,
}

/// When to colour the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, and as `NO_COLOR`, `FORCE_COLOR` and `CLICOLOR_FORCE` say
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the source around each place
    Human,
    /// One line for each thing said
    Concise,
    /// One object with everything
    Json,
    /// A table and what stands behind it, for pull requests
    Markdown,
}

impl Format {
    /// Returns its name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

/// A report's form and where it goes; stdout without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// The form.
    pub(crate) format: Format,
    /// The file.
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the file's name is missing after `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let names: Vec<_> = Format::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .collect();
        let format = Format::from_str(name, false).map_err(|_| {
            let names: Vec<_> = names.iter().map(clap::builder::PossibleValue::get_name).collect();
            format!(
                "no format has this name{}; there are {}",
                suggest::did_you_mean(name, &names),
                names.join(", ")
            )
        })?;
        Ok(Self { format, file })
    }
}

/// The name of an entry of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryName(pub(crate) &'static str);

impl FromStr for EntryName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        catalog::by_id(text).map(|transform| Self(transform.id)).ok_or_else(|| {
            let names: Vec<_> = catalog::ALL.iter().map(|transform| transform.id).collect();
            let hint = suggest::did_you_mean(text, &names);
            format!("no transform or finding has this name{hint}; `ciliate explain` lists them")
        })
    }
}

/// Takes a namespace that can be one.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    dns::namespace(text).map(|()| text.to_owned())
}

/// The target that a version of AKS brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AksVersion(pub(crate) Target);

impl FromStr for AksVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        aks::target(text).map(Self)
    }
}

/// The target of a version of Cilium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CiliumVersion(pub(crate) Target);

impl FromStr for CiliumVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        aks::cilium_target(text).map(Self)
    }
}

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ByteSize(pub(crate) u64);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("K", 10), ("M", 20), ("G", 30)];
        let unit = units
            .iter()
            .find_map(|(name, shift)| Some((text.strip_suffix(name)?, *shift)));
        let (digits, shift) = unit.unwrap_or((text, 0));
        let bytes = digits
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(1 << shift));
        bytes
            .map(Self)
            .ok_or_else(|| "a size is a number of bytes, or one with K, M or G".to_owned())
    }
}

/// A day, `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) String);

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a day is written as 2027-03-31".to_owned();
        let parts: Vec<_> = text.split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(wrong());
        };
        let in_range = |digits: &str, most| number(digits).is_some_and(|number| (1..=most).contains(&number));
        let digits = |part: &str, len| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
        let right = digits(year, 4) && digits(month, 2) && digits(day, 2) && in_range(month, 12) && in_range(day, 31);
        if right { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }
}

fn number(digits: &str) -> Option<u8> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_format_and_perhaps_a_file() {
        let json = Output {
            format: Format::Json,
            file: Some("a=b.json".into()),
        };
        assert_eq!("json=a=b.json".parse(), Ok(json));
        assert_eq!(
            "human".parse(),
            Ok(Output {
                format: Format::Human,
                file: None
            })
        );
        assert!("humam".parse::<Output>().unwrap_err().contains("did you mean `human`?"));
        assert!("json=".parse::<Output>().is_err());
    }

    #[test]
    fn sizes_have_units_of_1024() {
        for (text, expected) in [
            ("7", Some(7)),
            ("64M", Some(64 << 20)),
            ("1G", Some(1 << 30)),
            ("1T", None),
        ] {
            assert_eq!(text.parse::<ByteSize>().ok(), expected.map(ByteSize), "{text}");
        }
        assert!("99999999999999999999".parse::<ByteSize>().is_err());
    }

    #[test]
    fn days_are_written_in_full() {
        assert!("2027-03-31".parse::<Date>().is_ok());
        for wrong in ["2027-3-31", "2027-13-01", "2027-00-01", "27-03-31", "tomorrow"] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
    }
}
