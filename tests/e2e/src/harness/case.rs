//! One behaviour that is tested.

use futures::future::BoxFuture;

/// What a case does with what it is given.
pub type Work<G> = fn(G) -> BoxFuture<'static, anyhow::Result<()>>;

/// Whom a case can bear beside it.
#[derive(Debug)]
pub enum Run<S, A> {
    /// Others like it, side by side.
    Shared(Work<S>),
    /// Nobody.
    Alone(Work<A>),
}

/// One behaviour that is tested: `S` is what a case among others is given, `A` what a lone one is.
#[derive(Debug)]
pub struct Case<S, A> {
    /// `program::module::function`.
    pub name: &'static str,
    /// How it is run.
    pub run: Run<S, A>,
}

impl<S, A> Case<S, A> {
    /// The name without that of the test program.
    pub fn short(&self) -> &'static str {
        self.name.split_once("::").map_or(self.name, |(_, rest)| rest)
    }
}

/// Makes the list of a module's cases from the names of its functions.
#[macro_export]
macro_rules! cases {
    ($kind:ident: $($function:ident),* $(,)?) => {
        &[$($crate::harness::Case {
            name: concat!(module_path!(), "::", stringify!($function)),
            run: $crate::harness::Run::$kind(|given| Box::pin($function(given))),
        }),*]
    };
}
