//! One behaviour that is tested.

use futures::future::BoxFuture;

/// What a case does with what it is given.
pub type Work<G> = fn(G) -> BoxFuture<'static, anyhow::Result<()>>;

/// What a case that spans the others has still to do after them.
pub type Rest = BoxFuture<'static, anyhow::Result<()>>;

/// What a case that spans the others does before them.
pub type Beginning<G> = fn(G) -> BoxFuture<'static, anyhow::Result<Rest>>;

/// Whom a case can bear beside it.
#[derive(Debug)]
pub enum Run<S, A> {
    /// Others like it, side by side.
    Shared(Work<S>),
    /// Nobody.
    Alone(Work<A>),
    /// Everybody: it begins before all others and ends after them, so that what takes long by itself is waited for once. It is
    /// given what a lone one is.
    Spanning(Beginning<A>),
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
