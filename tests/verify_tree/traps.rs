//! What a naive hand makes of a tree is caught, and the program's own changes are exact.

use std::fs;

use tempfile::tempdir;

use super::shared::{Outcome, ciliate, code, copy, stdout};
use super::{APPS, Files, assert_exact_when_fixed, held_against, overlay, policy, run, said, tree, verify, write};

/// Asserts that what a naive hand makes of a tree is caught: differences that it brings or leaves, and flows that it
/// moves under NPM.
fn assert_caught(old: Files<'_>, naive: Files<'_>, caught: &[&str], moved: &[&str]) -> Outcome {
    let base = tree(old)?;
    let folder = tempdir()?;
    copy(base.path(), folder.path())?;
    write(folder.path(), naive)?;
    let report = held_against(base.path(), folder.path())?;
    let mut remaining = said(&report, "differences");
    remaining.retain(|line| !line.contains(" mended: "));
    assert_eq!((remaining, said(&report, "moved")), (to_owned(caught), to_owned(moved)));
    Ok(())
}

fn to_owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

#[test]
fn an_overlay_for_every_endpoint_cuts_off_pods_that_were_open() -> Outcome {
    let open = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]");
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &open)];
    let selectors = "policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}, {namespaceSelector: {}}]}]";
    let guide = overlay("endpointSelector: {}, egress: [{toEntities: [host, remote-node]}]");
    assert_caught(
        old,
        &[("web.yaml", &policy(selectors)), ("nodes.yaml", &guide)],
        &["lost brought: Deployment shop/api → Deployment shop/web, 443/TCP (nodes.yaml:3)"],
        &[],
    )?;
    assert_exact_when_fixed(old, &[])
}

#[test]
fn selectors_beside_a_block_that_held_the_pods_out_open_all_pods() -> Outcome {
    let block = "{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/16]}}";
    let out = policy(&format!("policyTypes: [Egress], egress: [{{to: [{block}]}}]"));
    let naive = policy(&format!(
        "policyTypes: [Egress], egress: [{{to: [{block}, {{namespaceSelector: {{}}}}]}}]"
    ));
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &out)];
    assert_caught(
        old,
        &[("web.yaml", &naive)],
        &[
            "lost left: Deployment shop/web → the pod's own node, 443/TCP (web.yaml:3)",
            "gained brought: Deployment shop/web → Deployment shop/api, 443/TCP (web.yaml:4)",
        ],
        &["gained brought: Deployment shop/web → Deployment shop/api, 443/TCP (web.yaml:4)"],
    )?;
    assert_exact_when_fixed(old, &[])
}

#[test]
fn remote_nodes_for_the_own_node_open_all_nodes() -> Outcome {
    let out = policy("policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: api}}}]}]");
    let naive = overlay("endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [host, remote-node]}]");
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &out)];
    assert_caught(
        old,
        &[("nodes.yaml", &naive)],
        &["gained brought: Deployment shop/web → another node 10.224.0.4, 443/TCP (nodes.yaml:3)"],
        &[],
    )?;
    assert_exact_when_fixed(old, &[])
}

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

#[test]
fn the_port_of_a_service_is_not_the_port_of_its_pods() -> Outcome {
    let closed = policy("policyTypes: [Ingress]");
    let naive = overlay(
        "endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [world], toPorts: [{ports: [{port: \
         \"80\", protocol: TCP}]}]}]",
    );
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &closed), ("service.yaml", SERVICE)];
    assert_caught(
        old,
        &[("clients.yaml", &naive)],
        &[
            "lost left: outside 203.0.113.7 through a service, on the pod's own node → Deployment shop/web, 8080/TCP (web.yaml:3)",
            "gained brought: outside 203.0.113.7 → Deployment shop/web, 80/TCP (clients.yaml:3)",
        ],
        &[],
    )
}

