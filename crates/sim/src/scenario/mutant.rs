//! Bugs that are planted between the kubelet and the API server. Each stands for a mistake that the product could make, and
//! some invariant has to find it: an invariant that finds nothing when there is something to find is worth nothing.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The status writer tells of a running pod as pending.
    PhaseGoesBack,
    /// The status writer takes conditions of others away.
    DropsConditions,
    /// The status writer keeps the end of a pod to itself, and then has it forgotten.
    ForgetsUnreported,
    /// The status writer reads before it writes.
    ReadsBeforeWrite,
    /// The status writer does not say which pod of that name it means.
    WritesToAnyPod,
    /// The source takes what a watch gap has hidden for unchanged: deletions.
    MissesDeletions,
    /// The source goes on with a watch that has expired.
    IgnoresExpiry,
    /// A pod is removed whatever its UID.
    DeletesAnyPod,
    /// A pod is removed as soon as it is marked as deleted.
    DeletesTooEarly,
    /// Changes of what pods read are not heard of.
    MissesContent,
    /// A token is never renewed.
    KeepsToken,
    /// Each renewal of the lease is made twice.
    RenewsTwice,
}
