//! [`crate::cgroups`].
