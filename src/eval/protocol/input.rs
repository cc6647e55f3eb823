//! What of a picture the network sees under a protocol.

use super::crop::{Crop, HU, NYU, NYU_HALF, Region};
use super::rules::Shown;
use super::settings::Settings;
use crate::data::resize::pillow_bilinear;
use crate::error::{Error, Result};
use crate::frame::Frame;
use std::borrow::Cow;

/// Width and height of KITTI's benchmark crop (reference.md 7.5).
const KB: [usize; 2] = [1216, 352];

impl Settings {
    /// The picture that the network is shown.
    ///
    /// # Errors
    /// [`Error::Usage`] when the picture is not of the size that the protocol is defined on.
    pub fn prepare<'a>(&self, frame: &'a Frame) -> Result<Cow<'a, Frame>> {
        let size = [frame.width, frame.height];
        let name = self.rules.name;
        match self.rules.shown {
            Shown::Whole => Ok(Cow::Borrowed(frame)),
            Shown::HuCentre => {
                nyu_size(name, "picture", size)?;
                let small = pillow_bilinear(&frame.rgb, frame.width, frame.height, 3, NYU_HALF[0], NYU_HALF[1]);
                Ok(Cow::Owned(cut(frame, &small, NYU_HALF, &Crop::Centre.region(NYU_HALF)?)))
            }
            Shown::FcrnCentre => {
                nyu_size(name, "picture", size)?;
                let small = nearest(&frame.rgb, size, NYU_HALF);
                Ok(Cow::Owned(cut(frame, &small, NYU_HALF, &Crop::Centre.region(NYU_HALF)?)))
            }
            Shown::Kb => Ok(Cow::Owned(cut(frame, &frame.rgb, size, &kb(name, "picture", size)?))),
        }
    }

    /// The network's input size: the one a person set, else the protocol's; `None` leaves it to the network.
    pub fn network_size(&self) -> Option<[usize; 2]> {
        let own = match self.rules.shown {
            Shown::HuCentre | Shown::FcrnCentre => Some(HU),
            Shown::Whole | Shown::Kb => None,
        };
        self.size.or(own)
    }
}

/// Refuses anything but NYU's two sizes.
pub(super) fn nyu_size(protocol: &str, what: &str, size: [usize; 2]) -> Result<()> {
    if size == NYU || size == NYU_HALF {
        return Ok(());
    }
    let [width, height] = size;
    Err(Error::Usage(format!(
        "{protocol} is defined on 640x480 or 320x240 pixels and this {what} has {width}x{height}"
    )))
}

/// The lower 1216×352 of a KITTI frame, in the middle of its width.
pub(super) fn kb(protocol: &str, what: &str, [width, height]: [usize; 2]) -> Result<Region> {
    let [w, h] = KB;
    if width < w || height < h {
        return Err(Error::Usage(format!(
            "{protocol} cuts {w}x{h} pixels out of a picture and this {what} has {width}x{height}"
        )));
    }
    let left = (width - w) / 2;
    Ok(Region { rows: height - h..height, columns: left..left + w })
}

/// A part of a picture as a picture of the frame's name.
fn cut(frame: &Frame, rgb: &[u8], [width, height]: [usize; 2], region: &Region) -> Frame {
    let [w, h] = region.size();
    let mut pixels = Vec::with_capacity(3 * w * h);
    for y in region.rows.clone() {
        pixels.extend_from_slice(&rgb[3 * (y * width + region.columns.start)..][..3 * w]);
    }
    let mut part = Frame::new(frame.name.clone(), w, h, pixels);
    part.path.clone_from(&frame.path);
    part.decode = frame.decode;
    // `rgb` may be the frame resized; a cut changes no focal length.
    let resized = [width as f64 / frame.width as f64, height as f64 / frame.height as f64];
    part.focal = frame.focal.map(|focal| focal * resized[0]);
    let [whole_w, whole_h] = frame.uncut();
    part.whole = Some([whole_w * resized[0], whole_h * resized[1]]);
    part
}

