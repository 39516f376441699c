//! What `verify` tells: differences, and walks along a connection.

use ciliate_transforms::parity::FlowSet;
use ciliate_transforms::parity::connectivity::{Addressed, NamedBy, Noticed, Peers, PodPeers, Shown};
use ciliate_transforms::parity::trace::Trace;
use ciliate_transforms::parity::trace::answer::{Answer, Deciding, Elsewhere, EndSeen, EngineRule, InState, Through};

use super::Untrusted;

impl Untrusted for FlowSet {
    fn clean(&mut self) {
        let Self {
            namespace,
            pods,
            shown: _,
            direction: _,
            effect: _,
            course: _,
            peers,
            ports,
            example,
            named_by,
        } = self;
        namespace.clean();
        pods.clean();
        peers.clean();
        ports.clean();
        example.clean();
        named_by.clean();
    }
}

impl Untrusted for Peers {
    fn clean(&mut self) {
        let Self {
            own_node: _,
            local_dns: _,
            other_nodes,
            api_server: _,
            outside,
            through_services,
            pods,
        } = self;
        for addressed in [other_nodes, outside, through_services] {
            addressed.clean();
        }
        pods.clean();
    }
}

impl Untrusted for Addressed {
    fn clean(&mut self) {
        match self {
            Self::Every => {}
            Self::Some(ranges) => ranges.clean(),
        }
    }
}

impl Untrusted for PodPeers {
    fn clean(&mut self) {
        let Self {
            kinds: _,
            namespaces: _,
            beyond_files: _,
            some,
        } = self;
        some.clean();
    }
}

impl Untrusted for Shown {
    fn clean(&mut self) {
        let Self {
            from,
            to,
            port,
            npm,
            cilium,
        } = self;
        for text in [from, to, port] {
            text.clean();
        }
        npm.clean();
        cilium.clean();
    }
}

impl Untrusted for NamedBy {
    fn clean(&mut self) {
        let Self { name: _, path, line: _ } = self;
        path.clean();
    }
}

impl Untrusted for Noticed {
    fn clean(&mut self) {
        let Self { at, message } = self;
        at.clean();
        message.clean();
    }
}

impl Untrusted for Trace {
    fn clean(&mut self) {
        let Self {
            cluster,
            cilium,
            cilium_stated: _,
            from,
            to,
            port,
            via,
            states,
            notes,
        } = self;
        cluster.clean();
        cilium.clean();
        from.clean();
        to.clean();
        port.clean();
        via.clean();
        states.clean();
        notes.clean();
    }
}

impl Untrusted for EndSeen {
    fn clean(&mut self) {
        let Self {
            asked,
            kind: _,
            object,
            node,
            address,
        } = self;
        asked.clean();
        for text in [object, node, address] {
            text.clean();
        }
    }
}

impl Untrusted for Through {
    fn clean(&mut self) {
        let Self {
            service,
            port,
            entry: _,
            node,
            local_traffic_only: _,
        } = self;
        service.clean();
        port.clean();
        node.clean();
    }
}

impl Untrusted for InState {
    fn clean(&mut self) {
        let Self {
            state: _,
            verdict: _,
            ports,
            egress,
            ingress,
            elsewhere,
        } = self;
        ports.clean();
        egress.clean();
        ingress.clean();
        elsewhere.clean();
    }
}

impl Untrusted for Elsewhere {
    fn clean(&mut self) {
        let Self { direction: _, answer } = self;
        answer.clean();
    }
}

impl Untrusted for Answer {
    fn clean(&mut self) {
        let Self {
            allowed: _,
            ports,
            because:
                EngineRule {
                    id: _,
                    statement: _,
                    source: _,
                },
            policy,
        } = self;
        ports.clean();
        policy.clean();
    }
}

impl Untrusted for Deciding {
    fn clean(&mut self) {
        let Self {
            kind: _,
            name,
            direction: _,
            rule,
            path,
            line: _,
            in_tree: _,
        } = self;
        name.clean();
        rule.clean();
        path.clean();
    }
}
