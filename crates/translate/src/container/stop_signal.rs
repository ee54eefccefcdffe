//! The signal a container is asked to stop with (`getContainerConfigStopSignal`).

use cri::v1::Signal;
use k8s_openapi::api::core::v1::Container;

/// The container's own signal (`SIGTERM`, `SIGRTMIN+3`); the image's or the runtime's where it names none.
pub(super) fn stop_signal(container: &Container) -> Signal {
    let asked = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.stop_signal.as_deref());
    let name = asked.map(|name| format!("SIGNAL_{}", name.replace('+', "PLUS").replace('-', "MINUS")));
    name.and_then(|name| Signal::from_str_name(&name)).unwrap_or(Signal::RuntimeDefault)
}
