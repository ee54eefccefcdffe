//! Images.

use super::{Failure, Outcome, Scenario, Setting, ensure};
use crate::v1::{Image, ImageFilter, ImageSpec};

/// Nothing listens there.
const NOWHERE: &str = "localhost:1/nobody/nothing:none";

fn spec(name: &str) -> ImageSpec {
    ImageSpec { image: name.to_owned(), ..ImageSpec::default() }
}

async fn status(setting: &Setting<'_>, name: &str) -> Result<Option<Image>, Failure> {
    Ok(setting.runtime.image_status(spec(name), false).await?.image)
}

pub(super) async fn unknown_image(setting: &Setting<'_>) -> Outcome {
    let found = status(setting, NOWHERE).await?;
    ensure!(found.is_none(), "status: {found:?}");
    let removed = setting.runtime.remove_image(spec(NOWHERE)).await;
    ensure!(removed.is_ok(), "remove: {removed:?}");
    let pulled = setting.runtime.pull_image(spec(NOWHERE), None, None).await;
    ensure!(pulled.is_err(), "pull: {pulled:?}");
    let (sandbox_id, pod) = setting.sandbox().await?;
    let mut config = setting.container(&pod, "main", Scenario::Exits)?;
    config.image = Some(spec(NOWHERE));
    let created = setting.runtime.create_container(&sandbox_id, config, pod).await;
    ensure!(created.is_err(), "create a container of it: {created:?}");
    Ok(())
}

pub(super) async fn image_comes_and_goes(setting: &Setting<'_>) -> Outcome {
    let name = &setting.spare_image;
    let reference = setting.runtime.pull_image(spec(name), None, None).await?;
    let Some(image) = status(setting, name).await? else {
        return Err(Failure::new(format!("{name} was pulled and is not there")));
    };
    ensure!(image.size > 0, "size of {image:?}");
    let by_id = status(setting, &image.id).await?;
    ensure!(by_id.is_some_and(|found| found.id == image.id), "not found by its id {}", image.id);
    let by_reference = status(setting, &reference).await?;
    ensure!(by_reference.is_some_and(|found| found.id == image.id), "not found by its reference {reference}");
    let all = setting.runtime.list_images(None).await?;
    ensure!(all.iter().any(|found| found.id == image.id), "not among all images");
    let filter = ImageFilter { image: Some(spec(name)) };
    // containerd lists all, whatever the filter.
    let wanted = setting.runtime.list_images(Some(filter)).await?;
    ensure!(wanted.iter().any(|found| found.id == image.id), "by filter: {wanted:?}");

    let usage = setting.runtime.image_fs_info().await?;
    ensure!(!usage.image_filesystems.is_empty(), "no image file system");

    for _ in 0..2 {
        setting.runtime.remove_image(spec(&image.id)).await?;
    }
    let gone = status(setting, name).await?;
    ensure!(gone.is_none(), "a removed image is there: {gone:?}");
    setting.runtime.pull_image(spec(name), None, None).await?;
    Ok(())
}