#[test]
fn world_alone_leaves_out_clients_that_enter_at_another_node() -> Outcome {
    let open = policy(
        "policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}, {namespaceSelector: {}}], ports: [{port: 8080}]}]",
    );
    let naive = overlay(
        "endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [world], toPorts: [{ports: [{port: \
         \"8080\", protocol: TCP}]}]}]",
    );
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &open), ("service.yaml", SERVICE)];
    assert_caught(
        old,
        &[("clients.yaml", &naive)],
        &["lost left: another node 10.224.0.4 → Deployment shop/web, 8080/TCP (web.yaml:3)"],
        &[],
    )?;
    assert_exact_when_fixed(old, &[])
}

#[test]
fn a_name_is_not_the_number_of_the_pods_that_the_policy_selects() -> Outcome {
    let to_api = |port: &str| {
        policy(&format!(
            "policyTypes: [Egress], egress: [{{to: [{{podSelector: {{matchLabels: {{app: api}}}}}}], ports: [{{port: {port}}}]}}]"
        ))
    };
    let (named, naive) = (to_api("http"), to_api("9000"));
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &named)];
    assert_caught(
        old,
        &[("web.yaml", &naive)],
        &[
            "lost left: Deployment shop/web → Deployment shop/api, 8080/TCP (web.yaml:3)",
            "lost left: Deployment shop/web → the pod's own node, 443/TCP (web.yaml:3)",
            "gained brought: Deployment shop/web → Deployment shop/api, 9000/TCP (web.yaml:4)",
        ],
        &[
            "lost brought: Deployment shop/web → Deployment shop/api, 8080/TCP (web.yaml:3)",
            "gained brought: Deployment shop/web → Deployment shop/api, 9000/TCP (web.yaml:4)",
        ],
    )?;
    assert_exact_when_fixed(old, &[])
}

/// Returns the apps, which both listen on the port `grpc` too.
fn apps_with_grpc() -> String {
    APPS.replace("ports: [", "ports: [{name: grpc, containerPort: 7000}, ")
}

#[test]
fn a_bare_number_for_a_name_opens_nodes_and_the_world() -> Outcome {
    let to = |port: &str| {
        policy(&format!(
            "policyTypes: [Egress], egress: [{{ports: [{{port: {port}}}]}}]"
        ))
    };
    let (named, naive, several) = (to("grpc"), to("7000"), to("http"));
    assert_caught(
        &[("apps.yaml", &apps_with_grpc()), ("web.yaml", &named)],
        &[("web.yaml", &naive)],
        &[
            "lost left: Deployment shop/web → the pod's own node, 443/TCP (web.yaml:3)",
            "gained left: Deployment shop/web → another node 10.224.0.4, 7000/TCP (web.yaml:4)",
        ],
        &["gained brought: Deployment shop/web → another node 10.224.0.4, 7000/TCP (web.yaml:4)"],
    )?;
    assert_exact_when_fixed(&[("apps.yaml", APPS), ("web.yaml", &several)], &["--fix", "review"])
}

#[test]
fn peers_for_a_name_cut_off_the_numbers_beside_it() -> Outcome {
    let to = |rule: &str| policy(&format!("policyTypes: [Egress], egress: [{rule}]"));
    let named = to("{ports: [{port: grpc}, {port: 443}]}");
    let naive = to("{to: [{namespaceSelector: {}}], ports: [{port: 7000}, {port: 443}]}");
    let several = to("{ports: [{port: http}, {port: 443}]}");
    assert_caught(
        &[("apps.yaml", &apps_with_grpc()), ("web.yaml", &named)],
        &[("web.yaml", &naive)],
        &[
            "lost left: Deployment shop/web → the pod's own node, 80/TCP (web.yaml:3)",
            "gained left: Deployment shop/web → a pod without labels in another namespace, 7000/TCP (web.yaml:4)",
            "lost brought: Deployment shop/web → another node 10.224.0.4, 443/TCP (web.yaml:3)",
            "lost brought: Deployment shop/web → the pod's own node, 443/TCP (web.yaml:3)",
        ],
        &[
            "lost brought: Deployment shop/web → another node 10.224.0.4, 443/TCP (web.yaml:3)",
            "gained brought: Deployment shop/web → a pod without labels in another namespace, 7000/TCP (web.yaml:4)",
        ],
    )?;
    assert_exact_when_fixed(&[("apps.yaml", APPS), ("web.yaml", &several)], &["--fix", "review"])
}

