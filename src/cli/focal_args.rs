//! The flags that say a camera's focal length, one pair for `infer` and the window.

use crate::error::{Error, Result};
use crate::geometry::camera_file;
use clap::Args;
use std::path::PathBuf;

/// The camera of the pictures, for networks whose scale depends on it.
#[derive(Debug, Clone, Default, Args)]
pub struct FocalArgs {
    /// Focal length along x in pixels of the pictures, for networks that learnt from several cameras; without it their scale is
    /// not trusted. Frames of a data set know their own, and a network of one camera takes that.
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true, conflicts_with = "calib")]
    pub focal: Option<f64>,
    /// The same from a file: KITTI's calib_cam_to_cam.txt, a 3x3 camera matrix, or a line of fx fy cx cy.
    #[arg(long, value_name = "FILE")]
    pub calib: Option<PathBuf>,
}

impl FocalArgs {
    /// The focal length that they say.
    ///
    /// # Errors
    /// [`Error::Usage`] for one that is no length; [`Error::File`] when the file says none.
    pub fn pixels(&self) -> Result<Option<f64>> {
        match (self.focal, &self.calib) {
            (Some(focal), _) if !(focal.is_finite() && focal > 0.0) => Err(Error::Usage(format!(
                "--focal {focal} is no focal length; give pixels of the picture, such as 721.5"
            ))),
            (Some(focal), _) => Ok(Some(focal)),
            (None, Some(path)) => camera_file::read(path).map(|camera| Some(camera.fx)),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        focal: FocalArgs,
    }

    fn pixels(flags: &[&str]) -> Result<Option<f64>> {
        Line::try_parse_from(["x"].iter().chain(flags)).unwrap().focal.pixels()
    }

    #[test]
    fn pixels_or_a_file_or_nothing() {
        assert_eq!(pixels(&[]).unwrap(), None);
        assert_eq!(pixels(&["--focal", "721.5"]).unwrap(), Some(721.5));
        for wrong in ["0", "-3", "nan", "inf"] {
            assert_eq!(pixels(&["--focal", wrong]).unwrap_err().exit_code(), 2);
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("camera.txt");
        std::fs::write(&file, "500 501 320 240").unwrap();
        assert_eq!(pixels(&["--calib", file.to_str().unwrap()]).unwrap(), Some(500.0));
        assert!(pixels(&["--calib", "/no such file"]).is_err());
        assert!(Line::try_parse_from(["x", "--focal", "1", "--calib", "f"]).is_err());
    }
}
