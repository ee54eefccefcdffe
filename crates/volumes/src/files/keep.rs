//! Keeping the files of a running pod up to date.

use std::time::Duration;

use futures::future::{join_all, pending};
use tokio::time::timeout;

use super::{FilesVolume, PodFiles};
use crate::{
    PodVolumes, Volumes,
    error::{SetUpError, VolumeError},
};

/// Pause after a failure, doubled with each further one: upstream's, for operations on a volume
/// (`pkg/util/goroutinemap/exponentialbackoff`).
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest such pause, upstream's.
const LONGEST_PAUSE: Duration = Duration::from_secs(122);

impl Volumes {
    /// Rewrites files whenever what they come from changes, each volume for itself; never ends. What was not gathered
    /// yet is compared with what is on disk at once: an earlier kubelet wrote it. Where there is nothing new to be had,
    /// the content stays as it is.
    ///
    /// `tell` gets each failure once, until it changes or passes. May be dropped at any time, and must not run while
    /// the volumes are set up or taken down.
    pub async fn keep(&self, files: PodFiles, tell: impl Fn(&VolumeError)) {
        let PodFiles { pod, volumes } = files;
        let tell = &tell;
        join_all(volumes.into_iter().map(|volume| self.keep_volume(&pod, volume, tell))).await;
        pending::<()>().await;
    }

    async fn keep_volume(&self, pod: &PodVolumes, mut volume: FilesVolume, tell: &impl Fn(&VolumeError)) {
        // With content of an earlier time a volume is ready, whatever became of the attempt to have it anew.
        let mut pause = volume.must_be_tried_again.then_some(FIRST_PAUSE);
        let mut told = None;
        loop {
            match pause {
                None => volume.changed().await,
                Some(pause) => timeout(pause, volume.changed()).await.unwrap_or_default(),
            }
            let Err(cause) = self.refresh(pod, &mut volume).await else {
                (pause, told) = (None, None);
                continue;
            };
            pause = Some(pause.map_or(FIRST_PAUSE, |pause: Duration| (pause * 2).min(LONGEST_PAUSE)));
            let error = VolumeError { volume: volume.name.clone(), cause };
            let message = error.event_message();
            if told.as_ref() != Some(&message) {
                tell(&error);
                told = Some(message);
            }
        }
    }

    async fn refresh(&self, pod: &PodVolumes, volume: &mut FilesVolume) -> Result<(), SetUpError> {
        let payload = self.gather_volume(pod, volume).await?;
        self.set_up_files(pod, volume.kind, &volume.name, &payload).await.map(|_| ())
    }
}
