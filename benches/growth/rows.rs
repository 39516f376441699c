//! The inputs that can make a run cost far more than they are long, each of any size.

use std::fmt::Write;

/// The network that every row is judged in.
const NETWORK: &[&str] = &[
    "--pod-cidr",
    "10.244.0.0/16",
    "--node-cidr",
    "10.224.0.0/16",
    "--service-cidr",
    "10.0.0.0/16",
];

/// A kind of input, and what is done with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// What there are `n` of.
    pub(crate) name: &'static str,
    /// The verb that reads it.
    pub(crate) verb: &'static str,
    /// The Cilium version that the clusters go to.
    pub(crate) cilium: &'static str,
    /// The size that the others are held against.
    pub(crate) n: usize,
    /// The name of its one file.
    pub(crate) file: &'static str,
    /// Writes the file with `n` of them.
    pub(crate) write: fn(usize) -> String,
}

impl Row {
    /// Returns the arguments of its run, on one thread, in the folder that holds the file.
    pub(crate) fn arguments(&self) -> Vec<&'static str> {
        let mut arguments = vec![self.verb, "--cilium-version", self.cilium, "-j", "1"];
        arguments.extend(NETWORK);
        if self.verb == "fix" {
            arguments.extend(["--phase", "all", "--fix", "review"]);
        }
        arguments.push(".");
        arguments
    }
}

/// A row with a usual file and target.
const fn row(name: &'static str, verb: &'static str, n: usize, write: fn(usize) -> String) -> Row {
    Row {
        name,
        verb,
        cilium: "1.17.9",
        n,
        file: "input.yaml",
        write,
    }
}

/// All of them.
pub(crate) const ROWS: &[Row] = &[
    Row {
        file: "input.json",
        ..row("policies in a JSON list on one line", "check", 250, json_list)
    },
    row(
        "ignore names repeated in an annotation",
        "check",
        2_500,
        repeated_ignores,
    ),
    row("ignore comments in a list", "check", 4_000, ignore_comments),
    row("peers by alias in as many rules", "check", 400, peers_by_alias),
    row("rules by alias", "fix", 500, rules_by_alias),
    row("rules in a flow list on one line", "fix", 500, rules_on_one_line),
    row("CIDRs in rules", "fix", 500, cidrs),
    Row {
        cilium: "1.16.16", // Which knows no ranges, so that each port is written out.
        ..row("ranges of 1,000 ports in rules", "fix", 50, ranges)
    },
    row("policies that select all in a namespace", "check", 1_000, select_all),
    row("rules in a policy", "verify", 1_000, rules),
    row("namespaces with a policy each", "verify", 1_000, namespaces),
    row("distinct selectors in a namespace", "verify", 500, selectors),
    row("policies in a file", "verify", 1_000, policies),
];

/// Returns a policy up to its `spec`, whose fields come behind it.
fn policy(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: \
         {namespace}}}\nspec:\n"
    )
}

fn workload(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
         selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: \
         {{containers: [{{name: {name}, image: {name}, ports: [{{containerPort: 8080}}]}}]}}\n"
    )
}

/// Joins what there is of each number below `n`.
fn each(n: usize, of: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..n {
        text.push_str(&of(number));
    }
    text
}

/// Returns a CIDR of its own outside of the cluster, for each number below 65,536.
fn cidr(number: usize) -> String {
    format!("100.{}.{}.0/24", 64 + number / 256, number % 256)
}

fn json_list(n: usize) -> String {
    let item = |number| {
        format!(
            r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{"name":"p{number}","namespace":"shop"}},"spec":{{"podSelector":{{"matchLabels":{{"app":"a{number}"}}}},"policyTypes":["Egress"],"egress":[{{"to":[{{"ipBlock":{{"cidr":"0.0.0.0/0"}}}}]}}]}}}}"#
        )
    };
    let items: Vec<_> = (0..n).map(item).collect();
    format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, items.join(","))
}

