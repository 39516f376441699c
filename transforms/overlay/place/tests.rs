use super::*;
use crate::catalog::by_id;
use crate::overlay::layout::Host;
use crate::overlay::sample::world_of;
use crate::transform::{Act, Change, Decision, Severity};
use crate::world::{PolicyId, ServiceId};
use crate::yaml::{documents, prove, render as edited, splice};

/// A tree of files, and how it is run.
#[derive(Clone)]
struct Tree {
    files: BTreeMap<String, String>,
    layout: Layout,
    review: bool,
    complete: bool,
    transforms: Vec<&'static str>,
    nodes: Vec<&'static str>,
    cilium: u8,
    synced_by: Option<&'static str>,
}

const POLICY: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web-egress, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}]
";
const OVERLAY: &str = "cilium-overlays/shop/web-egress-node-egress.yaml";
const LIST: &str = "cilium-overlays/kustomization.yaml";

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()));
        Self {
            files: files.collect(),
            layout: Layout::Separate {
                dir: "cilium-overlays".to_owned(),
                clustered: false,
            },
            review: false,
            complete: true,
            transforms: vec!["node-egress", "node-ingress", "load-balancer"],
            nodes: vec![],
            cilium: 18,
            synced_by: None,
        }
    }

    fn beside(mut self) -> Self {
        self.layout = Layout::Beside;
        self
    }

    fn placement(&self) -> Placement {
        let files = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let mut world = world_of(self.cilium, files);
        world.facts.node_cidrs = self.nodes.iter().map(|net| net.parse().unwrap()).collect();
        self.placement_of(&world)
    }

    fn placement_of(&self, world: &World) -> Placement {
        let policies = (0..world.policies.len()).map(|index| Subject::Policy(PolicyId(index)));
        let services = (0..world.services.len()).map(|index| Subject::Service(ServiceId(index)));
        let subjects: Vec<_> = policies.chain(services).collect();
        let mut changes: Vec<(Subject, Change)> = Vec::new();
        let mut settled = Vec::new();
        for &id in &self.transforms {
            for &subject in &subjects {
                let decisions = (by_id(id).unwrap().decide)(subject, world);
                let open = |decision: &Decision| matches!(decision, Decision::Manual(_) | Decision::Waits { .. });
                if !decisions.is_empty() && !decisions.iter().any(open) {
                    settled.push(Settled {
                        world: 0,
                        subject,
                        transform: id,
                    });
                }
                changes.extend(decisions.into_iter().filter_map(|decision| match decision {
                    Decision::Change(change) => Some((subject, change)),
                    _ => None,
                }));
            }
        }
        let wanted: Vec<_> = changes
            .iter()
            .filter_map(|(subject, change)| match &change.act {
                Act::Overlay(overlay) => Some(Wanted {
                    world: 0,
                    subject: *subject,
                    overlay,
                    chosen: self.review || change.grade.is_safe(),
                }),
                Act::Rewrite(_) => None,
            })
            .collect();
        let paths: Vec<_> = self.files.keys().map(String::as_str).collect();
        place(&Run {
            worlds: &[world],
            layout: &self.layout,
            wanted: &wanted,
            settled: &settled,
            transforms: &self.transforms,
            complete: self.complete,
            synced_by: self.synced_by,
            path: &|file| paths[file.0 as usize],
            text: &|path| self.files.get(path).map(String::as_str),
        })
    }

    /// Runs and writes, and returns the fates.
    fn run(&mut self) -> Vec<Fate> {
        let placement = self.placement();
        for (path, text) in &placement.files {
            match text {
                Some(text) => self.files.insert(path.clone(), text.clone().render()),
                None => self.files.remove(path),
            };
        }
        for ((path, document), edits) in &placement.edits {
            let text = self.files[path].clone();
            let span = documents(&text)[*document as usize];
            let tree = crate::yaml::Tree::parse(&text, span).unwrap();
            let after = splice(&text, &edited(&text, &tree, edits).unwrap());
            prove(&text, &after, &[(*document as usize, edits)]).unwrap();
            self.files.insert(path.clone(), after);
        }
        placement.placed.iter().map(|placed| placed.fate).collect()
    }

    fn is_settled(&self) -> bool {
        let placement = self.placement();
        placement.files.is_empty() && placement.edits.is_empty() && placement.appended.is_empty()
    }

    fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.files.get_mut(path).unwrap();
        assert!(text.contains(from), "{text}");
        *text = text.replace(from, to);
    }

    fn rename(&mut self, from: &str, to: &str) {
        let text = self.files.remove(from).unwrap();
        self.files.insert(to.to_owned(), text);
    }

    fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }
}

