//! The door to the API server, what goes wrong behind it, and the bugs that are planted in front of it.

mod dice;
mod door;
mod mutant;

pub use dice::ApiDice;
pub use door::api_server;
