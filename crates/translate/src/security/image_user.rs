//! Whom an image runs as.

use cri::v1;

/// The user of an image, from CRI `ImageStatus` (`getImageUser`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageUser {
    /// A number; root is 0.
    Id(i64),
    /// A name, which only the image's own files can turn into a number.
    Name(String),
}

impl ImageUser {
    /// The user of an image; root when it says nothing, or when the runtime does not know the image.
    pub fn of_image(image: Option<&v1::Image>) -> Self {
        match image {
            Some(v1::Image { uid: Some(uid), .. }) => Self::Id(uid.value),
            Some(v1::Image { username, .. }) if !username.is_empty() => Self::Name(username.clone()),
            Some(_) | None => Self::Id(0),
        }
    }
}
