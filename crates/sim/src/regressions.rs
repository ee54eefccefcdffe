//! Seeds that once failed, each with what was wrong. They run before all others.
//!
//! A seed means another scenario after the generator has changed; a row then still is one more scenario, and its
//! sentence still tells what the simulation is there for.

/// Seed and what it found.
pub const SEEDS: &[(u64, &str)] = &[
    (2, "each retry of an ending gave the whole grace period again"),
    (
        12,
        "a container that was listed and whose status could not be read counted as absent, and was started twice",
    ),
    (54, "volumes were removed under a ready sandbox whose status could not be read"),
    (491, "a start that failed late was repeated without a look, because a start beside it had gone well"),
    (555, "stopping what is in a dead sandbox gave all the grace again at each attempt"),
    (
        719,
        "an actor started a container twice: its first start was not published while a question was under way",
    ),
    (
        1440,
        "a pod that was wanted again took what its former self had left in the records for its own, and was completed",
    ),
    (
        1771,
        "a dead container that could not be removed, its runtime being away, was tried again without any pause",
    ),
    (4214, "a removal during the stop of a changed definition gave the whole grace period again"),
    (5073, "the same"),
    (6214, "the same"),
    (8959, "the same"),
    (
        8977,
        "a container whose end nobody had heard of was restarted without its back-off, together with its sandbox",
    ),
    (
        1_000_076,
        "a container that was stopped for another instance was told as ended for good, which the server lets nobody take back",
    ),
    (1_000_090, "a token request that nobody waited for any more was held by the cache that it held"),
    (1_000_285, "a removal that met another write was never tried again"),
    (
        1_000_869,
        "a volume with a token of the kubelet before went on with it for ever, because the first request for another had failed",
    ),
    (1_001_269, "a deleted pod that came back with a restored backup was never deleted again"),
    (1_001_467, "the mirror showed the one of two static pods of a name that waited for its turn"),
    (688, "a restart count fell to zero because the logs it is counted by could not be listed"),
];
