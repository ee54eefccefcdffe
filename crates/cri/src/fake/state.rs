//! The fake itself.

use async_trait::async_trait;

use super::FakeRuntime;
use super::call::Call;
use crate::service::{Answer, EventStream, StateService};
use crate::v1::{
    LinuxRuntimeConfiguration, RuntimeCondition, RuntimeConfig, RuntimeConfigResponse, RuntimeFeatures,
    RuntimeHandler, RuntimeHandlerFeatures, RuntimeStatus, StatusResponse, VersionResponse,
};
use crate::{CriError, Operation};

#[async_trait]
impl StateService for FakeRuntime {
    async fn version(&self) -> Answer<VersionResponse> {
        let call = Call::new(Operation::Version, "");
        self.serve(&call, async {
            Ok(VersionResponse {
                version: "0.1.0".to_owned(),
                runtime_name: "containerd".to_owned(),
                runtime_version: self.shared.options.runtime_version.clone(),
                runtime_api_version: "v1".to_owned(),
            })
        })
        .await
    }

    async fn status(&self, _verbose: bool) -> Answer<StatusResponse> {
        let call = Call::new(Operation::Status, "");
        let condition = |name: &str| RuntimeCondition {
            r#type: name.to_owned(),
            status: true,
            ..RuntimeCondition::default()
        };
        self.serve(&call, async {
            Ok(StatusResponse {
                status: Some(RuntimeStatus {
                    conditions: vec![condition("RuntimeReady"), condition("NetworkReady")],
                }),
                info: Default::default(),
                runtime_handlers: vec![RuntimeHandler {
                    name: String::new(),
                    features: Some(RuntimeHandlerFeatures::default()),
                }],
                features: Some(RuntimeFeatures::default()),
            })
        })
        .await
    }

    async fn runtime_config(&self) -> Answer<RuntimeConfigResponse> {
        let call = Call::new(Operation::RuntimeConfig, "");
        self.serve(&call, async {
            match self.shared.options.cgroup_driver {
                Some(driver) => Ok(RuntimeConfigResponse {
                    linux: Some(LinuxRuntimeConfiguration { cgroup_driver: driver.into() }),
                }),
                None => Err(CriError::Unimplemented {
                    operation: call.operation,
                    message: "unknown method RuntimeConfig for service runtime.v1.RuntimeService".to_owned(),
                }),
            }
        })
        .await
    }

    async fn update_runtime_config(&self, _config: RuntimeConfig) -> Answer<()> {
        let call = Call::new(Operation::UpdateRuntimeConfig, "");
        self.serve(&call, async { Ok(()) }).await
    }

    fn get_container_events(&self) -> EventStream {
        self.event_stream()
    }
}
