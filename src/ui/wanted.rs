//! [`Wanted`]: which frames may come to the screen. Networks and uploads answer late; what was left meanwhile must
//! not be drawn over what was chosen since.

use crate::frame::Frame;
use std::time::Instant;

/// The frames that may come to the screen now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wanted {
    /// None: another picture is being read, or the chosen one cannot be.
    #[default]
    Nothing,
    /// One picture: the file that was loaded last, or the camera's frame that is held.
    Picture {
        /// Its [`Frame::id`].
        id: u64,
        /// Its [`Frame::name`], by which the network says that it failed.
        name: String,
    },
    /// All that the camera captured since then. Files are decoded before it, so none of them is among these.
    Live(Instant),
}

impl Wanted {
    /// This picture alone.
    pub fn picture(frame: &Frame) -> Self {
        Self::Picture { id: frame.id, name: frame.name.clone() }
    }

    /// Whether a frame, or what was computed of it, may be shown.
    pub fn takes(&self, frame: &Frame) -> bool {
        match self {
            Self::Nothing => false,
            Self::Picture { id, .. } => *id == frame.id,
            Self::Live(since) => frame.captured >= *since,
        }
    }

    /// Whether trouble with a frame of this name is about what is wanted.
    pub fn concerns(&self, frame_name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Picture { name, .. } => name == frame_name,
            Self::Live(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_chosen_picture_or_frames_since_the_camera_opened_are_taken() {
        let frame = |name: &str| Frame::new(name, 1, 1, vec![0; 3]);
        let (before, file) = (frame("before"), frame("file"));
        assert!(!Wanted::default().takes(&file) && !Wanted::default().concerns("file"));
        let wanted = Wanted::picture(&file);
        assert!(wanted.takes(&file) && !wanted.takes(&before));
        assert!(wanted.concerns("file") && !wanted.concerns("before"));
        std::thread::sleep(std::time::Duration::from_millis(1));
        let live = Wanted::Live(Instant::now());
        assert!(!live.takes(&file) && live.takes(&frame("camera")));
    }
}
