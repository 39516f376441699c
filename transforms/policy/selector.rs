//! Label selectors, as Kubernetes evaluates them.

use std::collections::BTreeMap;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// The operator of a `matchExpressions` entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is missing or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is missing.
    DoesNotExist,
}

impl Operator {
    /// Returns the name as manifests write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "In",
            Self::NotIn => "NotIn",
            Self::Exists => "Exists",
            Self::DoesNotExist => "DoesNotExist",
        }
    }

    /// Tells whether pods without the label match.
    pub const fn is_negative(self) -> bool {
        match self {
            Self::NotIn | Self::DoesNotExist => true,
            Self::In | Self::Exists => false,
        }
    }
}

/// An entry of `matchExpressions`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What is asked of it.
    pub operator: Operator,
    /// The values, in the order of the file; empty for `Exists` and `DoesNotExist`.
    pub values: Vec<String>,
}

/// A `LabelSelector`; the empty one matches everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Selector {
    /// `matchLabels`, in the order of the file.
    pub labels: Vec<(String, String)>,
    /// `matchExpressions`, in the order of the file.
    pub expressions: Vec<Requirement>,
}

impl Selector {
    /// The empty selector.
    pub const EVERYTHING: Self = Self {
        labels: Vec::new(),
        expressions: Vec::new(),
    };

    /// Makes the selector of exactly these labels.
    pub fn of_labels<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let labels = labels
            .into_iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Self {
            labels,
            expressions: Vec::new(),
        }
    }

    /// Tells whether the selector asks nothing.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// Tells whether `labels` satisfy every term.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|requirement| requirement.matches(labels))
    }

    /// Tells whether the selector has terms and all of them are negative (`NotIn`, `DoesNotExist`).
    pub fn is_negative_only(&self) -> bool {
        self.labels.is_empty()
            && !self.expressions.is_empty()
            && self
                .expressions
                .iter()
                .all(|requirement| requirement.operator.is_negative())
    }

    /// Tells whether a `${VAR}` stands in a key or a value, so that nobody knows yet what is asked.
    pub fn has_substitution(&self) -> bool {
        let labels = self.labels.iter().flat_map(|(key, value)| [key, value]);
        let terms = self
            .expressions
            .iter()
            .flat_map(|term| std::iter::once(&term.key).chain(&term.values));
        labels.chain(terms).any(|text| text.contains("${"))
    }

    /// Tells whether some term asks for a label to be there.
    pub fn has_positive_term(&self) -> bool {
        !self.labels.is_empty()
            || self
                .expressions
                .iter()
                .any(|requirement| !requirement.operator.is_negative())
    }

    /// Tells whether NPM reads the selector, on namespaces, as matching everything: it takes a `NotIn` of several
    /// values for "not this one, or not that one" (NPM-D1).
    pub fn is_open_under_npm(&self) -> bool {
        self.expressions
            .iter()
            .any(|requirement| requirement.operator == Operator::NotIn && requirement.values.len() > 1)
    }

    /// Tells whether some labels can satisfy both selectors, as far as their terms alone show.
    pub fn can_meet(&self, other: &Self) -> bool {
        !self.excludes(other) && !other.excludes(self)
    }

    /// Tells whether a term of this selector asks for what a term of the other forbids.
    fn excludes(&self, other: &Self) -> bool {
        let other: Vec<Requirement> = other.requirements().collect();
        self.requirements().any(|wanted| match wanted.operator {
            Operator::In => other.iter().any(|term| {
                let forbids = |value: &String| !term.matches(&Labels::from([(term.key.clone(), value.clone())]));
                term.key == wanted.key && wanted.values.iter().all(forbids)
            }),
            Operator::Exists => other
                .iter()
                .any(|term| term.key == wanted.key && term.operator == Operator::DoesNotExist),
            Operator::NotIn | Operator::DoesNotExist => false,
        })
    }

    /// Returns every term as a requirement, labels first.
    fn requirements(&self) -> impl Iterator<Item = Requirement> {
        let labels = self.labels.iter().map(|(key, value)| Requirement {
            key: key.clone(),
            operator: Operator::In,
            values: vec![value.clone()],
        });
        labels.chain(self.expressions.iter().cloned())
    }

    /// Returns every key that the selector asks for, labels first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let labels = self.labels.iter().map(|(key, _)| key.as_str());
        labels.chain(self.expressions.iter().map(|requirement| requirement.key.as_str()))
    }
}

impl Requirement {
    /// Tells whether `labels` satisfy the term.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_label_satisfies_only_negative_terms() {
        let labels = Labels::from([("app".to_owned(), "web".to_owned())]);
        for (operator, matches) in [
            (Operator::In, false),
            (Operator::NotIn, true),
            (Operator::Exists, false),
            (Operator::DoesNotExist, true),
        ] {
            let requirement = Requirement {
                key: "tier".into(),
                operator,
                values: vec!["web".into()],
            };
            assert_eq!(requirement.matches(&labels), matches, "{operator:?}");
        }
    }

    #[test]
    fn selectors_meet_unless_one_asks_what_the_other_forbids() {
        let term = |operator, values: &[&str]| Selector {
            labels: Vec::new(),
            expressions: vec![Requirement {
                key: "app".into(),
                operator,
                values: values.iter().map(|&value| value.to_owned()).collect(),
            }],
        };
        let web = Selector {
            labels: vec![("app".into(), "web".into())],
            expressions: Vec::new(),
        };
        for (other, meets) in [
            (Selector::EVERYTHING, true),
            (term(Operator::In, &["web", "db"]), true),
            (term(Operator::In, &["db"]), false),
            (term(Operator::NotIn, &["db"]), true),
            (term(Operator::NotIn, &["web"]), false),
            (term(Operator::Exists, &[]), true),
            (term(Operator::DoesNotExist, &[]), false),
        ] {
            assert_eq!(web.can_meet(&other), meets, "{other:?}");
            assert_eq!(other.can_meet(&web), meets, "{other:?}");
        }
    }
}