/// The pixel under the centre of each new one; half the size takes the pixels 1, 3, 5 …, in MATLAB as in Pillow.
fn nearest(rgb: &[u8], [width, height]: [usize; 2], [w, h]: [usize; 2]) -> Vec<u8> {
    let at = |i: usize, from: usize, to: usize| (2 * i + 1) * from / (2 * to);
    let mut out = Vec::with_capacity(3 * w * h);
    for y in 0..h {
        let row = &rgb[3 * at(y, height, h) * width..];
        for x in 0..w {
            out.extend_from_slice(&row[3 * at(x, width, w)..][..3]);
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::protocol::{Overrides, Protocol};

    /// A frame whose red is the column and green the row, modulo 256, and whose blue tells the two halves apart.
    fn frame([width, height]: [usize; 2]) -> Frame {
        let pixel = |i: usize| {
            let (x, y) = (i % width, i / width);
            [x as u8, y as u8, (x / 256 + 16 * (y / 256)) as u8]
        };
        Frame::new("f", width, height, (0..width * height).flat_map(pixel).collect())
    }

    #[test]
    fn hu_and_fcrn_see_the_same_centre_made_small_in_two_ways() {
        let full = frame(NYU);
        let hu = Settings::published(Protocol::HuNyu).prepare(&full).unwrap().into_owned();
        let fcrn = Settings::published(Protocol::FcrnNyu).prepare(&full).unwrap().into_owned();
        assert_eq!(([hu.width, hu.height], [fcrn.width, fcrn.height]), (HU, HU));
        // Pixel 8, 6 of 320×240 is around 16.5, 12.5: a mean by Pillow's triangle, or the nearest pixel, 17, 13.
        assert_eq!(fcrn.pixel(0, 0), Some([17, 13, 0]));
        let pillow = pillow_bilinear(&full.rgb, 640, 480, 3, 320, 240);
        assert_eq!(hu.pixel(0, 0).unwrap(), pillow[3 * (6 * 320 + 8)..][..3]);
        assert_eq!(hu.pixel(303, 227).unwrap(), pillow[3 * (233 * 320 + 311)..][..3]);
        assert_ne!(hu.rgb, fcrn.rgb, "Pillow blends where red starts again at 0");
        // A picture that is half the size already is only cut.
        let half = frame(NYU_HALF);
        for protocol in [Protocol::HuNyu, Protocol::FcrnNyu] {
            let seen = Settings::published(protocol).prepare(&half).unwrap().into_owned();
            assert_eq!(seen.pixel(0, 0), half.pixel(8, 6));
        }
    }

    #[test]
    fn a_part_knows_its_camera_and_the_whole() {
        let mut full = frame(NYU);
        full.focal = Some(518.0);
        let seen = Settings::published(Protocol::HuNyu).prepare(&full).unwrap().into_owned();
        assert_eq!((seen.width, seen.focal, seen.uncut()), (304, Some(259.0), [320.0, 240.0]));
        assert_eq!(seen.longer_side(), 320.0, "of which the middle 304 columns are left");
        let turned = crate::eval::protocol::mirror::mirrored(&seen);
        assert_eq!((turned.focal, turned.whole), (seen.focal, seen.whole));
        let road = Settings::published(Protocol::BtsKitti).prepare(&frame([1242, 375])).unwrap().into_owned();
        assert_eq!((road.focal, road.uncut()), (None, [1242.0, 375.0]));
        assert_eq!(full.uncut(), [640.0, 480.0], "nothing is cut");
    }

    #[test]
    fn the_benchmark_crop_is_the_lower_middle() {
        let full = frame([1242, 375]);
        let seen = Settings::published(Protocol::BtsKitti).prepare(&full).unwrap().into_owned();
        assert_eq!([seen.width, seen.height], KB);
        assert_eq!((seen.pixel(0, 0), seen.pixel(1215, 351)), (full.pixel(13, 23), full.pixel(1228, 374)));
        let narrow = Settings::published(Protocol::BtsKitti).prepare(&frame([1200, 375])).unwrap_err();
        assert_eq!(narrow.exit_code(), 2);
        assert!(Settings::published(Protocol::MsfKitti).prepare(&full).is_ok_and(|f| f.width == 1242));
    }

    #[test]
    fn sizes() {
        assert!(Settings::published(Protocol::HuNyu).prepare(&frame([641, 480])).is_err());
        assert_eq!(Settings::published(Protocol::HuNyu).network_size(), Some(HU));
        assert_eq!(Settings::published(Protocol::MdEigen).network_size(), None);
        let asked = Overrides { size: Some([320, 224]), ..Default::default() };
        assert_eq!(Settings::new(Protocol::HuNyu, &asked).unwrap().network_size(), Some([320, 224]));
    }
}
