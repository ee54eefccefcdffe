//! Image pulls: policy, credentials, back-off, bounds.
//!
//! ```text
//! container wants image ─▶ name ─▶ policy, what is present and who may use it ─▶ back-off? ─▶ credentials
//!                                                           PullImage, per credential ◀─ place in the queue ◀─ rate
//! ```
//!
//! Owns the memory of failed pulls (per pod and image), the records of successful ones, the answers of credential provider
//! programs, and the places in which pulls run. Inputs: a request per container start. Outputs: the image's reference and user, or an error with the status's reason and the moment to
//! try again; events through the request's callback. It has no task of its own: a pull runs in its caller's, and ends
//! with it. Upstream: `pkg/kubelet/images/{image_manager,puller}.go` of 1.37.

mod backoff;
pub mod credentials;
mod error;
mod go_duration;
mod metrics;
mod name;
mod puller;
mod rate;
mod records;
mod request;

pub use error::ImageError;
pub use metrics::Metrics;
pub use name::{InvalidName, with_default_tag};
pub use puller::{Images, PullSettings};
pub use records::{PullRecords, Verification};
pub use request::{ImageEvent, Presence, Pulled, Request, Tell, Wanted};
