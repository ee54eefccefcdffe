//! How many tests a program says it ran.

use std::iter::Sum;
use std::ops::Add;

/// Tests passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that passed.
    pub passed: u64,
    /// Those that did not.
    pub failed: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

/// Adds up the closing lines in a program's output: those of `cargo test` (`test result: ok. 3 passed; 0 failed; …`),
/// and those of `golden replay` (`120 cases: 119 alike, 1 with …`). `None` when there is none.
pub fn read(output: &str) -> Option<Counts> {
    let found: Vec<Counts> =
        output.lines().filter_map(|line| test_result(line).or_else(|| compared_cases(line))).collect();
    (!found.is_empty()).then(|| found.into_iter().sum())
}

fn test_result(line: &str) -> Option<Counts> {
    let (_, told) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |word: &str| {
        told.split(';')
            .find_map(|part| part.trim().strip_suffix(word))
            .and_then(|count| count.trim().parse().ok())
    };
    Some(Counts { passed: number("passed")?, failed: number("failed")? })
}

fn compared_cases(line: &str) -> Option<Counts> {
    let (cases, told) = line.split_once(" cases: ")?;
    let (alike, _) = told.split_once(" alike")?;
    let (cases, alike): (u64, u64) = (cases.parse().ok()?, alike.parse().ok()?);
    Some(Counts { passed: alike, failed: cases.checked_sub(alike)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: Option<(u64, u64)>) {
        assert_eq!(read(output), expected.map(|(passed, failed)| Counts { passed, failed }), "{output}");
    }

    #[test]
    fn closing_lines_are_added_up() {
        check("", None);
        check("running 2 tests\n", None);
        check(
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; finished in 0.00s\n",
            Some((3, 0)),
        );
        check(
            "test result: ok. 3 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 1 passed; 2 failed; 0 ignored\n",
            Some((4, 2)),
        );
        check("120 cases: 119 alike, 1 with 4 differences that nobody intended\n", Some((119, 1)));
    }
}