fn names_of(placement: &Placement) -> Vec<&'static str> {
    placement.findings.iter().map(|(name, _)| *name).collect()
}

/// The tree of [`POLICY`] after a run.
fn placed() -> Tree {
    let mut tree = Tree::of(&[("web.yaml", POLICY)]);
    tree.run();
    tree
}

#[test]
fn a_new_overlay_gets_its_file_and_its_list_and_a_second_run_does_nothing() {
    let mut tree = Tree::of(&[("web.yaml", POLICY)]);
    assert_eq!(tree.run(), [Fate::Written]);
    assert_eq!(tree.paths(), [LIST, OVERLAY, "web.yaml"]);
    assert_eq!(
        tree.files[LIST],
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- shop/web-egress-node-egress.yaml\n"
    );
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current]);
}

#[test]
fn each_cluster_has_its_folder_and_its_list() {
    let mut tree = Tree::of(&[("web.yaml", POLICY)]);
    tree.layout = Layout::Separate {
        dir: "x".to_owned(),
        clustered: true,
    };
    let mut world = world_of(18, [("web.yaml", POLICY)]);
    world.cluster = Some("prod".to_owned());
    let files: Vec<_> = tree.placement_of(&world).files.into_keys().collect();
    assert_eq!(
        files,
        ["x/prod/kustomization.yaml", "x/prod/shop/web-egress-node-egress.yaml"]
    );
}

#[test]
fn an_overlay_that_a_formatter_reflowed_and_a_person_labelled_and_moved_is_current() {
    let mut tree = placed();
    let reflowed = "kind: CiliumNetworkPolicy
apiVersion: cilium.io/v2
metadata: {name: web-egress-node-egress, namespace: shop,
  labels: {team: web, ciliate.dev/owned: \"true\"},
  annotations: {ciliate.dev/hash: ca1f1c72622cd4f0, ciliate.dev/source: NetworkPolicy/shop/web-egress,
    ciliate.dev/transform: node-egress}}
spec:
  egress: [{toEntities: [host]}, {toEntities: [remote-node], toPorts: [{ports: [{protocol: TCP, port: '443'}]}]}]
  enableDefaultDeny: {ingress: false, egress: false}
  endpointSelector: {matchLabels: {app: web}}
";
    tree.files.remove(OVERLAY);
    tree.files.insert("moved/after.yaml".to_owned(), reflowed.to_owned());
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current]);
}

#[test]
fn an_outdated_overlay_is_updated_where_it_lies_and_keeps_what_people_added() {
    let mut tree = placed();
    tree.rename(OVERLAY, "moved/after.yaml");
    tree.replace("moved/after.yaml", "  labels:\n", "  labels:\n    team: web # ours\n");
    tree.replace("web.yaml", "port: 443", "port: 8443");
    assert_eq!(tree.run(), [Fate::Written]);
    let text = &tree.files["moved/after.yaml"];
    assert!(
        text.contains("team: web # ours\n") && text.contains("port: \"8443\"") && !text.contains("\"443\""),
        "{text}"
    );
    assert!(text.starts_with("# Only after the switch"));
    assert!(!tree.files.contains_key(OVERLAY));
    assert!(tree.is_settled());
}

#[test]
fn an_overlay_among_other_documents_is_updated_there() {
    let mut tree = placed();
    let overlay = tree.files.remove(OVERLAY).unwrap();
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n";
    tree.files.insert("after.yaml".to_owned(), format!("{other}{overlay}"));
    tree.replace("web.yaml", "{app: web}", "{app: shop, tier: front}");
    assert_eq!(tree.run(), [Fate::Written]);
    let text = &tree.files["after.yaml"];
    assert!(
        text.starts_with(other) && text.contains("app: shop\n      tier: front\n"),
        "{text}"
    );
    assert!(tree.is_settled());
}

#[test]
fn an_overlay_that_a_person_edited_is_neither_updated_nor_removed() {
    let mut tree = placed();
    tree.replace(OVERLAY, "    - host\n", "    - host\n    - kube-apiserver\n");
    assert_eq!(names_of(&tree.placement()), ["edited-overlay"]);
    assert_eq!(tree.run(), [Fate::Edited]);
    tree.files.remove("web.yaml");
    let placement = tree.placement();
    assert!(placement.files.is_empty());
    assert_eq!(names_of(&placement), ["edited-overlay"]);
}

#[test]
fn an_overlay_goes_with_its_list_when_its_source_needs_none_or_is_gone() {
    let mut unneeded = placed();
    unneeded.replace("web.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]");
    unneeded.run();
    assert_eq!(unneeded.paths(), ["web.yaml"]);
    let mut gone = placed();
    gone.files.remove("web.yaml");
    gone.run();
    assert!(gone.files.is_empty());
}

