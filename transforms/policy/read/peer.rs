//! Entries of a rule's `from` or `to`.

use super::reader::Reader;
use super::{cidr, selector};
use crate::policy::{Block, Cidr, Peer};
use crate::yaml::Node;

/// Reads an entry of `from` or `to`; `None` where the API server refuses it.
pub(super) fn peer<'a>(reader: &mut Reader<'a>, item: Node<'a>) -> Option<Peer> {
    reader.is_object(item, "from/to");
    reader.known(item, &["podSelector", "namespaceSelector", "ipBlock"]);
    let pods = selector::selector(reader, item, "podSelector");
    let namespaces = selector::selector(reader, item, "namespaceSelector");
    let selects = pods.is_some() || namespaces.is_some();
    let Some(node) = Reader::field(item, "ipBlock") else {
        if !selects {
            reader.refuse(item, "a peer needs `podSelector`, `namespaceSelector` or `ipBlock`");
        }
        return Some(Peer::Pods { pods, namespaces });
    };
    if selects {
        reader.refuse(
            node,
            "`ipBlock` stands alone: selectors beside it need a peer of their own",
        );
    }
    reader.is_object(node, "ipBlock").then_some(())?;
    block(reader, node).map(Peer::Block)
}

fn block<'a>(reader: &mut Reader<'a>, node: Node<'a>) -> Option<Block> {
    reader.known(node, &["cidr", "except"]);
    let Some(cidr_node) = Reader::field(node, "cidr") else {
        reader.refuse(node, "`ipBlock` needs a `cidr`");
        return None;
    };
    let range = cidr_of(reader, cidr_node, "cidr");
    let mut except = Vec::new();
    let mut except_spans = Vec::new();
    for item in reader.list(node, "except") {
        let Some(hole) = cidr_of(reader, item, "except") else {
            continue;
        };
        if let Some(range) = &range
            && !cidr::strictly_inside(&hole, range)
        {
            reader.refuse(
                item,
                format!("`except` {hole} must be smaller than `cidr` {range} and inside of it"),
            );
        }
        except.push(hole);
        except_spans.push(item.span());
    }
    Some(Block {
        cidr: range?,
        except,
        cidr_span: cidr_node.span(),
        except_spans,
    })
}

fn cidr_of<'a>(reader: &mut Reader<'a>, node: Node<'a>, name: &str) -> Option<Cidr> {
    reader.substituted(node);
    let text = reader.text(node, name)?;
    let read = cidr::cidr(&text);
    if read.is_none() {
        reader.refuse(node, format!("`{text}` is no CIDR, such as 10.0.0.0/8"));
    }
    read
}
