use super::*;
use crate::catalog::by_id;
use crate::overlay::layout::Host;
use crate::overlay::sample::world_of;
use crate::transform::{Act, Change, Decision, Severity};
use crate::world::{PolicyId, ServiceId};
use crate::yaml::{documents, prove, render as edited, splice};

mod files;
mod removal;
mod style;

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
    unwritable: Vec<&'static str>,
    hydrated: Vec<&'static str>,
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
            unwritable: Vec::new(),
            hydrated: Vec::new(),
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
            is_unwritable: &|path| self.unwritable.contains(&path),
            is_hydrated: &|path| self.hydrated.contains(&path),
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
        "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - \
         shop/web-egress-node-egress.yaml\n"
    );
    assert!(tree.is_settled());
    assert_eq!(tree.run(), [Fate::Current]);
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
    assert!(text.starts_with("---\n# Only after the switch"));
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