#[test]
fn a_renamed_source_removes_one_and_adds_one_and_the_others_do_not_move() {
    let mut tree = placed();
    tree.files
        .insert("api.yaml".to_owned(), POLICY.replace("web-egress", "api-egress"));
    tree.run();
    let before = tree.files.clone();
    tree.replace("web.yaml", "web-egress", "app-egress");
    tree.run();
    let others = ["api.yaml", "cilium-overlays/shop/api-egress-node-egress.yaml"];
    assert!(others.iter().all(|path| tree.files[*path] == before[*path]));
    assert!(!tree.files.contains_key(OVERLAY));
    let list = &tree.files[LIST];
    assert!(
        list.ends_with("- shop/api-egress-node-egress.yaml\n- shop/app-egress-node-egress.yaml\n"),
        "{list}"
    );
    assert!(tree.is_settled());
}

#[test]
fn a_partial_run_removes_nothing_that_it_did_not_see_the_source_of() {
    let mut tree = placed();
    tree.files.remove("web.yaml");
    tree.complete = false;
    assert!(tree.is_settled());
    tree.complete = true;
    tree.transforms = vec!["node-ingress"];
    assert!(tree.is_settled());
}

#[test]
fn unknown_never_removes() {
    let block = "{to: [{ipBlock: {cidr: 10.224.0.0/16}}], ports: [{port: 443}]}";
    let ingress = POLICY
        .replace("Egress", "Ingress")
        .replace("egress: [", "ingress: [")
        .replace("to: [", "from: [");
    let text = ingress.replace("0.0.0.0/0", "10.224.0.0/16");
    assert!(text.contains(&block.replace("to: ", "from: ")));
    let mut tree = Tree::of(&[("web.yaml", &text)]);
    tree.nodes = vec!["10.224.0.0/16"];
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec![];
    assert!(tree.is_settled());
    tree.replace("web.yaml", "podSelector: {matchLabels: {app: web}}", "podSelector: []");
    assert!(tree.is_settled(), "the API server refuses the source now");
}

#[test]
fn a_fact_that_is_missing_today_takes_no_rule_back_and_a_changed_source_still_counts() {
    let mut tree = Tree::of(&[("web.yaml", &POLICY.replace("0.0.0.0/0", "10.224.0.0/16"))]);
    tree.nodes = vec!["10.224.0.0/16"];
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec![];
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current]);
    tree.replace("web.yaml", "{app: web}", "{app: shop}");
    assert_eq!(tree.run(), [Fate::Written]);
    tree.nodes = vec!["10.240.0.0/16"];
    tree.run();
    assert!(!tree.files[OVERLAY].contains("remote-node"));
}

#[test]
fn no_name_of_a_manifest_leads_out_of_its_folder() {
    for (from, to) in [
        ("namespace: shop", "namespace: ../../shop"),
        ("name: web-egress", "name: \"${NAME}/..\""),
        ("name: web-egress", "name: ../web"),
    ] {
        let text = POLICY.replace(from, to);
        for tree in [
            Tree::of(&[("base/web.yaml", &text)]),
            Tree::of(&[("base/web.yaml", &text)]).beside(),
        ] {
            let paths: Vec<_> = tree.placement().files.into_keys().collect();
            assert!(!paths.iter().any(|path| path.contains("..")), "{paths:?}");
        }
    }
    let separate = Tree::of(&[(
        "base/web.yaml",
        &POLICY.replace("namespace: shop", "namespace: ../shop"),
    )]);
    assert_eq!(names_of(&separate.placement()), ["unknown-namespace"]);
}

#[test]
fn a_source_whose_namespace_this_run_can_not_tell_keeps_its_overlay() {
    let mut tree = placed();
    tree.replace("web.yaml", ", namespace: shop", "");
    assert_eq!(names_of(&tree.placement()), ["unknown-namespace"]);
    assert!(tree.is_settled());
}

#[test]
fn a_variable_is_no_name_for_a_file() {
    for (from, to) in [
        ("namespace: shop", "namespace: \"${NS}\""),
        ("name: web-egress", "name: \"${NAME}\""),
    ] {
        let mut tree = Tree::of(&[("web.yaml", &POLICY.replace(from, to))]);
        assert_eq!(names_of(&tree.placement()), ["unknown-namespace"]);
        assert_eq!(tree.run(), [Fate::Unplaced]);
    }
}