fn repeated_ignores(n: usize) -> String {
    let names = vec!["end-port"; n].join(",");
    let annotated = format!("metadata: {{annotations: {{ciliate.dev/ignore: \"{names}\"}}, ");
    policy("repeated", "shop").replace("metadata: {", &annotated) + "  podSelector: {}\n  policyTypes: [Ingress]\n"
}

fn ignore_comments(n: usize) -> String {
    let item = |number| {
        let cidr = cidr(number);
        format!("    # ciliate: ignore[ip-block] agreed\n    - ipBlock: {{cidr: {cidr}}}\n")
    };
    policy("comments", "shop") + "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - to:\n" + &each(n, item)
}

fn peers_by_alias(n: usize) -> String {
    let peer = |number| format!("    - podSelector: {{matchLabels: {{app: a{number}}}}}\n");
    let rule = |_| "  - from: *peers\n".to_owned();
    policy("peers", "shop")
        + "  podSelector: {}\n  policyTypes: [Ingress]\n  ingress:\n  - from: &peers\n"
        + &each(n, peer)
        + &each(n.saturating_sub(1), rule)
}

fn rules_by_alias(n: usize) -> String {
    let rule = |_| "  - *rule\n".to_owned();
    policy("aliases", "shop")
        + "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - &rule\n    to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n"
        + &each(n.saturating_sub(1), rule)
}

fn rules_on_one_line(n: usize) -> String {
    let rule = "{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}";
    let rules = vec![rule; n].join(", ");
    policy("line", "shop") + &format!("  podSelector: {{}}\n  policyTypes: [Egress]\n  egress: [{rules}]\n")
}

fn cidrs(n: usize) -> String {
    let rule = |number| {
        format!(
            "  - to:\n    - ipBlock:\n        cidr: 10.{}.{}.0/24\n",
            number / 256,
            number % 256
        )
    };
    policy("cidrs", "shop") + "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n" + &each(n, rule)
}

fn ranges(n: usize) -> String {
    let range = |number| {
        let first = 1_024 + number * 64;
        format!("  - ports:\n    - port: {first}\n      endPort: {}\n", first + 999)
    };
    policy("ranges", "shop") + "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n" + &each(n, range)
}

fn select_all(n: usize) -> String {
    each(n, |number| {
        policy(&format!("p{number}"), "shop")
            + "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n"
            + &format!(
                "  - to: [{{ipBlock: {{cidr: 10.{}.{}.0/24}}}}]\n",
                number / 256,
                number % 256
            )
    })
}

fn rules(n: usize) -> String {
    let rule = |number| {
        format!(
            "  - from: [{{podSelector: {{matchLabels: {{app: a{number}}}}}}}]\n    ports: [{{port: {}}}]\n",
            1_024 + number
        )
    };
    policy("rules", "shop")
        + "  podSelector: {}\n  policyTypes: [Ingress]\n  ingress:\n"
        + &each(n, rule)
        + &workload("web", "shop")
}

fn namespaces(n: usize) -> String {
    each(n, |number| {
        let namespace = format!("n{number}");
        policy("from-next", &namespace)
            + "  podSelector: {}\n  policyTypes: [Ingress]\n  ingress:\n"
            + &format!(
                "  - from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: n{}}}}}}}]\n",
                number + 1
            )
            + &workload("web", &namespace)
    })
}

fn selectors(n: usize) -> String {
    each(n, |number| {
        let name = format!("a{number}");
        let mut text = policy(&name, "shop");
        write!(
            text,
            "  podSelector: {{matchLabels: {{app: {name}}}}}\n  policyTypes: [Ingress]\n  ingress:\n  "
        )
        .expect("a string takes every text");
        text + &format!("- from: [{{podSelector: {{matchLabels: {{app: a{}}}}}}}]\n", number + 1)
            + &workload(&name, "shop")
    })
}

fn policies(n: usize) -> String {
    each(n, |number| {
        policy(&format!("p{number}"), &format!("n{}", number % 10))
            + &format!("  podSelector: {{matchLabels: {{app: a{number}}}}}\n  policyTypes: [Egress]\n  egress:\n")
            + "  - to: [{ipBlock: {cidr: 0.0.0.0/0}}]\n"
    })
}
