//! Columns of text, aligned as Go's `tabwriter` does, which gives kubectl's output its look.

/// Aligns cells that end in a tab: a column is a run of neighbouring lines that have such a cell, as wide as its widest
/// cell and `padding` more, `minimum` at least. What follows the last tab of a line is not a cell.
pub(super) fn align(text: &str, minimum: usize, padding: usize) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|cells| vec![0; cells.len() - 1]).collect();
    for first in 0..lines.len() {
        for column in 0..widths[first].len() {
            if widths[first][column] != 0 {
                continue;
            }
            let run = lines[first..].iter().take_while(|cells| cells.len() > column + 1).count();
            let widest = lines[first..first + run].iter().map(|cells| cells[column].chars().count()).max();
            let width = (widest.unwrap_or(0) + padding).max(minimum);
            for line in &mut widths[first..first + run] {
                line[column] = width;
            }
        }
    }
    let mut aligned = String::with_capacity(text.len() * 2);
    for (cells, widths) in lines.iter().zip(&widths) {
        for (column, cell) in cells.iter().enumerate() {
            aligned.push_str(cell);
            if let Some(width) = widths.get(column) {
                let missing = width.saturating_sub(cell.chars().count());
                aligned.extend(std::iter::repeat_n(' ', missing));
            }
        }
        aligned.truncate(aligned.trim_end_matches(' ').len());
        aligned.push('\n');
    }
    aligned
}

/// A table as `kubectl get` prints it.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let text: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
    align(&text, 6, 3)
}

/// Text without control characters, so that what a container chose cannot steer the user's terminal or break a column.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
