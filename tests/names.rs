//! Names made to deceive who reads a report: they act on no terminal, forge no record, and are no markup.
#![cfg(unix)]

mod shared;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Output;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;
use shared::{NETWORK, Outcome, ciliate, code, contents, stderr, stdout};
use tempfile::TempDir;

/// A word that every hostile name holds.
const MARK: &str = "zqx";

/// What a name may try: codes for terminals, other directions, new lines, a forged record, calls and markup.
const EVIL: &str = "zqx\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\r\n\n\u{2028}\u{85}\
                    safe[forged]: @zqx #1 !2 ``` ` <b>zqx<img src=x> [zqx](www.example.org) ![zqx](x) | x \\| *zqx* ~~zqx~~ &amp;";

/// What is left of a name where a report is made for a terminal.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
}

/// Writes a text in YAML with escapes alone.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        'a'..='z' | ' ' => character.to_string(),
        _ => format!("\\u{:04x}", u32::from(character)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn policy(namespace: &str, name: &str, more: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}{more}}}\n\
         spec:\n  podSelector: {{matchLabels: {{app: web}}}}\n  policyTypes: [Egress]\n  egress:\n  \
         - to: [{{ipBlock: {{cidr: 0.0.0.0/0}}}}]\n    ports: [{{port: http}}, {{port: 443}}]\n"
    )
}

fn deployment(namespace: &str, name: &str, port: u16) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec: {{containers: [{{name: c, ports: [{{name: http, containerPort: {port}}}]}}]}}\n"
    )
}

/// Makes a tree in which every name is hostile that can be: of files, clusters, namespaces, objects and reasons.
fn tree() -> Result<TempDir, Box<dyn Error>> {
    let evil = quoted(EVIL);
    let ignored = format!(", annotations: {{ciliate.dev/ignore: end-port, ciliate.dev/ignore-reason: {evil}}}");
    let sync = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {evil}, namespace: argocd}}\n\
         spec: {{source: {{path: cilium-overlays}}}}\n"
    );
    let files = [
        ("web.yaml", policy("shop", "web", "")),
        ("ignored.yaml", policy("shop", "ignored", &ignored)),
        (
            "refused.yaml",
            policy(&evil, "refused", "") + "---\n" + &policy("shop", &evil, ""),
        ),
        (
            "apps.yaml",
            deployment("shop", &evil, 80) + "---\n" + &deployment(&evil, "web", 81),
        ),
        ("plain.yaml", deployment("shop", "plain", 82)),
        ("sync.yaml", sync),
        ("broken.yaml", format!("kind: NetworkPolicy\nspec: [{EVIL}\n")),
        (
            "alias.yaml",
            format!("kind: NetworkPolicy\nspec: *{}\n", EVIL.replace(' ', "")),
        ),
    ];
    let folder = tempfile::tempdir()?;
    let below = |cluster: &str| folder.path().join("clusters").join(cluster).join(EVIL);
    for cluster in [EVIL, "prod"] {
        fs::create_dir_all(below(cluster))?;
        for (name, text) in &files {
            fs::write(below(cluster).join(format!("{MARK}\u{1b}[2J\n`{name}")), "")?;
            fs::write(below(cluster).join(format!("{MARK}\u{1b}[2J\n`|@{MARK} {name}")), text)?;
        }
    }
    Ok(folder)
}

fn run(folder: &Path, arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    let mut command = ciliate(folder);
    command
        .args(arguments)
        .args(NETWORK)
        .args(["--cilium-version", "1.15.4"]);
    let output = command.output()?;
    assert!(
        [0, 10, 11, 12].contains(&code(&output)),
        "{arguments:?}: {}",
        stderr(&output)
    );
    Ok(output)
}

