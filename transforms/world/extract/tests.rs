use crate::yaml::Dialect;
use proptest::prelude::*;

use super::*;
use crate::policy::{Namespace, Protocol};
use crate::world::{ServiceType, TargetPort};

fn read_as(path: &str, text: &str, workloads: bool) -> Extract {
    extract(FileId(0), path, text, mentions(text.as_bytes()), Wanted { workloads })
}

fn read(text: &str) -> Extract {
    read_as("a.yaml", text, true)
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n";

#[test]
fn policies_are_found_at_top_level_and_in_lists_only() {
    for (text, policies, rejected) in [
        (POLICY.to_owned(), 1, 0),
        (format!("{POLICY}---\n{POLICY}"), 2, 0),
        (
            "apiVersion: v1\nkind: List\nitems: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}}]"
                .to_owned(),
            1,
            0,
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems: [{metadata: {name: p}}, {metadata: {}}]".to_owned(),
            1,
            1,
        ),
        ("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: p}".to_owned(), 0, 1),
        ("apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: p}".to_owned(), 0, 0),
        (format!("kind: ConfigMap\ndata:\n  a: |\n    {}\n", POLICY.replace('\n', "\n    ")), 0, 0),
        (format!("kind: Wrapper\nspec:\n  {}\n", POLICY.replace('\n', "\n  ")), 0, 0),
        (
            r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"}}"#.to_owned(),
            1,
            0,
        ),
    ] {
        let mut found = read(&text);
        found.settle(Some(Dialect::Kubectl));
        assert_eq!((found.policies.len(), found.rejected.len()), (policies, rejected), "{text}");
    }
}

fn skips(found: &Extract) -> Vec<(u32, Skip)> {
    found
        .skipped
        .iter()
        .map(|skipped| (skipped.document, skipped.why))
        .collect()
}

#[test]
fn a_document_that_fails_hides_those_behind_it_and_a_template_hides_none() {
    let template = "{{ if x }}\nkind: NetworkPolicy\n{{ end }}\n";
    let text = format!("{template}---\n{POLICY}---\nkind: NetworkPolicy\na: [\n---\n{POLICY}");
    let found = read(&text);
    assert_eq!(found.documents, 4);
    assert_eq!(found.policies.len(), 1);
    assert_eq!(found.policies[0].place.document, 1);
    assert_eq!(skips(&found), [(0, Skip::UnrenderedTemplate)]);
    assert!(found.skipped[0].may_hold_policy);
    let unread: Vec<_> = found.unread.iter().map(|unread| unread.document).collect();
    assert_eq!(unread, [2, 3]);
    assert!(
        found.unread[1].message.starts_with("no reader gets here"),
        "{:?}",
        found.unread
    );
}

#[test]
fn a_broken_neighbour_of_a_policy_hides_what_stands_behind_it() {
    for neighbour in [
        "a: b: c\n",
        "---\na: 1\n---- b\n",
        "%YAML 1.2\n---\na: 1\n",
        "? [a]\n: b\n",
    ] {
        let found = read(&format!("{POLICY}---\n{neighbour}---\n{POLICY}"));
        assert_eq!((found.policies.len(), found.unread.len()), (1, 1), "{neighbour}");
    }
}

#[test]
fn a_key_that_is_no_scalar_makes_a_document_a_template() {
    for spec in [
        "{{ .Values.spec }}",
        "{podSelector: {matchLabels: {{ x }}}}",
        "{ingress: [{ports: [{{ p }}]}]}",
    ] {
        let found = read(&format!(
            "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nspec: {spec}\n"
        ));
        assert_eq!(skips(&found), [(0, Skip::UnrenderedTemplate)], "{spec}");
        assert_eq!((found.policies.len(), found.rejected.len()), (0, 0), "{spec}");
    }
    let found = read(&format!("{POLICY}  ? {{a: b}}\n  : c\n"));
    assert_eq!((found.policies.len(), found.unread.len()), (0, 1));
}

#[test]
fn what_stands_behind_three_dots_is_dropped() {
    let found = read(&format!("{POLICY}...\n{POLICY}---\n{POLICY}"));
    assert_eq!(found.policies.len(), 2);
    assert_eq!(skips(&found), [(1, Skip::Dropped)]);
}

#[test]
fn every_object_of_a_json_stream_is_read() {
    let object = |name| {
        format!(
            "{{\"apiVersion\":\"networking.k8s.io/v1\",\"kind\":\"NetworkPolicy\",\"metadata\":{{\"name\":\"{name}\"}},\"spec\":{{}}}}\n"
        )
    };
    let mut found = read(&(object("a") + &object("b")));
    found.settle(Some(Dialect::Kubectl));
    let names: Vec<_> = found.policies.iter().map(|policy| &*policy.key.name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn braces_in_a_string_are_no_template_and_a_broken_document_without_our_words_is_not_looked_at() {
    let text = format!("{POLICY}  # {{{{ x }}}}\n---\na: [\n");
    let found = read(&text);
    assert_eq!(
        (found.policies.len(), found.unread.len(), found.skipped.len()),
        (1, 0, 0)
    );
}

#[test]
fn an_encrypted_document_is_skipped() {
    let found = read(&format!(
        "{POLICY}spec: ENC[x]\nsops: {{mac: 'ENC[y]', version: 3.9.0}}\n"
    ));
    assert_eq!(skips(&found), [(0, Skip::Encrypted)]);
    assert!(found.rejected.is_empty());
}

#[test]
fn everything_with_a_pod_template_is_a_workload() {
    let pod = "{metadata: {labels: {app: web}}, spec: {containers: [{ports: [{containerPort: 80, name: http}]}], \
               initContainers: [{ports: [{containerPort: 1}]}]}}";
    for (kind, spec, selector) in [
        (
            "Deployment",
            format!("{{selector: {{matchLabels: {{app: web}}}}, template: {pod}}}"),
            true,
        ),
        (
            "ReplicationController",
            format!("{{selector: {{app: web}}, template: {pod}}}"),
            true,
        ),
        ("Rollout", format!("{{template: {pod}}}"), false),
        (
            "Job",
            format!("{{selector: {{matchLabels: {{a: b}}}}, template: {pod}}}"),
            false,
        ),
        (
            "CronJob",
            format!("{{jobTemplate: {{spec: {{template: {pod}}}}}}}"),
            false,
        ),
    ] {
        let found = read(&format!(
            "kind: {kind}\nmetadata: {{name: w, namespace: shop}}\nspec: {spec}\n"
        ));
        let workload = &found.workloads[0];
        assert_eq!(workload.kind, kind);
        assert_eq!(workload.key.to_string(), "shop/w");
        assert_eq!(workload.labels.get("app").map(String::as_str), Some("web"));
        assert_eq!(workload.selector.is_some(), selector, "{kind}");
        assert!(
            workload
                .selector
                .as_ref()
                .is_none_or(|selector| selector.matches(&workload.labels)),
            "{kind}"
        );
        assert_eq!(workload.ports.len(), 1, "{kind}");
        assert_eq!(workload.numbers_of("http", Protocol::Tcp).len(), 1, "{kind}");
    }
}

#[test]
fn a_pod_is_a_workload_until_it_has_ended() {
    for (status, count) in [("Running", 1), ("Succeeded", 0), ("Failed", 0)] {
        let text = format!(
            "kind: Pod\nmetadata: {{name: w, labels: {{app: web}}}}\nspec: {{hostNetwork: true, containers: []}}\nstatus: \
             {{phase: {status}}}\n"
        );
        let found = read(&text);
        assert_eq!(found.workloads.len(), count, "{status}");
        assert!(
            found
                .workloads
                .iter()
                .all(|workload| workload.host_network && workload.labels.len() == 1)
        );
    }
}

#[test]
fn workloads_are_parsed_only_when_wanted_but_windows_is_always_told() {
    let linux = "kind: Pod\nmetadata: {name: w}\nspec: {containers: [], broken\n";
    let found = read_as("a.yaml", linux, false);
    assert!(found.unread.is_empty() && found.workloads.is_empty() && !found.windows);
    assert_eq!(read_as("a.yaml", linux, true).unread.len(), 1);
    let windows = "kind: Pod\nmetadata: {name: w}\nspec: {containers: [], nodeSelector: {kubernetes.io/os: windows}}\n";
    let found = read_as("a.yaml", windows, false);
    assert!(found.windows && found.workloads.is_empty());
}

#[test]
fn a_service_counts_when_somebody_outside_can_use_it() {
    for (spec, kind) in [
        ("{type: LoadBalancer}", Some(ServiceType::LoadBalancer)),
        ("{type: NodePort}", Some(ServiceType::NodePort)),
        ("{externalIPs: [192.0.2.1]}", Some(ServiceType::ExternalIps)),
        ("{externalIPs: []}", None),
        ("{type: ClusterIP, x: LoadBalancer}", None),
    ] {
        let found = read(&format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {spec}\n"
        ));
        assert_eq!(found.services.first().map(|service| service.kind), kind, "{spec}");
    }
}

#[test]
fn a_service_keeps_its_targets_and_clients() {
    let found = read(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations: {service.beta.kubernetes.io/azure-allowed-ip-ranges: \
         '198.51.100.0/24, 203.0.113.1/24'}\nspec:\n  type: LoadBalancer\n  externalTrafficPolicy: Local\n  selector: {b: '1', a: x}\n  \
         loadBalancerSourceRanges: [192.0.2.0/24]\n  ports: [{port: 80}, {port: 81, targetPort: 8081}, {port: 82, targetPort: http, \
         protocol: UDP}]\n",
    );
    let service = &found.services[0];
    assert!(service.local_traffic_only && !service.namespace_written);
    assert_eq!(service.selector_keys, ["b", "a"]);
    let ranges: Vec<_> = service.source_ranges.iter().map(ToString::to_string).collect();
    assert_eq!(ranges, ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);
    let targets: Vec<_> = service
        .ports
        .iter()
        .map(|port| match &port.target {
            TargetPort::Number(number) => number.to_string(),
            TargetPort::Name(name) => name.clone(),
        })
        .collect();
    assert_eq!(targets, ["80", "8081", "http"]);
}

#[test]
fn an_overlay_of_ours_is_known_by_its_label_and_a_persons_edit_by_its_hash() {
    let overlay = |spec: &str| {
        format!(
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: o\n  labels: {{ciliate.dev/owned: \"true\"}}\n  \
             annotations: {{ciliate.dev/source: NetworkPolicy/shop/web, ciliate.dev/transform: node-egress, ciliate.dev/hash: x}}\nspec: \
             {spec}\n"
        )
    };
    let first = read(&overlay(
        "{endpointSelector: {matchLabels: {app: web}}, egress: [{toEntities: [host]}]}",
    ));
    let again = read(&overlay(
        "{egress: [{toEntities: ['host']}], endpointSelector: {\"matchLabels\": {app: web}}}",
    ));
    let edited = read(&overlay(
        "{egress: [{toEntities: [world]}], endpointSelector: {matchLabels: {app: web}}}",
    ));
    let hash = |found: &Extract| found.cilium_policies[0].owned.clone().unwrap().actual_hash;
    assert_eq!(
        first.cilium_policies[0].owned.as_ref().unwrap().source,
        "NetworkPolicy/shop/web"
    );
    assert_eq!(hash(&first), hash(&again));
    assert_ne!(hash(&first), hash(&edited));
    assert!(first.policies.is_empty());
}

#[test]
fn a_cilium_policy_tells_of_denials_and_of_what_needs_acns() {
    for (spec, denies, acns, selects) in [
        ("spec: {endpointSelector: {}, ingressDeny: [{}]}", true, false, true),
        (
            "spec: {endpointSelector: {}, egress: [{toFQDNs: [{matchName: a.b}]}]}",
            false,
            true,
            true,
        ),
        (
            "spec: {endpointSelector: {}, ingress: [{toPorts: [{rules: {http: [{}]}}]}]}",
            false,
            true,
            true,
        ),
        (
            "spec: {nodeSelector: {}, ingress: [{toPorts: [{ports: []}]}]}",
            false,
            false,
            false,
        ),
        ("specs: [{endpointSelector: {}, egressDeny: [{}]}]", true, false, false),
    ] {
        let text =
            format!("apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {{name: c}}\n{spec}\n");
        let found = read(&text);
        let policy = &found.cilium_policies[0];
        assert!(policy.clusterwide && policy.owned.is_none());
        assert_eq!(
            (policy.denies, policy.needs_acns, policy.selector.is_some()),
            (denies, acns, selects),
            "{spec}"
        );
    }
}

#[test]
fn a_kustomization_is_read_by_its_files_name() {
    let text = "namespace: shop\nresources: [../base, a.yaml]\ncomponents: [c]\npatches: [{path: p.yaml}, {patch: 'a: b'}]\n\
                patchesStrategicMerge: [q.yaml, \"a: b\\nc: d\"]\npatchesJson6902: [{path: r.json}]\n";
    let found = read_as("x/kustomization.yaml", text, false);
    assert_eq!(
        found.kustomization,
        Some(Kustomization {
            namespace: Some("shop".into()),
            resources: vec!["../base".into(), "a.yaml".into(), "c".into()],
            patches: vec!["p.yaml".into(), "q.yaml".into(), "r.json".into()],
        })
    );
    assert_eq!(read(text).kustomization, None);
}

#[test]
fn what_argo_and_flux_sync_is_told_by_path() {
    for (text, paths) in [
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {sources: [{path: x}, {chart: y}]}\n",
            vec!["x"],
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {path: apps/a}}\n",
            vec!["apps/a"],
        ),
        (
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {path: ./apps}\n",
            vec!["./apps"],
        ),
    ] {
        let found = read(text);
        assert_eq!(
            found.syncs.iter().map(|sync| sync.path.as_str()).collect::<Vec<_>>(),
            paths
        );
    }
}

#[test]
fn a_dump_gives_nodes_and_namespaces() {
    let found = read(
        r#"{"kind": "List", "apiVersion": "v1", "items": [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "pay"}}},
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": {"kubernetes.io/os": "windows"}},
             "status": {"addresses": [{"type": "InternalIP", "address": "10.224.0.4"}, {"type": "Hostname", "address": "n"}]}}]}"#,
    );
    assert_eq!(found.namespaces[0].0, "shop");
    assert_eq!(found.namespaces[0].1.get("team").map(String::as_str), Some("pay"));
    assert_eq!(found.nodes[0].addresses[0].to_string(), "10.224.0.4");
    assert!(found.nodes[0].windows);
}

