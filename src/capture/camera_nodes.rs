//! Video nodes of Linux: which there are, and by which name one can be known again after it was pulled out.
//! On other systems there are none, and a camera is known by its number and name.

use std::path::Path;

/// The link under `/dev/v4l` that leads to a video node: by serial number if it has one, else by its port.
pub(super) fn stable_id(index: u32) -> Option<String> {
    let node = format!("video{index}");
    ["/dev/v4l/by-id", "/dev/v4l/by-path"].iter().find_map(|folder| link_to(Path::new(folder), &node))
}

/// The first link (by name) in a folder whose target's file name is `node`.
fn link_to(folder: &Path, node: &str) -> Option<String> {
    let mut links: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    links.sort();
    let leads = |link: &Path| std::fs::read_link(link).is_ok_and(|to| to.file_name().is_some_and(|n| n == node));
    links.into_iter().find(|link| leads(link)).map(|link| link.to_string_lossy().into_owned())
}

/// The video nodes of this system with what changes when their permissions do (they are set after plugging in).
pub(super) fn video_nodes() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir("/dev") else { return Vec::new() };
    let mut nodes: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let digits = name.strip_prefix("video")?;
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            #[cfg(unix)]
            let changed = entry.metadata().map(|m| std::os::unix::fs::MetadataExt::ctime(&m)).unwrap_or_default();
            #[cfg(not(unix))]
            let changed = 0;
            Some(format!("{name}@{changed}"))
        })
        .collect();
    nodes.sort();
    nodes
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_the_link_that_leads_to_the_node() {
        let folder = tempfile::tempdir().unwrap();
        let link = |name: &str, to: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        link("usb-B-index0", "../../video2");
        link("usb-A-index0", "../../video12");
        assert!(link_to(folder.path(), "video2").unwrap().ends_with("usb-B-index0"));
        assert!(link_to(folder.path(), "video12").unwrap().ends_with("usb-A-index0"));
        assert_eq!(link_to(folder.path(), "video1"), None);
        assert_eq!(link_to(&folder.path().join("none"), "video1"), None);
    }

    #[test]
    fn the_same_nodes_look_the_same_twice() {
        assert_eq!(video_nodes(), video_nodes());
        assert!(video_nodes().iter().all(|node| node.starts_with("video") && node.contains('@')));
    }
}
