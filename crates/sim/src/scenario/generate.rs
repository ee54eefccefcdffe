//! From a seed to a scenario. Each seed switches some kinds of trouble on and others off, so that rare combinations come up.

use super::{
    Behaviour, ContainerPlan, FaultProfile, Image, Manifest, Medium, PodSpec, Policy, Scenario, Step,
};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::time::Duration;
use types::PodSource;

/// From this seed on half of the scenarios have an API server. They cost ten times as much as the others.
pub const API_SEEDS: u64 = 1_000_000;

/// The scenario of a seed.
pub fn generate(seed: u64) -> Scenario {
    let has_api = seed >= API_SEEDS;
    let seed = seed % API_SEEDS;
    let mut rng = SmallRng::seed_from_u64(seed);
    let has_url = rng.random_ratio(1, 4);
    let manifests = manifests(&mut rng, has_url);
    let mut active = Duration::from_millis(rng.random_range(20_000..150_000));
    let mut steps = steps(&mut rng, &manifests, active);
    let api = has_api.then(|| super::api::generate(seed, &mut active, &mut steps)).flatten();
    Scenario {
        seed: if has_api { seed + API_SEEDS } else { seed },
        is_old_runtime: rng.random_ratio(1, 3),
        serialize_image_pulls: rng.random_bool(0.5),
        url_delay: if has_url { milliseconds(&mut rng, 0, 40_000) } else { Duration::ZERO },
        faults: faults(&mut rng),
        manifests,
        api,
        steps,
        calm_at: active,
        mutant: None,
    }
}

fn milliseconds(rng: &mut SmallRng, from: u64, to: u64) -> Duration {
    Duration::from_millis(rng.random_range(from..to))
}

fn faults(rng: &mut SmallRng) -> FaultProfile {
    if rng.random_ratio(1, 3) {
        return FaultProfile::default();
    }
    let mut rate = |most: u32| if rng.random_ratio(2, 5) { rng.random_range(1..=most) } else { 0 };
    FaultProfile {
        slow: rate(60),
        fails_before: rate(120),
        fails_during: rate(120),
        fails_after: rate(120),
        hangs: rate(15),
        removals_stick: rate(200),
        odd_leftovers: rate(500),
        events_lost: rate(400),
        events_repeated: rate(400),
        events_break: rate(60),
        host_fails: rate(40),
        host_slow: rate(30),
        host_hangs: rate(8) / 2,
        pulls_fail: rate(700),
    }
}

fn manifests(rng: &mut SmallRng, has_url: bool) -> Vec<Manifest> {
    let count = rng.random_range(1..=5);
    let mut manifests: Vec<Manifest> = Vec::new();
    for index in 0..count {
        let source = if has_url && rng.random_bool(0.5) { PodSource::Http } else { PodSource::File };
        let twin =
            manifests.choose(rng).filter(|_| rng.random_ratio(1, 8)).map(|other| other.pod_name.clone());
        let uid = rng.random_ratio(1, 4).then(|| format!("00000000-0000-0000-0000-{index:012}"));
        let count = rng.random_range(1..=3);
        let mut versions = vec![pod(rng, 0)];
        for label in 1..count {
            let next = if uid.is_some() { changed(rng, &versions[0], label) } else { pod(rng, label) };
            versions.push(next);
        }
        let pod_name = twin.unwrap_or_else(|| format!("pod{index}"));
        manifests.push(Manifest { source, pod_name, uid, versions });
    }
    manifests
}

/// A pod.
pub(super) fn pod(rng: &mut SmallRng, label: u32) -> PodSpec {
    let policy =
        *[Policy::Always, Policy::Always, Policy::OnFailure, Policy::Never].choose(rng).expect("not empty");
    let volumes = (0..rng.random_range(0..=2))
        .map(|_| if rng.random_bool(0.5) { Medium::Disk } else { Medium::Memory })
        .collect();
    let init_count = if rng.random_ratio(1, 3) { rng.random_range(1..=2) } else { 0 };
    let init = (0..init_count).map(|index| init_container(rng, index)).collect();
    let containers = (0..rng.random_range(1..=3)).map(|index| app_container(rng, index)).collect();
    PodSpec {
        policy,
        grace_seconds: *[0, 1, 2, 5, 30].choose(rng).expect("not empty"),
        host_network: rng.random_ratio(1, 8),
        init,
        containers,
        volumes,
        qos: rng.random_range(0..3),
        label,
    }
}

/// What may change in a pod that stays the same pod: what its containers run.
fn changed(rng: &mut SmallRng, first: &PodSpec, label: u32) -> PodSpec {
    let mut next = PodSpec { label, ..first.clone() };
    for (index, container) in next.containers.iter_mut().enumerate() {
        if rng.random_bool(0.5) {
            *container = ContainerPlan { sub_path: container.sub_path, ..app_container(rng, index) };
        }
    }
    next
}

fn image(rng: &mut SmallRng) -> Image {
    match rng.random_range(0..10) {
        0 | 1 => Image::Slow,
        2 | 3 => Image::Flaky,
        4 if rng.random_bool(0.5) => Image::Missing,
        _ => Image::Good,
    }
}

