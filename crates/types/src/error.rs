//! Errors as people read them.

/// An error and its causes, on one line. Our errors never repeat their source, so that this is how one is told.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
