//! Go's way of writing values into messages, so that ours read like upstream's.

pub(crate) use types::go::quote;

/// A list of strings as Go's `%q` writes a slice: `["a" "b"]`.
pub(crate) fn quote_list<'text>(items: impl IntoIterator<Item = &'text str>) -> String {
    let quoted: Vec<String> = items.into_iter().map(quote).collect();
    format!("[{}]", quoted.join(" "))
}

/// The candidate that a misspelt word is most likely meant to be: at most a quarter of its letters differ.
pub(crate) fn nearest<'names>(
    word: &str,
    candidates: impl Iterator<Item = &'names str>,
) -> Option<&'names str> {
    let word = word.to_lowercase();
    candidates
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len() / 4)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance over bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, left_byte) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, right_byte) in right.bytes().enumerate() {
            let substitution = diagonal + usize::from(left_byte != right_byte);
            diagonal = row[column + 1];
            row[column + 1] = substitution.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
