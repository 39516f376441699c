//! A false claim is caught, alone or on top of other changes, and a true one stands.

use super::{judge, prove};
use crate::catalog::end_port;
use crate::overlay::sample::world;
use crate::plan::{Fix, Options, Plan, Proposal, Status, Step, TakenBack, plan};
use crate::policy::Direction;
use crate::transform::{Act, Change, Decision, Grade, Subject};
use crate::world::{PolicyId, World};

/// Pods behind a load balancer that a policy isolates, and others that lose nodes and pods in a block.
const CLUSTER: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: pay}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

/// A dead section whose rule stands in, by accident, for what the other policy loses: the pods in its block.
const STAND_IN: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dead, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], egress: [{to: [{namespaceSelector: {}}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}
";

/// A dead section beside a policy of Cilium's own kinds, one spec of which lets the same through.
const SPECS: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dead, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], egress: [{ports: [{port: 443}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: own, namespace: shop}
specs:
- {endpointSelector: {}, egress: [{toPorts: [{ports: [{port: '443', protocol: TCP}]}]}]}
- {endpointSelector: {}, egress: [{toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]}
";

/// Two policies for the same pods.
const TWO: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress]}
";

fn cluster(text: &str) -> World {
    let mut world = world(18, text);
    world.facts.pod_cidrs = vec!["10.244.0.0/16".parse().unwrap()];
    world.facts.node_cidrs = vec!["10.224.0.0/16".parse().unwrap()];
    world
}

/// Lets every change of a transform claim to be safe.
fn claim_safe(transform: &str, plan: &mut Plan) {
    for proposal in plan.proposals.iter_mut().filter(|it| it.transform.id == transform) {
        if let Decision::Change(change) = &mut proposal.decision {
            change.grade = Grade::Safe;
        }
    }
}

fn contradicted(plan: &Plan) -> Vec<&'static str> {
    let (_, contradictions) = judge(plan);
    contradictions
        .contradicted
        .iter()
        .map(|(transform, _)| *transform)
        .collect()
}

/// The statuses of the changes of a transform.
fn statuses(plan: &Plan, transform: &str) -> Vec<Option<Status>> {
    let of = plan.proposals.iter().filter(|it| it.transform.id == transform);
    let changes = of.filter(|it| matches!(it.decision, Decision::Change(_)));
    changes.map(|it| it.status).collect()
}

#[test]
fn a_change_that_opens_more_than_npm_may_not_claim_to_be_safe() {
    let mut plan = plan(cluster(CLUSTER), &Options::of_everything(Fix::Review));
    assert_eq!(contradicted(&plan), [""; 0], "it says that it opens more");
    claim_safe("load-balancer", &mut plan);
    assert_eq!(contradicted(&plan), ["load-balancer"]);
}

#[test]
fn a_change_that_takes_away_what_npm_allows_may_not_claim_to_be_safe() {
    let mut plan = plan(cluster(STAND_IN), &Options::of_everything(Fix::Review));
    assert_eq!(contradicted(&plan), [""; 0], "it says that it may take something away");
    claim_safe("policy-types", &mut plan);
    assert_eq!(contradicted(&plan), ["policy-types"]);
}

#[test]
fn a_change_that_gives_back_what_npm_allows_is_safe() {
    let plan = plan(cluster(CLUSTER), &Options::of_everything(Fix::Safe));
    assert_eq!(statuses(&plan, "ip-block"), [Some(Status::Chosen)]);
    let (proof, contradictions) = judge(&plan);
    assert_eq!(contradictions, TakenBack::default());
    assert_eq!((proof.lost, proof.gained), (0, 0));
    assert!(proof.sets > 0, "{proof:?}");
}

#[test]
fn every_spec_of_a_standing_policy_counts() {
    let mut plan = plan(cluster(SPECS), &Options::of_everything(Fix::Review));
    claim_safe("policy-types", &mut plan);
    assert_eq!(statuses(&plan, "policy-types"), [Some(Status::Chosen)]);
    assert_eq!(contradicted(&plan), [""; 0]);
}

/// The second policy opens what the first one opens, which this closes unless it is left out.
fn copied(is_closed: bool) -> Plan {
    let mut nothing = Options::of_everything(Fix::Safe);
    nothing.select.insert(end_port::TRANSFORM.id.to_owned());
    let mut plan = plan(cluster(TWO), &nothing);
    assert!(plan.is_empty(), "no policy has a range");
    let [open, shut] = &plan.before[..] else {
        panic!("there are two policies")
    };
    let (mut closed, mut opened) = (open.clone(), shut.clone());
    closed.section_mut(Direction::Egress).rules.clear();
    opened.section_mut(Direction::Egress).rules = open.section(Direction::Egress).rules.clone();
    let step = |index, transform, after| Step {
        policy: PolicyId(index),
        transform,
        after,
    };
    let claim = Change {
        spot: shut.place.spot(),
        message: String::new(),
        label: String::new(),
        action: String::new(),
        notes: Vec::new(),
        grade: Grade::Safe,
        act: Act::Rewrite(Vec::new()),
    };
    let claim = Proposal {
        transform: &end_port::TRANSFORM,
        subject: Subject::Policy(PolicyId(1)),
        decision: Decision::Change(claim),
        status: Some(Status::Chosen),
        ignored: None,
        overlay_path: None,
    };
    let close = is_closed.then(|| step(0, "ip-block", closed));
    plan.steps = close.into_iter().chain([step(1, "end-port", opened)]).collect();
    plan.proposals.push(claim);
    plan
}

#[test]
fn a_change_is_also_judged_on_top_of_all_others() {
    assert_eq!(contradicted(&copied(false)), [""; 0]);
    assert_eq!(contradicted(&copied(true)), ["end-port"]);
}

#[test]
fn a_contradicted_change_is_taken_back_and_the_rest_is_planned_and_proven() {
    let options = Options::of_everything(Fix::Review);
    let mut claimed = plan(cluster(CLUSTER), &options);
    claim_safe("load-balancer", &mut claimed);
    let (plan, proof) = prove(claimed, &options);
    assert_eq!(statuses(&plan, "load-balancer"), [Some(Status::Contradicted)]);
    assert_eq!(statuses(&plan, "ip-block"), [Some(Status::Chosen)]);
    assert_eq!(contradicted(&plan), [""; 0]);
    assert_eq!(
        (proof, TakenBack::default()),
        judge(&plan),
        "what is proven is what is left"
    );
}
