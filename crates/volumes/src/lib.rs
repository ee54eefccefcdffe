//! Mounting what pods ask for: one file per kind, subpaths, safe unmounting.
