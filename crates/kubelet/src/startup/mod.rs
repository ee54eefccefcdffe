//! From arguments to a world that pods can be started in.

pub mod configuration;
pub mod facts;
pub mod node;
pub mod user_ids;
pub mod worlds;
