//! Runtime classes: which handler of the runtime a pod's sandbox is made with (KEP-585).

use crate::call::Call;
use crate::cluster_copy::{ClusterCopy, Copied, Identity};
use crate::error::{ApiError, Failure};
use crate::server::ApiServer;
use crate::watch::Selection;
use k8s_openapi::api::node::v1::RuntimeClass;
use kube::Resource;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;

const RUNTIME_CLASSES: &str = "runtimeclasses";
/// A pod that names a class waits so long for the classes to be known, after which it is tried again later.
const PATIENCE: Duration = Duration::from_secs(10);

/// A copy of all runtime classes. Cheap to clone.
#[derive(Clone)]
pub struct RuntimeClasses {
    copy: Arc<ClusterCopy<Box<str>>>,
}

/// A class as it is read, without the rest.
#[derive(Deserialize)]
struct Read {
    metadata: Identity,
    handler: Box<str>,
}

impl Copied for Read {
    type Kept = Box<str>;

    fn keep(self) -> (Identity, Box<str>) {
        (self.metadata, self.handler)
    }
}

impl RuntimeClasses {
    /// Begins to follow all runtime classes, until `stop`.
    pub fn start(api_server: &ApiServer, stop: Stop) -> Self {
        let selection = Selection {
            path: RuntimeClass::url_path(&(), None),
            resource: RUNTIME_CLASSES,
            namespace: String::new(),
            fields: String::new(),
        };
        Self { copy: ClusterCopy::start::<Read>(api_server.main.clone(), selection, stop) }
    }

    /// The handler of the class called `name`; [`ApiError::NotFound`] in upstream's words when there is none.
    pub async fn handler(&self, name: &str) -> Result<Box<str>, ApiError> {
        let call = Call::new("get", RUNTIME_CLASSES, "", name);
        if tokio::time::timeout(PATIENCE, self.copy.synced()).await.is_err() {
            return Err(ApiError::timed_out(&call, PATIENCE));
        }
        let not_found = || format!("runtimeclass.node.k8s.io \"{name}\" not found");
        let handler = self.copy.get("", name).map(|handler| (*handler).clone());
        handler.ok_or_else(|| ApiError::NotFound(Failure::new(&call, 404, not_found())))
    }
}
