//! What lies around the cases.

use super::outcome::Outcome;

/// What a test program puts around its cases. One value lives through a run.
#[expect(async_fn_in_trait, reason = "one thread drives all cases: no future moves to another")]
pub trait Suite: Sized {
    /// The name of the test program, for what is said before there is a suite.
    const NAME: &'static str;
    /// How its cases are to be run where they cannot be run by themselves.
    const COMMAND: &'static str;
    /// Cases under way at once, of those that share: they mostly wait.
    const SIDE_BY_SIDE: usize;
    /// What a case among others is given.
    type Shared: 'static;
    /// What a lone case is given.
    type Alone: 'static;

    /// Finds what the tests need; `None` where they cannot be run at all.
    ///
    /// # Errors
    /// When something is there, but not everything.
    async fn find() -> anyhow::Result<Option<Self>>;

    /// What the tests are run on, in few words.
    fn surroundings(&self) -> String;

    /// Makes ready for the cases that share.
    ///
    /// # Errors
    /// When that fails: nothing is run.
    async fn before_shared(&mut self) -> anyhow::Result<()>;

    /// What a case among others is given.
    ///
    /// # Errors
    /// When it cannot be made: the case has failed.
    async fn shared(&self, name: &str) -> anyhow::Result<Self::Shared>;

    /// Takes back what a case among others was given, however it ended.
    ///
    /// # Errors
    /// When it cannot be taken back: the case has failed.
    async fn after_one_shared(&self, name: &str) -> anyhow::Result<()>;

    /// Looks at what the cases that shared have left.
    ///
    /// # Errors
    /// When the run cannot go on.
    async fn after_shared(&mut self, names: &[&str]) -> anyhow::Result<Vec<Outcome>>;

    /// What a lone case is given.
    ///
    /// # Errors
    /// When it cannot be made: the case has failed.
    async fn alone(&mut self, name: &str) -> anyhow::Result<Self::Alone>;

    /// The ends of the logs that tell why a lone case failed.
    fn last_words(&self) -> String;

    /// Looks at what a lone case has left.
    ///
    /// # Errors
    /// When the run cannot go on.
    async fn after_one_alone(&mut self, name: &str) -> anyhow::Result<Vec<Outcome>>;

    /// Looks at everything once more.
    ///
    /// # Errors
    /// When it cannot be seen.
    async fn after_all(&mut self, names: &[&str]) -> anyhow::Result<Vec<Outcome>>;
}
