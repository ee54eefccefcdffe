//! Image pulls: policy, back-off, bounds.
//!
//! ```text
//! container wants image ─▶ name ─▶ policy, what is present ─▶ back-off? ─▶ rate ─▶ place in the queue ─▶ PullImage
//! ```
//!
//! Owns the memory of failed pulls (per pod and image), the records of successful ones, and the places in which pulls run. Inputs: a request per
//! container start. Outputs: the image's reference and user, or an error with the status's reason and the moment to
//! try again; events through the request's callback. It has no task of its own: a pull runs in its caller's, and ends
//! with it. Upstream: `pkg/kubelet/images/{image_manager,puller}.go` of 1.37.

mod backoff;
mod error;
mod metrics;
mod name;
mod puller;
mod rate;
mod records;

pub use error::ImageError;
pub use metrics::Metrics;
pub use name::{InvalidName, with_default_tag};
pub use puller::{ImageEvent, Images, PullSettings, Pulled, Request, Tell};
pub use records::{PullRecords, Verification};