#[test]
fn a_copy_of_an_overlay_in_a_context_is_not_ours_to_edit_and_holds_no_name() {
    let tree = placed();
    let files = [
        ("web.yaml", tree.files["web.yaml"].as_str()),
        ("z.yaml", &tree.files[OVERLAY]),
    ];
    let mut world = world_of(18, files);
    for owned in world
        .cilium_policies
        .iter_mut()
        .filter_map(|policy| policy.owned.as_mut())
    {
        owned.editable = false;
    }
    let mut elsewhere = Tree::of(&files);
    let placement = elsewhere.placement_of(&world);
    let paths: Vec<_> = placement.files.into_keys().collect();
    assert_eq!(paths, [LIST, OVERLAY]);
    elsewhere.files.remove("web.yaml");
    world.policies.clear();
    assert!(elsewhere.placement_of(&world).files.is_empty());
}

#[test]
fn a_service_that_needs_none_keeps_its_overlay_in_a_partial_run() {
    let deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                spec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    let mut tree = Tree::of(&[("deny.yaml", deny), ("web.yaml", service)]);
    tree.review = true;
    assert_eq!(tree.run(), [Fate::Written]);
    tree.files.remove("deny.yaml");
    tree.complete = false;
    assert!(tree.is_settled());
    tree.complete = true;
    tree.run();
    assert_eq!(tree.paths(), ["web.yaml"]);
}

#[test]
fn the_overlays_of_pairs_give_way_to_one_when_the_target_grows() {
    let deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                spec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n\
                   spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    let mut tree = Tree::of(&[("deny.yaml", deny), ("web.yaml", service)]);
    tree.review = true;
    tree.cilium = 14;
    tree.run();
    let pair = "cilium-overlays/shop/web-load-balancer-deny.yaml";
    assert!(tree.files[pair].contains("ciliate.dev/source: Service/shop/web NetworkPolicy/shop/deny\n"));
    assert!(tree.is_settled());
    tree.cilium = 16;
    tree.run();
    assert_eq!(
        tree.paths(),
        [
            LIST,
            "cilium-overlays/shop/web-load-balancer.yaml",
            "deny.yaml",
            "web.yaml"
        ]
    );
}

#[test]
fn what_needs_a_look_joins_the_file_and_a_safe_run_does_not_take_it_back() {
    let mut tree = Tree::of(&[("web.yaml", &POLICY.replace("0.0.0.0/0", "10.224.0.0/17"))]);
    tree.nodes = vec!["10.224.0.0/16"];
    assert_eq!(tree.run(), [Fate::Written, Fate::Offered]);
    assert!(!tree.files[OVERLAY].contains("remote-node"));
    assert!(tree.is_settled());
    tree.review = true;
    assert_eq!(tree.run(), [Fate::Written, Fate::Written]);
    assert!(tree.files[OVERLAY].contains("remote-node"));
    tree.review = false;
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current, Fate::Current]);
}

#[test]
fn an_offered_overlay_tells_its_path_and_writes_nothing() {
    let mut tree = Tree::of(&[("web.yaml", POLICY)]);
    tree.cilium = 18;
    let mut world = world_of(18, [("web.yaml", POLICY)]);
    world.facts.target.stated = false;
    let placement = tree.placement_of(&world);
    assert_eq!(
        placement.placed,
        [Placed {
            fate: Fate::Offered,
            path: Some(OVERLAY.to_owned())
        }]
    );
    assert!(placement.files.is_empty());
}

#[test]
fn another_object_of_the_name_is_never_overwritten() {
    let other = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                 metadata: {name: web-egress-node-egress, namespace: shop}\nspec: {endpointSelector: {}, egress: [{}]}\n";
    for path in ["theirs.yaml", OVERLAY] {
        let mut tree = Tree::of(&[("web.yaml", POLICY), (path, other)]);
        assert_eq!(tree.run(), [Fate::Written]);
        assert_eq!(tree.files[path], other);
        assert!(
            tree.paths()
                .iter()
                .any(|path| path.starts_with("cilium-overlays/shop/web-egress-node-egress-"))
        );
        assert!(tree.is_settled());
    }
}

#[test]
fn a_source_without_a_namespace_is_left_out_of_the_separate_folder() {
    let text = POLICY.replace(", namespace: shop", "");
    let mut tree = Tree::of(&[("web.yaml", &text)]);
    let placement = tree.placement();
    assert_eq!(names_of(&placement), ["unknown-namespace"]);
    assert_eq!(placement.findings[0].1.severity, Severity::Warning);
    assert_eq!(tree.run(), [Fate::Unplaced]);
    assert_eq!(tree.paths(), ["web.yaml"]);
}

