//! The binary: main, wiring, logging, ordered stop.
