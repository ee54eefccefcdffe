//! Following a set of objects for ever: a list, then a watch from where the list ended, and again.
//!
//! | part | what it is |
//! |---|---|
//! | [`Follower`] | the state machine: list, watch, resume, back off; gives [`Change`]s |
//! | [`Lines`] | the body of one watch, cut into bounded lines |
//! | [`Event`] | one line, read: its beginning, then its object, each once |
//! | [`Pause`] | how long to wait after a failure; the same at each run |
//!
//! Better than upstream's reflector (`client-go/tools/cache/reflector.go`) in one point: after a broken
//! connection the server's resource version is compared with ours, so that a server that came back with an
//! older state is listed anew instead of being silently waited for.

mod event;
mod follower;
mod head;
mod lines;
mod pause;
mod selection;

pub(crate) use event::{Event, ObjectEvent};
pub(crate) use follower::{Change, Follower};
pub(crate) use lines::Lines;
pub(crate) use pause::{Pause, share};
pub(crate) use selection::Selection;