#[test]
fn a_port_without_protocol_opens_udp_too() -> Outcome {
    let out = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.224.0.0/16}}], ports: [{port: 443}]}]");
    let naive = overlay(
        "endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [remote-node], toPorts: [{ports: [{port: \
         \"443\"}]}]}, {toEntities: [host]}]",
    );
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &out)];
    assert_caught(
        old,
        &[("nodes.yaml", &naive)],
        &["gained brought: Deployment shop/web → another node 10.224.0.4, 443/UDP (nodes.yaml:3)"],
        &[],
    )?;
    assert_exact_when_fixed(old, &[])
}

#[test]
fn the_only_rule_of_a_direction_takes_the_isolation_with_it() -> Outcome {
    let by_rule = policy("egress: [{to: [{ipBlock: {cidr: 10.0.0.0/24}}]}]");
    let naive = policy("ingress: []");
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &by_rule)];
    assert_caught(
        old,
        &[("web.yaml", &naive)],
        &["gained brought: Deployment shop/web → Deployment shop/api, 443/TCP (old/web.yaml:3)"],
        &["gained brought: Deployment shop/web → Deployment shop/api, 443/TCP (old/web.yaml:3)"],
    )?;
    assert_exact_when_fixed(old, &[])
}

#[test]
fn a_refused_policy_that_is_mended_begins_to_isolate() -> Outcome {
    let refused = policy("policyTypes: [Ingress], ingress: [{ports: [{port: \"8080\"}]}]");
    let naive = policy("policyTypes: [Ingress], ingress: [{ports: [{port: 8080}]}]");
    let old: Files<'_> = &[("apps.yaml", APPS), ("web.yaml", &refused)];
    assert_caught(
        old,
        &[("web.yaml", &naive)],
        &["lost brought: Deployment shop/api → Deployment shop/web, 443/TCP (web.yaml:3)"],
        &["lost brought: Deployment shop/api → Deployment shop/web, 443/TCP (web.yaml:3)"],
    )?;
    // An older server may have taken it, so that nobody knows what is in force.
    let folder = tree(old)?;
    let output = verify(folder.path(), &["--require", "exact", "."])?;
    assert_eq!(code(&output), 14, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("--require exact: not met, 1 unknown"),
        "{}",
        stdout(&output)
    );
    Ok(())
}

#[test]
fn what_a_context_or_a_dump_holds_and_a_server_refuses_now_is_unknown() -> Outcome {
    let stored = policy("policyTypes: [Ingress]") + "status: {}\n";
    for flag in ["--context", "--facts"] {
        let folder = tree(&[("apps.yaml", APPS), ("beside/web.yaml", &stored)])?;
        let output = verify(
            folder.path(),
            &[flag, "beside/web.yaml", "--require", "exact", "apps.yaml"],
        )?;
        assert_eq!(code(&output), 14, "{flag}: {}", stdout(&output));
        assert!(
            stdout(&output).contains("not met, 1 unknown"),
            "{flag}: {}",
            stdout(&output)
        );
    }
    Ok(())
}

#[test]
fn what_may_hold_a_policy_and_was_not_read_meets_no_requirement() -> Outcome {
    let template = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: t, namespace: shop}\nspec: {{ .Values.spec }}\n";
    let encrypted = format!("{}sops: {{mac: x, version: 3}}\n", policy("policyTypes: [Ingress]"));
    let dropped = format!("a: 1\n...\n{}", policy("policyTypes: [Ingress]"));
    let broken = format!("a: b: c\n---\n{}", policy("policyTypes: [Ingress]"));
    for (text, flags, expected) in [
        (template, &[][..], 14),
        (template, &["--accept-unrendered"], 0),
        (&encrypted, &["--accept-unrendered"], 14),
        (&dropped, &["--accept-unrendered"], 14),
        (&broken, &["--accept-unrendered"], 12),
    ] {
        let folder = tree(&[("apps.yaml", APPS), ("web.yaml", text)])?;
        let output = verify(folder.path(), &[flags, &["--require", "exact", "."]].concat())?;
        assert_eq!(code(&output), expected, "{text}{}", stdout(&output));
        assert_eq!(
            stdout(&output).contains("not met"),
            expected != 0,
            "{}",
            stdout(&output)
        );
    }
    Ok(())
}