#[test]
fn a_pod_of_a_dump_tells_its_node_and_addresses_and_a_template_does_not() {
    let spec = "containers: [{name: c}], nodeName: n1";
    let pod = |status: &str| {
        let text =
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{spec}}}\nstatus: {{{status}}}\n");
        read(&text).workloads.remove(0)
    };
    let dual = pod("podIP: 10.244.0.5, podIPs: [{ip: 10.244.0.5}, {ip: \"fd00::5\"}]");
    assert_eq!((dual.node(), dual.addresses().len()), (Some("n1"), 2));
    assert_eq!(pod("podIP: 10.244.0.5").addresses()[0].to_string(), "10.244.0.5");
    assert!(pod("phase: Pending").addresses().is_empty());
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec: {{template: {{spec: {{{spec}}}}}}}\n"
    );
    assert_eq!(read(&text).workloads[0].seat, None);
}

#[test]
fn a_files_generated_mark_is_told_where_it_holds_policies() {
    assert_eq!(
        read(&format!("# Code generated. DO NOT EDIT.\n{POLICY}"))
            .generated
            .as_deref(),
        Some("DO NOT EDIT")
    );
    assert_eq!(read(POLICY).generated, None);
}

#[test]
fn a_comment_above_an_item_speaks_of_that_item_and_one_above_the_list_of_all() {
    let item = "apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  metadata: {name: p}\n";
    let text = format!(
        "# ciliate: ignore[all]\napiVersion: v1\nkind: List\nitems:\n# ciliate: ignore[first]\n- {item}  spec: {{}} # ciliate: \
         ignore[line]\n# ciliate: ignore[second]\n- {item}"
    );
    let found = read(&text);
    let names = |index: usize| {
        let ignores = found.policies[index].ignores.iter();
        ignores.map(|ignore| ignore.names.join(",")).collect::<Vec<_>>()
    };
    assert_eq!(names(0), ["all", "first", "line"]);
    assert_eq!(names(1), ["all", "second"]);
    assert_eq!(found.policies[1].place.item, Some(1));
    assert_eq!(found.policies[0].key.namespace, Namespace::Unnamed("".into()));
}

