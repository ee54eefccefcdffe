//! Where a path leads: through links and onto mounts.

use std::path::{Component, Path, PathBuf};

use super::{Place, Tree};
use crate::files::FileKind;

/// As the kernel's: how many links one path may go through.
const MAX_LINKS: usize = 40;

impl Tree {
    /// Where a path leads. The last part need not exist; all above it must. `follow_last`: a link at the end is
    /// followed too.
    pub(in crate::fake) fn resolve(&self, path: &Path, follow_last: bool) -> Result<Place, i32> {
        let mut links = 0;
        self.walk(path, follow_last, &mut links)
    }

    pub(super) fn walk(&self, path: &Path, follow_last: bool, links: &mut usize) -> Result<Place, i32> {
        let mut place = self.enter(Place { seen: "/".into(), fs: 0, kept: "/".into() });
        let parts: Vec<Component<'_>> = path.components().collect();
        for (index, part) in parts.iter().enumerate() {
            let name = match part {
                Component::Normal(name) => name,
                Component::ParentDir => {
                    let above = place.seen.parent().unwrap_or(Path::new("/")).to_owned();
                    place = self.walk(&above, true, links)?;
                    continue;
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
            };
            let parent = self.node(&place).ok_or(libc::ENOENT)?;
            if parent.kind != FileKind::Directory {
                return Err(libc::ENOTDIR);
            }
            let next =
                self.enter(Place { seen: place.seen.join(name), fs: place.fs, kept: place.kept.join(name) });
            let last = index + 1 == parts.len();
            match self.node(&next) {
                Some(node) if node.kind == FileKind::Link && (!last || follow_last) => {
                    *links += 1;
                    if *links > MAX_LINKS {
                        return Err(libc::ELOOP);
                    }
                    place = self.walk(&place.seen.join(&node.link), true, links)?;
                }
                Some(_) => place = next,
                None if last => place = next,
                None => return Err(libc::ENOENT),
            }
        }
        Ok(place)
    }

    /// Steps onto whatever is mounted last at a place.
    pub(super) fn enter(&self, place: Place) -> Place {
        match self.mounts.iter().rev().find(|mounted| mounted.point == place.seen) {
            Some(mounted) => Place { seen: place.seen, fs: mounted.fs, kept: mounted.root.clone() },
            None => place,
        }
    }

    /// As `resolve`, but never above `base`: `None` if the path or a link on it leads out.
    pub(in crate::fake) fn resolve_beneath(
        &self,
        base: &Place,
        sub_path: &Path,
    ) -> Result<Option<Place>, i32> {
        if sub_path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Ok(None);
        }
        let mut place = base.clone();
        let mut parts: Vec<PathBuf> = sub_path.iter().rev().map(PathBuf::from).collect();
        let mut links = 0;
        while let Some(part) = parts.pop() {
            if part == Path::new("..") {
                if place.seen == base.seen {
                    return Ok(None);
                }
                let above = place.seen.parent().unwrap_or(Path::new("/")).to_owned();
                place = self.resolve(&above, false)?;
                continue;
            }
            let next = self.resolve(&place.seen.join(&part), false)?;
            match self.node(&next) {
                Some(node) if node.kind == FileKind::Link => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(libc::ELOOP);
                    }
                    if node.link.is_absolute() {
                        // May lead back inside.
                        let rest = parts.iter().rev().fold(node.link.clone(), |path, part| path.join(part));
                        let place = self.resolve(&rest, true)?;
                        return Ok(place.seen.starts_with(&base.seen).then_some(place));
                    }
                    parts.extend(node.link.iter().rev().map(PathBuf::from));
                }
                Some(_) => place = next,
                None if parts.is_empty() => place = next,
                None => return Err(libc::ENOENT),
            }
        }
        Ok(Some(place))
    }
}