#[test]
fn a_patch_of_a_kustomization_isolates_nobody() -> Outcome {
    let patch = policy("policyTypes: [Egress], egress: []");
    let kustomization = "resources: [apps.yaml]\npatches: [{path: patch.yaml}]\n";
    let files: Files<'_> = &[
        ("apps.yaml", APPS),
        ("patch.yaml", &patch),
        ("kustomization.yaml", kustomization),
    ];
    let folder = tree(files)?;
    let output = verify(folder.path(), &["--require", "exact", "."])?;
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("1: listed as a patch by a kustomization"),
        "{}",
        stdout(&output)
    );
    fs::remove_file(folder.path().join("kustomization.yaml"))?;
    let output = verify(folder.path(), &["--require", "exact", "--phase", "before", "."])?;
    assert_eq!(code(&output), 14, "as a policy it would isolate: {}", stdout(&output));
    Ok(())
}

#[test]
fn a_partial_run_leaves_everybody_elses_overlays() -> Outcome {
    let out = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]");
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &out)])?;
    for more in [&[][..], &["--select", "end-port"], &["--select", "load-balancer"]] {
        run(&["fix", "--phase", "all"], folder.path(), more)?;
        let output = verify(folder.path(), &["--require", "exact", "."])?;
        assert_eq!(code(&output), 0, "{more:?}: {}", stdout(&output));
    }
    Ok(())
}

#[test]
fn single_ports_that_overflow_the_policy_map_are_noticed() -> Outcome {
    let ports: Vec<String> = (1..=16_385).map(|port| format!("{{port: {port}}}")).collect();
    let single = policy(&format!(
        "policyTypes: [Egress], egress: [{{to: [{{podSelector: {{}}}}], ports: [{}]}}]",
        ports.join(", ")
    ));
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &single)])?;
    let text = stdout(&verify(folder.path(), &["."])?);
    assert!(text.contains("\n  policy-map (web.yaml:4): "), "{text}");
    Ok(())
}

#[test]
fn a_newer_aks_is_judged_by_the_newest_cilium_and_never_by_the_oldest() -> Outcome {
    let range =
        policy("policyTypes: [Egress], egress: [{to: [{podSelector: {}}], ports: [{port: 8000, endPort: 8009}]}]");
    let folder = tree(&[("apps.yaml", APPS), ("web.yaml", &range)])?;
    for (aks, cilium) in [("1.29", "Cilium 1.14.20"), ("1.40", "Cilium 1.18.9")] {
        let mut command = ciliate(folder.path());
        let output = command
            .args(["verify", "--aks-version", aks, "--select", "policy-types"])
            .output()?;
        let text = stdout(&output);
        assert!(text.contains(cilium), "{text}");
        assert_eq!(text.contains("on 8001-8009/TCP"), aks == "1.29", "{text}");
    }
    Ok(())
}

#[test]
fn one_number_for_all_peers_opens_it_on_pods_that_no_file_shows() -> Outcome {
    let named = policy("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: grpc}]}]");
    let number = policy("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 7000}]}]");
    let apps = APPS.replace("ports: [", "ports: [{name: grpc, containerPort: 7000}, ");
    assert_caught(
        &[("apps.yaml", &apps), ("web.yaml", &named)],
        &[("web.yaml", &number)],
        &[
            "lost left: Deployment shop/web → the pod's own node, 443/TCP (web.yaml:3)",
            "gained left: Deployment shop/web → a pod without labels in another namespace, 7000/TCP (web.yaml:4)",
        ],
        &["gained brought: Deployment shop/web → a pod without labels in another namespace, 7000/TCP (web.yaml:4)"],
    )
}
