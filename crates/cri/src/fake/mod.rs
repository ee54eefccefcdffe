//! An in-memory runtime.
