//! Faults that task tests need.

use cri::Operation;
use cri::fake::{Call, Fault, Faults, Stage};

/// Sandboxes of these pods are never made: the call does not come back.
pub(crate) struct HangingPods(pub(crate) &'static [&'static str]);

impl Faults for HangingPods {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let is_meant = call.operation == Operation::RunPodSandbox && self.0.contains(&call.object.as_str());
        if stage == Stage::Before && is_meant { Fault::hang() } else { Fault::NONE }
    }
}
