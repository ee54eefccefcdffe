//! Follows the node's own object.

use super::View;
use apiserver::Nodes;
use futures::StreamExt;
use tasks::Stop;

/// See the module.
#[derive(Clone)]
pub(crate) struct ViewTask {
    nodes: Nodes,
    name: String,
    view: View,
}

impl ViewTask {
    /// A task that is not run yet.
    pub(crate) fn new(nodes: Nodes, name: &str, view: View) -> Self {
        Self { nodes, name: name.to_owned(), view }
    }

    /// Until `stop`. The watch itself goes on trying when the server is away.
    pub(crate) async fn run(self, stop: Stop) {
        let mut changes = std::pin::pin!(self.nodes.watch(&self.name));
        loop {
            let change = tokio::select! {
                biased;
                () = stop.requested() => return,
                change = changes.next() => change,
            };
            match change {
                Some(node) => self.view.watched(node),
                None => return,
            }
        }
    }
}