proptest! {
    #[test]
    fn no_mutation_of_a_file_makes_the_extraction_panic(at in 0_usize..1200, with in "[\\[\\]{}:,&*!|>'\"#~$ \n-]{0,3}") {
        let pod = "{metadata: {labels: &l {app: web}}, spec: {containers: [{ports: [{containerPort: 80, name: http}]}]}}";
        let whole = format!(
            "kind: Deployment\nmetadata: {{name: d}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, template: {pod}}}\n---\n\
             apiVersion: v1\nkind: Service\nmetadata: {{name: s, annotations: {{a: b}}}}\nspec: {{type: LoadBalancer, selector: {{a: b}}, \
             ports: [{{port: 80, targetPort: http}}], loadBalancerSourceRanges: [10.0.0.0/8]}}\n---\napiVersion: cilium.io/v2\nkind: \
             CiliumNetworkPolicy\nmetadata: {{name: c, labels: {{ciliate.dev/owned: 'true'}}}}\nspec: {{endpointSelector: {{}}, egress: \
             [{{toFQDNs: [{{matchName: a}}]}}]}}\n---\napiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Node, status: \
             {{addresses: [{{address: 10.0.0.1}}]}}}}\n- {{apiVersion: v1, kind: Namespace, metadata: {{name: n}}}}\n- {{apiVersion: \
             argoproj.io/v1alpha1, kind: Application, spec: {{source: {{path: a}}}}}}\n---\n{POLICY}sops: {{mac: a}}\n"
        );
        let at = at.min(whole.len());
        let text = format!("{}{with}{}", &whole[..at], &whole[(at + 1).min(whole.len())..]);
        let found = read(&text);
        prop_assert!(found.documents > 0);
        read_as("kustomization.yaml", &text, false);
    }
}
