//! System calls that no safe crate has. The only unsafe code of the workspace.
