//! A camera from a file: KITTI's calibration, or plain numbers.

use super::calibration::{Calibration, read_text};
use super::intrinsics::Intrinsics;
use crate::error::{Error, Result};
use std::path::Path;

const REMEDY: &str = "give KITTI's calib_cam_to_cam.txt, a 3x3 or 3x4 camera matrix, or one line of fx fy cx cy, in pixels of the picture";

/// Reads the left colour camera of KITTI's `calib_cam_to_cam.txt` (`P_rect_02`) or of a calibration of its object and
/// odometry sets (`P2`); or plain numbers, with spaces, commas or brackets between them: `fx fy cx cy`, or a camera
/// matrix of 3×3 or 3×4 row by row. Pixels are those of the picture that the file belongs to.
///
/// # Errors
/// When the file cannot be read, is longer than 1 MB, is neither, or its focal lengths are not positive.
pub fn read(path: &Path) -> Result<Intrinsics> {
    parse(&read_text(path)?, path)
}

fn parse(text: &str, path: &Path) -> Result<Intrinsics> {
    if text.contains(':') {
        let calibration = Calibration::parse(text, path)?;
        let Ok(p) = calibration.numbers::<12>("P2") else { return calibration.intrinsics(2) };
        return camera(path, Intrinsics::from_one_based(p[0], p[5], p[2], p[6]));
    }
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '(' | ')');
    let numbers: Result<Vec<f64>, _> = text.split(between).filter(|word| !word.is_empty()).map(str::parse).collect();
    let numbers = numbers.map_err(|_| Error::file(path, "holds something else than numbers", REMEDY))?;
    let [fx, fy, cx, cy] = match numbers[..] {
        [fx, fy, cx, cy] => [fx, fy, cx, cy],
        [fx, _, cx, _, fy, cy, _, _, _] | [fx, _, cx, _, _, fy, cy, _, _, _, _, _] => [fx, fy, cx, cy],
        _ => return Err(Error::file(path, format!("holds {} numbers, not 4, 9 or 12", numbers.len()), REMEDY)),
    };
    camera(path, Intrinsics { fx, fy, cx, cy })
}

fn camera(path: &Path, camera: Intrinsics) -> Result<Intrinsics> {
    let Intrinsics { fx, fy, cx, cy } = camera;
    if [fx, fy, cx, cy].iter().all(|number| number.is_finite()) && fx > 0.0 && fy > 0.0 {
        return Ok(camera);
    }
    Err(Error::file(path, "has no positive focal lengths", REMEDY))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Intrinsics> {
        parse(text, Path::new("camera.txt"))
    }

    #[test]
    fn kittis_files_and_plain_numbers_are_the_same_camera() {
        let plain = Intrinsics { fx: 721.5, fy: 720.0, cx: 608.5, cy: 171.8 };
        for text in [
            "721.5 720 608.5 171.8\n",
            "721.5, 720.0, 608.5, 171.8",
            "[[721.5, 0, 608.5],\n [0, 720, 171.8],\n [0, 0, 1]]",
            "721.5 0 608.5 44.8\n0 720 171.8 0.2\n0 0 1 0.003\n",
        ] {
            assert_eq!(of(text).unwrap(), plain, "{text}");
        }
        // KITTI counts pixels from 1.
        for key in ["P_rect_02", "P2"] {
            let text = format!("S_rect_02: 1242 375\n{key}: 721.5 0 609.5 44.8 0 720 172.8 0.2 0 0 1 0.003\n");
            let camera = of(&text).unwrap();
            assert!((camera.cx - 608.5).abs() < 1e-9 && (camera.fx, camera.fy) == (721.5, 720.0));
        }
    }

    #[test]
    fn anything_else_is_one_sentence() {
        for text in ["", "721.5", "a b c d", "1 2 3 4 5", "-1 2 3 4", "0 0 0 0", "inf 1 1 1", "nan 1 1 1", "P2: 1 2"] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.starts_with("camera.txt: ") && error.contains("; give"), "{text}: {error}");
        }
        assert!(read(Path::new("/no such camera")).is_err());
    }
}
