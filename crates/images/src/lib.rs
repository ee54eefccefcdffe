//! Image pulls: policy, back-off, bounds.
