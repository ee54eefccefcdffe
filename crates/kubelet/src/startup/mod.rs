//! From arguments to a world that pods can be started in.

pub mod api_server;
pub mod configuration;
pub mod enforcement;
pub mod facts;
pub mod node;
pub mod node_object;
pub mod registry_access;
mod resolver;
pub mod user_ids;
pub mod worlds;
