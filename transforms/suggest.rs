//! "Did you mean": the nearest of the names that there are.

/// Returns `; did you mean `x`?` for the name nearest to `word`, nothing where none is near.
pub fn did_you_mean(word: &str, names: &[&str]) -> String {
    nearest(word, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Returns the name nearest to `word`, the first of equally near ones; none where all are far.
fn nearest<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let mut best = None;
    for name in names {
        let likeness = strsim::jaro_winkler(word, name);
        if likeness > best.map_or(0.8, |(likeness, _)| likeness) {
            best = Some((likeness, *name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        let names = ["pod-cidrs", "node-cidrs", "paths"];
        assert_eq!(did_you_mean("pod-cidr", &names), "; did you mean `pod-cidrs`?");
        assert_eq!(did_you_mean("nod-cidrs", &names), "; did you mean `node-cidrs`?");
        assert_eq!(did_you_mean("weather", &names), "");
    }
}
