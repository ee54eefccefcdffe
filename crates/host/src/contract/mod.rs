//! The same cases against the fakes and the real machine.
