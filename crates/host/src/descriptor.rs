//! Waiting on a file descriptor. With `program` the only unsafe code of the workspace.
#![allow(unsafe_code, reason = "tokio asks its caller to promise that a descriptor stays its owner's")]

use std::io;

use rustix::fd::OwnedFd;
use tokio::io::{Interest, unix::AsyncFd};

/// Registers a descriptor with the reactor, to wait until it is readable. Called within the runtime.
pub(crate) fn wait_readable(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: `OwnedFd` always gives the same descriptor, and owns it: nobody else closes it while the registration,
    // which takes the `OwnedFd` with it, lives.
    let registered = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) };
    registered.map_err(|error| error.into_parts().1)
}
