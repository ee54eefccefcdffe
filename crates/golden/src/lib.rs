//! Same questions, same answers as upstream.
//!
//! A corpus of manifests is fed to a kubelet, upstream's or ours, that runs standalone in front of a real container
//! runtime. Between the two sits a proxy that writes down what the kubelet asks of the runtime. What upstream's answered
//! to each manifest is committed (`tests/golden/expected`); ours is compared with it, field by field.
//!
//! ```text
//!            corpus ──▶ session ──▶ kubelet ──▶ proxy ──▶ containerd
//!                          │          │ log       │ calls, pod cgroup and mounted files at the moment of the call
//!                          ▼          ▼           ▼
//!                       settled?   refusals    outcome  ──▶ expected/<case>.json, or compare ──▶ report
//! ```
//!
//! Nothing here is part of the product. Recording and replay need root and a machine of their own: the box
//! (`cargo xtask node exec`).

pub mod canonical;
pub mod compare;
pub mod corpus;
pub mod differences;
pub mod http;
pub mod kubelet;
pub mod log;
pub mod machine;
pub mod normalize;
pub mod observe;
pub mod outcome;
pub mod place;
pub mod protocol;
pub mod proxy;
pub mod recorder;
pub mod run;
pub mod session;