#[test]
fn whatever_manifests_are_called_no_file_gets_a_strange_name_and_a_second_run_changes_nothing() -> Outcome {
    let long = "n".repeat(64);
    let names = [
        "kustomization.yaml",
        "kustomization",
        "-rf",
        "..",
        "../up",
        ".git",
        "a/b",
        "Shop",
        "a.b",
        "con",
        "${NS}",
        "",
        EVIL,
        &long,
    ];
    for (layout, expected) in [("separate", 7), ("beside", 8)] {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join(".git"))?;
        fs::write(
            folder.path().join(".ciliate.yaml"),
            format!("version: 1\noverlays: {{layout: {layout}}}\n"),
        )?;
        for (index, name) in names.iter().enumerate() {
            let text = policy(&quoted(name), "web", "") + "---\n" + &policy(&format!("n{index}"), &quoted(name), "");
            fs::create_dir(folder.path().join(index.to_string()))?;
            fs::write(folder.path().join(format!("{index}/policy.yaml")), text)?;
        }
        let fix = ["fix", "--phase", "all", "--fix", "review", "--after-switch", "."];
        run(folder.path(), &fix)?;
        let once = contents(folder.path())?;
        let overlays = once
            .keys()
            .filter(|path| path.to_string_lossy().ends_with("-node-egress.yaml"));
        // Beside its policy one may lie whose namespace nothing tells.
        assert_eq!(overlays.count(), expected, "{layout}: {:?}", once.keys());
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-._/".contains(character);
        let plain = |path: &str| path.len() < 120 && path.chars().all(is_plain) && !path.contains("/-");
        let strange: Vec<_> = once.keys().filter(|path| !plain(&path.to_string_lossy())).collect();
        assert!(strange.is_empty(), "{layout}: {strange:?}");
        run(folder.path(), &fix)?;
        assert_eq!(contents(folder.path())?, once, "{layout}");
    }
    Ok(())
}

/// The reports in words, each with the arguments that make it.
const REPORTS: [&[&str]; 6] = [
    &["check", "-v", "-o", "human"],
    &["check", "-v", "-o", "concise"],
    &["verify", "-v", "-o", "human"],
    &["verify", "-o", "concise"],
    &[
        "verify",
        "-o",
        "human",
        "--trace",
        "shop/Deployment/plain",
        "203.0.113.7:443",
    ],
    &[
        "verify",
        "-o",
        "concise",
        "--trace",
        "shop/Deployment/plain",
        "203.0.113.7:443",
    ],
];

#[test]
fn no_name_acts_on_a_terminal_or_forges_a_line() -> Outcome {
    let folder = tree()?;
    for report in REPORTS {
        for colors in ["never", "always"] {
            let output = run(folder.path(), &[report, &["--color", colors]].concat())?;
            let text = stdout(&output) + &stderr(&output);
            assert!(text.contains("zqx\\u{1b}["), "{report:?}: {text}");
            let mut plain = text.clone();
            // Colours of our own; a name's would stand right behind its mark.
            assert!(!text.contains("zqx\u{1b}[31m"), "{report:?}: {text:?}");
            while let Some(start) = plain.find("\u{1b}[") {
                let length = plain[start + 2..].find(|character: char| !matches!(character, '0'..='9' | ';'));
                let end = start + 2 + length.ok_or("a code without an end")?;
                assert!(
                    colors == "always" && plain[end..].starts_with('m'),
                    "{report:?}: {text:?}"
                );
                plain.replace_range(start..=end, "");
            }
            let acting = plain.chars().find(|&character| acts(character) && character != '\n');
            assert_eq!(acting, None, "{report:?}: {plain:?}");
            assert!(!plain.contains("\nsafe[forged]"), "{report:?}: {plain}");
        }
    }
    Ok(())
}

