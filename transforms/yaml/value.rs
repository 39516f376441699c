//! Values without bytes: what a document means, and what we write.

use super::plain;

/// What a node means to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, number, boolean or null.
    Scalar(Scalar),
    /// Items in order.
    Seq(Vec<Value>),
    /// Pairs in order; duplicates and merge keys as they are written.
    Map(Vec<(Value, Value)>),
    /// A reference to the document's anchor with this number, never expanded.
    Alias(usize),
}

/// A scalar's text, and how it asks to be read. Two are equal when every reader takes them for the same value.
#[derive(Debug, Clone, Eq)]
pub struct Scalar {
    /// The text, unescaped and folded.
    pub text: String,
    /// Without quotes: a reader decides by the text whether it is a number, a boolean, null or a string.
    pub plain: bool,
    /// The tag with its handle resolved, as `tag:yaml.org,2002:str`.
    pub tag: Option<String>,
}

impl Scalar {
    /// Makes the string `text`; it gets quotes exactly when some reader would read something else without them.
    pub fn string(text: impl Into<String>) -> Self {
        let text = text.into();
        let plain = !plain::is_special(&text) && plain::is_writable(&text);
        Self { text, plain, tag: None }
    }

    /// Makes what a reader takes the bare `text` for, as the number of `8080`.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            plain: true,
            tag: None,
        }
    }

    /// Tells whether the scalar is plain and some reader takes it for something else than a string.
    pub(super) fn is_special(&self) -> bool {
        self.plain && plain::is_special(&self.text)
    }

    /// Tells whether the scalar is null.
    pub fn is_null(&self) -> bool {
        self.plain && self.tag.is_none() && plain::is_null(&self.text)
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        let same = self.tag == other.tag && self.text == other.text && self.is_special() == other.is_special();
        same || self.is_null() && other.is_null()
    }
}

impl Value {
    /// Makes the string `text`; it gets quotes exactly when some reader would read something else without them.
    pub fn string(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::string(text))
    }

    /// Makes what a reader takes the bare `text` for, as the number of `8080`.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::plain(text))
    }

    /// Makes a mapping with these keys, which are strings.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (Self::string(key), value))
                .collect(),
        )
    }

    /// Makes a sequence.
    pub fn seq(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Seq(items.into_iter().collect())
    }

    /// Returns the value of `key` in a mapping, the last of duplicates.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs
            .iter()
            .rev()
            .find(|(name, _)| name.str() == Some(key))
            .map(|(_, value)| value)
    }

    /// Returns the text of a scalar.
    pub fn str(&self) -> Option<&str> {
        match self {
            Self::Scalar(scalar) => Some(&scalar.text),
            Self::Seq(_) | Self::Map(_) | Self::Alias(_) => None,
        }
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(scalar) if scalar.is_null())
    }

    /// Returns the items of a sequence; none for everything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Seq(items) => items,
            Self::Scalar(_) | Self::Map(_) | Self::Alias(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Value {
        Value::Scalar(Scalar {
            text: text.to_owned(),
            plain: false,
            tag: None,
        })
    }

    #[test]
    fn a_quoted_number_is_another_value_and_a_quoted_name_is_the_same() {
        assert_ne!(Value::plain("80"), quoted("80"));
        assert_ne!(Value::plain("yes"), quoted("yes"));
        assert_eq!(Value::plain("web"), quoted("web"));
        assert_eq!(Value::plain("~"), Value::plain(""));
        assert_ne!(Value::plain("~"), quoted(""));
    }

    #[test]
    fn a_string_is_quoted_only_where_it_must_be() {
        assert_eq!(Value::string("80"), quoted("80"));
        assert!(matches!(
            Value::string("web"),
            Value::Scalar(Scalar { plain: true, .. })
        ));
        assert!(matches!(
            Value::string("on"),
            Value::Scalar(Scalar { plain: false, .. })
        ));
    }
}