fn app_container(rng: &mut SmallRng, index: usize) -> ContainerPlan {
    let behaviour = match rng.random_range(0..12) {
        0 => Behaviour::Stubborn,
        1 => Behaviour::Exits(milliseconds(rng, 0, 30_000), 0),
        2 => Behaviour::Exits(milliseconds(rng, 0, 3_000), 1),
        3 => Behaviour::Exits(milliseconds(rng, 0, 60_000), rng.random_range(0..3)),
        4 if rng.random_bool(0.5) => Behaviour::NoSuchCommand,
        5 | 6 => Behaviour::Forever(milliseconds(rng, 0, 5_000)),
        _ => Behaviour::Forever(Duration::ZERO),
    };
    ContainerPlan {
        name: format!("c{index}"),
        image: image(rng),
        always_pull: rng.random_ratio(1, 6),
        behaviour,
        is_sidecar: false,
        sub_path: rng.random_ratio(1, 3),
    }
}

fn init_container(rng: &mut SmallRng, index: usize) -> ContainerPlan {
    let is_sidecar = rng.random_ratio(1, 4);
    let behaviour = if is_sidecar {
        Behaviour::Forever(milliseconds(rng, 0, 2_000))
    } else {
        let code = if rng.random_ratio(1, 6) { 1 } else { 0 };
        Behaviour::Exits(milliseconds(rng, 0, 4_000), code)
    };
    ContainerPlan {
        name: format!("i{index}"),
        image: if rng.random_ratio(1, 6) { image(rng) } else { Image::Good },
        always_pull: false,
        behaviour,
        is_sidecar,
        sub_path: rng.random_ratio(1, 4),
    }
}

/// The kinds of steps that a seed has.
struct Kinds {
    deaths: bool,
    stops: bool,
    kills: bool,
    removals: bool,
    downs: bool,
    reboots: bool,
    clocks: bool,
    disks: bool,
}

fn steps(rng: &mut SmallRng, manifests: &[Manifest], active: Duration) -> Vec<(Duration, Step)> {
    let kinds = Kinds {
        deaths: rng.random_bool(0.5),
        stops: rng.random_ratio(1, 3),
        kills: rng.random_bool(0.5),
        removals: rng.random_ratio(1, 3),
        downs: rng.random_ratio(1, 4),
        reboots: rng.random_ratio(1, 10),
        clocks: rng.random_ratio(1, 5),
        disks: rng.random_ratio(1, 5),
    };
    let last = u64::try_from(active.as_millis()).unwrap_or(u64::MAX);
    let mut steps = Vec::new();
    for (number, manifest) in manifests.iter().enumerate() {
        let at = if rng.random_bool(0.7) { Duration::ZERO } else { milliseconds(rng, 0, last) };
        edits(rng, number, manifest.versions.len(), at, last, &mut steps);
    }
    for _ in 0..rng.random_range(0..12) {
        if let Some(step) = trouble(rng, &kinds) {
            steps.push((milliseconds(rng, 0, last), step));
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
}

/// The life of one manifest: written, changed, deleted, written again, often within moments.
fn edits(
    rng: &mut SmallRng,
    manifest: usize,
    versions: usize,
    mut at: Duration,
    last: u64,
    steps: &mut Vec<(Duration, Step)>,
) {
    let mut version = 0;
    steps.push((at, Step::Write { manifest, version }));
    for _ in 0..rng.random_range(0..4) {
        let pause =
            if rng.random_ratio(1, 3) { rng.random_range(1..2_000) } else { rng.random_range(1..last) };
        at += Duration::from_millis(pause);
        if at > Duration::from_millis(last) {
            return;
        }
        if rng.random_bool(0.5) {
            steps.push((at, Step::Delete { manifest }));
            if rng.random_bool(0.6) {
                at += Duration::from_millis(rng.random_range(1..5_000));
                version = if rng.random_bool(0.7) { version } else { rng.random_range(0..versions) };
                steps.push((at, Step::Write { manifest, version }));
            }
        } else {
            version = rng.random_range(0..versions);
            steps.push((at, Step::Write { manifest, version }));
        }
    }
}

fn trouble(rng: &mut SmallRng, kinds: &Kinds) -> Option<Step> {
    let step = match rng.random_range(0..14) {
        0 | 1 if kinds.deaths => Step::Death(milliseconds(rng, 0, 20_000)),
        2 | 3 if kinds.deaths => {
            Step::DeathAtCall { calls: rng.random_range(1..120), down: milliseconds(rng, 0, 10_000) }
        }
        4 if kinds.stops => Step::Stop(milliseconds(rng, 0, 20_000)),
        5 | 6 if kinds.kills => Step::KillProcess(rng.random_range(0..2)),
        7 if kinds.kills => Step::OutOfMemory,
        8 if kinds.kills => Step::KillSandbox,
        9 if kinds.removals && rng.random_bool(0.5) => Step::RemoveContainer,
        9 if kinds.removals => Step::RemoveSandbox,
        10 if kinds.downs => Step::RuntimeDown(milliseconds(rng, 100, 40_000)),
        11 if kinds.reboots => Step::Reboot,
        11 => Step::BreakEvents,
        12 if kinds.clocks => {
            let most = *[2_000, 60_000, 7_200_000].choose(rng).expect("not empty");
            Step::ClockSet(rng.random_range(-most..most))
        }
        13 if kinds.disks => Step::DiskFull(milliseconds(rng, 500, 60_000)),
        _ => return None,
    };
    Some(step)
}