#[test]
fn json_has_the_names_as_they_are_and_acts_on_no_terminal() -> Outcome {
    fn holds(value: &Value, wanted: &str) -> bool {
        match value {
            Value::String(text) => text.contains(wanted),
            Value::Array(items) => items.iter().any(|item| holds(item, wanted)),
            Value::Object(fields) => fields.values().any(|field| holds(field, wanted)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    let folder = tree()?;
    for verb in ["check", "verify"] {
        let output = run(folder.path(), &[verb, "-o", "json"])?;
        let text = stdout(&output);
        assert_eq!(
            text.chars().find(|&character| acts(character) && character != '\n'),
            None
        );
        assert!(holds(&serde_json::from_str(&text)?, EVIL), "{verb}: {text}");
    }
    Ok(())
}

#[test]
fn errors_quote_names_on_one_line() -> Outcome {
    let folder = tree()?;
    let config = format!("version: 1\n{}: 1\n", quoted(EVIL));
    fs::write(folder.path().join("zqx\u{1b}[2J.yaml"), config)?;
    for arguments in [
        &["check", "--config", "zqx\u{1b}[2J.yaml"][..],
        &["check", "--namespace", EVIL],
        &["check", EVIL],
        &["verify", "--trace", "shop/zqx", EVIL],
        &["verify", "--trace", "shop/none\u{9b}zqx", "world"],
        &[EVIL],
        &["explain", EVIL],
    ] {
        let output = ciliate(folder.path()).args(arguments).output()?;
        let text = stderr(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {text}");
        assert!(text.contains(MARK), "{arguments:?}: {text}");
        let acting = text.chars().find(|&character| acts(character) && character != '\n');
        assert_eq!(acting, None, "{arguments:?}: {text:?}");
        assert!(!text.contains("\nsafe[forged]"), "{arguments:?}: {text}");
    }
    Ok(())
}

#[test]
fn in_markdown_a_name_is_code_and_nothing_else() -> Outcome {
    let folder = tree()?;
    for report in [
        &["verify"][..],
        &["verify", "-v"],
        &["verify", "--base", "."],
        &["verify", "--trace", "shop/Deployment/plain", "203.0.113.7:443"],
        &["verify", "--trace", "shop/Deployment/plain", "203.0.113.7"],
    ] {
        let output = run(folder.path(), &[report, &["-o", "markdown"]].concat())?;
        let text = stdout(&output);
        assert!(text.contains(MARK), "{report:?}: {text}");
        let strangers = strangers(&text);
        assert!(strangers.is_empty(), "{report:?}: {strangers:#?}\n{text}");
    }
    Ok(())
}

/// Returns what a reader of Markdown takes for something that no report of ours holds.
fn strangers(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut html = String::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Html(text) => html.push_str(&text),
            Event::End(TagEnd::HtmlBlock) => found.extend(strange_html(&std::mem::take(&mut html))),
            event if !is_ours(&event) => found.push(format!("{event:?}")),
            _ => {}
        }
    }
    found
}

/// Tells whether something of Markdown is what our reports are made of.
fn is_ours(event: &Event<'_>) -> bool {
    match event {
        Event::Text(text) => !is_word_of_others(text),
        Event::InlineHtml(text) => &**text == "<br>",
        Event::Code(_) | Event::SoftBreak | Event::End(_) => true,
        Event::Start(Tag::Link { dest_url, .. }) => dest_url.starts_with("https://github.com/"),
        Event::Start(tag) => matches!(
            tag,
            Tag::Heading { .. }
                | Tag::Paragraph
                | Tag::List(None)
                | Tag::Item
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Strong
                | Tag::HtmlBlock
        ),
        _ => false,
    }
}

/// Tells whether words outside of code are a name's, or call somebody.
fn is_word_of_others(text: &str) -> bool {
    let calls = |(at, _): (usize, &str)| !text[at + 1..].starts_with('\u{200b}') && at + 1 < text.len();
    text.contains(MARK) || text.match_indices(['@', '#', '!']).any(calls)
}

/// Returns the tags that are not ours, and names outside of `<code>`.
fn strange_html(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for part in html.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        match tag {
            "code" => in_code = true,
            "/code" => in_code = false,
            "details" | "/details" | "summary" | "/summary" | "b" | "/b" => {}
            other => found.push(format!("tag {other}")),
        }
        if !in_code && is_word_of_others(text) {
            found.push(format!("text {text}"));
        }
    }
    found
}
