//! The API server's rules for names of objects and namespaces.

/// The longest DNS label, of which namespaces are one.
const LABEL_LENGTH: usize = 63;
/// The longest DNS subdomain: an object's name, or the prefix of a label's key.
const SUBDOMAIN_LENGTH: usize = 253;

/// Tells whether something fills a `${VAR}` of the text in later, so that what it will say can't be judged.
pub fn is_substituted(text: &str) -> bool {
    text.contains("${")
}

/// Tells whether a text is a DNS label as RFC 1123 has it, in lower case.
pub fn is_label(text: &str) -> bool {
    text.len() <= LABEL_LENGTH && is_part(text)
}

/// Tells whether a text is a DNS subdomain as RFC 1123 has it, in lower case.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_LENGTH && text.split('.').all(is_part)
}

fn is_part(text: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(fits)
}

/// Says what is wrong with a namespace.
///
/// # Errors
/// A sentence for everything that is no DNS label, a `${VAR}` included.
/// # Source
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.3/staging/src/k8s.io/apimachinery/pkg/api/validation/generic.go>
pub fn namespace(name: &str) -> Result<(), String> {
    label(name, "namespace")
}

/// Says what is wrong with a Service's name.
///
/// Before Kubernetes 1.36 a server also refuses one that starts with a digit. Here it is taken: an overlay for a
/// Service that is not there does nothing, while one that is left out would cut clients off.
/// # Source
/// <https://github.com/kubernetes/enhancements/issues/5311>
pub(crate) fn service_name(name: &str) -> Result<(), String> {
    if is_substituted(name) {
        return Ok(());
    }
    label(name, "name of a Service")
}

/// Says what is wrong with an object's name; a `${VAR}` in it is filled in later.
pub(crate) fn object_name(name: &str) -> Result<(), String> {
    if is_subdomain(name) || is_substituted(name) {
        return Ok(());
    }
    Err(format!(
        "`{name}` is no name: it takes lower-case letters, digits, `-` and `.`, and at most {SUBDOMAIN_LENGTH} characters"
    ))
}

/// Says what is wrong with the beginning of a name that the server completes.
pub(crate) fn generated_name(begin: &str) -> Result<(), String> {
    // The server puts a letter in the place of a dash at the end, and judges the rest as a name.
    match begin.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => object_name(&format!("{}a", &begin[..begin.len() - 2])),
        Some(_) | None => object_name(begin),
    }
}

fn label(text: &str, what: &str) -> Result<(), String> {
    if is_label(text) {
        return Ok(());
    }
    Err(format!(
        "`{text}` is no {what}: it takes lower-case letters, digits and `-`, starts and ends with a letter or digit, and \
         has at most {LABEL_LENGTH} characters"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_dns_label() {
        let longest = "a".repeat(63);
        for name in ["shop", "1-a", "kustomization", &longest] {
            assert_eq!(namespace(name), Ok(()), "{name}");
        }
        let too_long = "a".repeat(64);
        for name in [
            "", "Shop", "a.b", "a_b", "-rf", "a-", "../a", "a\n", "ä", "${NS}", &too_long,
        ] {
            assert!(namespace(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_object_name_is_a_dns_subdomain() {
        for name in ["web", "web.v1", "1-a", "${NAME}-egress"] {
            assert_eq!(object_name(name), Ok(()), "{name}");
        }
        let too_long = "a".repeat(254);
        for name in ["", "Web", "web.", "web_1", "-web", "a..b", "web\u{202e}", &too_long] {
            assert!(object_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_service_has_no_dot_in_its_name_and_may_start_with_a_digit() {
        for name in ["web", "1-web", "${NAME}"] {
            assert_eq!(service_name(name), Ok(()), "{name}");
        }
        for name in ["web.v1", "Web", "web\u{1b}[2J"] {
            assert!(service_name(name).is_err(), "{name}");
        }
    }
}