#[test]
fn beside_its_source_an_overlay_has_no_namespace_that_the_source_has_not() {
    let text = POLICY.replace(", namespace: shop", "");
    let mut tree = Tree::of(&[("base/web.yaml", &text)]).beside();
    tree.run();
    let overlay = &tree.files["base/web-egress-node-egress.yaml"];
    assert!(!overlay.contains("namespace") && overlay.contains("ciliate.dev/source: NetworkPolicy/web-egress\n"));
    assert!(tree.is_settled());
}

#[test]
fn beside_its_source_an_overlay_joins_the_list_of_the_folder() {
    let list = "# what we deploy\nresources:\n- web.yaml # the shop\nnamespace: shop\n";
    let mut tree = Tree::of(&[("base/web.yaml", POLICY), ("base/kustomization.yaml", list)]).beside();
    tree.run();
    let listed =
        "# what we deploy\nresources:\n- web-egress-node-egress.yaml\n- web.yaml # the shop\nnamespace: shop\n";
    assert_eq!(tree.files["base/kustomization.yaml"], listed);
    assert!(tree.is_settled());
    tree.replace("base/web.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]");
    tree.run();
    assert_eq!(tree.files["base/kustomization.yaml"], list);
}

#[test]
fn two_clusters_that_share_a_source_must_agree_on_the_file_beside_it() {
    let tree = Tree::of(&[("web.yaml", POLICY)]).beside();
    let old = world_of(16, [("web.yaml", POLICY)]);
    let new = world_of(18, [("web.yaml", POLICY)]);
    let overlays: Vec<_> = [&old, &new, &new]
        .map(|world| {
            let Decision::Change(Change {
                act: Act::Overlay(overlay),
                ..
            }) = (by_id("node-egress").unwrap().decide)(Subject::Policy(PolicyId(0)), world).remove(0)
            else {
                panic!()
            };
            overlay
        })
        .into();
    let fates = |worlds: &[&World], overlays: &[&Overlay]| {
        let wanted = |(world, &overlay)| Wanted {
            world,
            subject: Subject::Policy(PolicyId(0)),
            overlay,
            chosen: true,
        };
        let wanted: Vec<_> = overlays.iter().enumerate().map(wanted).collect();
        let placement = place(&Run {
            worlds,
            layout: &tree.layout,
            wanted: &wanted,
            settled: &[],
            transforms: &[],
            complete: true,
            synced_by: None,
            path: &|_| "web.yaml",
            text: &|_| None,
        });
        (placement.placed[0].fate, placement.files.len())
    };
    assert_eq!(
        fates(&[&old, &new], &[&overlays[0], &overlays[1]]),
        (Fate::Disagrees, 0)
    );
    assert_eq!(fates(&[&new, &new], &[&overlays[1], &overlays[2]]), (Fate::Written, 1));
    assert_eq!(fates(&[&new, &new], &[&overlays[1]]), (Fate::Disagrees, 0));
}

#[test]
fn a_folder_that_is_synced_gets_nothing() {
    let mut tree = Tree::of(&[("web.yaml", POLICY), ("api.yaml", &POLICY.replace("web-", "api-"))]);
    tree.synced_by = Some("Application argocd/all");
    let placement = tree.placement();
    assert!(placement.files.is_empty());
    assert_eq!(names_of(&placement), ["synced-overlays"]);
    assert!(placement.findings[0].1.message.contains("Application argocd/all"));
}

#[test]
fn in_a_stream_overlays_come_last_under_the_mark_of_their_host() {
    let text = POLICY.replace(", namespace: shop", "");
    for (host, start, mark) in [
        (Host::Plain, "---\n# Only after", None),
        (
            Host::Helm3 {
                chart: "demo".to_owned(),
            },
            "---\n# Source: demo/templates/ciliate-overlays.yaml\n# Only after",
            None,
        ),
        (
            Host::Helm4 {
                chart: "demo".to_owned(),
            },
            "---\n# Only after",
            Some("    postrenderer.helm.sh/postrender-filename: demo/templates/ciliate-overlays.yaml\n"),
        ),
    ] {
        let mut tree = Tree::of(&[("-", &text)]);
        tree.layout = Layout::Stream(host);
        let placement = tree.placement();
        let [document] = &placement.appended[..] else { panic!() };
        assert!(document.starts_with(start), "{document}");
        assert!(
            mark.is_none_or(|mark| document.contains(mark)) && !document.contains("  namespace:"),
            "{document}"
        );
        tree.files.insert("-".to_owned(), format!("{text}{document}"));
        assert!(tree.is_settled());
    }
}
