//! A pod's user who swaps directories for links while we work: on the real machine, many times.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use super::World;
use crate::mounts::Unmount;

/// How long each attack goes on. Without the protection it succeeds within a few milliseconds.
const ATTACK: Duration = Duration::from_millis(300);

#[test]
fn a_link_swapped_in_does_not_lead_a_bind_mount_out() {
    super::on_real("contract::races::a_link_swapped_in_does_not_lead_a_bind_mount_out", |world| async move {
        let (volume, outside) = arrange(&world).await;
        world.dir("outside/data").await;
        world.file("outside/data/secret", "").await;
        let target = world.path("target");
        attack(&volume, &outside, async {
            let mut bound = 0u64;
            let mut until = Instant::now() + ATTACK;
            while Instant::now() < until || bound == 0 {
                if world.beneath.bind(&volume, Path::new("part/data"), &target).await.is_ok() {
                    bound += 1;
                    assert_eq!(world.content("target/secret").await, None);
                    world.mounts.unmount(&target, Unmount::Detach).await.unwrap();
                }
                until = until.max(Instant::now());
            }
        })
        .await;
    });
}

#[test]
fn a_link_swapped_in_does_not_lead_a_new_directory_out() {
    super::on_real(
        "contract::races::a_link_swapped_in_does_not_lead_a_new_directory_out",
        |world| async move {
            let (volume, outside) = arrange(&world).await;
            attack(&volume, &outside, async {
                let until = Instant::now() + ATTACK;
                let mut number = 0u64;
                while Instant::now() < until {
                    number += 1;
                    let sub_path = format!("part/new-{number}/below");
                    // Fails whenever the link is met.
                    let _made = world.beneath.make_dir(&volume, Path::new(&sub_path), 0o755).await;
                }
            })
            .await;
            let entries = world.files.list_dir(&outside).await.unwrap().unwrap();
            assert_eq!(entries.len(), 1, "only what was there: {entries:?}");
        },
    );
}

#[test]
fn a_link_swapped_in_does_not_lead_a_removal_out() {
    super::on_real("contract::races::a_link_swapped_in_does_not_lead_a_removal_out", |world| async move {
        let (volume, outside) = arrange(&world).await;
        attack(&volume, &outside, async {
            let until = Instant::now() + ATTACK;
            while Instant::now() < until {
                // Fails whenever the other side puts something back in time.
                let _removed = world.files.remove_tree(&volume).await;
                let _made = world.files.make_dir(&world.path("volume/part/data"), 0o755).await;
            }
        })
        .await;
        assert_eq!(world.content("outside/precious").await.as_deref(), Some("keep"));
    });
}

async fn arrange(world: &World) -> (PathBuf, PathBuf) {
    let volume = world.dir("volume").await;
    world.dir("volume/part/data").await;
    let outside = world.dir("outside").await;
    world.file("outside/precious", "keep").await;
    (volume, outside)
}

/// Runs `defence` while a thread keeps exchanging `volume/part` between a directory and a link to `outside`.
async fn attack(volume: &Path, outside: &Path, defence: impl Future<Output = ()>) {
    static STOP: AtomicBool = AtomicBool::new(false);
    let (volume, outside) = (volume.to_owned(), outside.to_owned());
    let attacker = std::thread::spawn(move || {
        let (part, aside) = (volume.join("part"), volume.join("aside"));
        while !STOP.load(Ordering::Relaxed) {
            // Each may fail, when the other side has removed something; then the next round tries again.
            let _moved = std::fs::rename(&part, &aside);
            let _linked = std::os::unix::fs::symlink(&outside, &part);
            let _unlinked = std::fs::remove_file(&part);
            let _back = std::fs::rename(&aside, &part);
        }
    });
    defence.await;
    STOP.store(true, Ordering::Relaxed);
    attacker.join().unwrap();
}
