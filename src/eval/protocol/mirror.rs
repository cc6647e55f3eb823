//! A picture and its mirror image, each with its own prediction, as one prediction.

use super::rules::{Mirrored, Rules};
use crate::depth::DepthMap;
use crate::frame::Frame;

/// The picture with left and right exchanged.
pub fn mirrored(frame: &Frame) -> Frame {
    let mut rgb = Vec::with_capacity(frame.rgb.len());
    for row in frame.rgb.chunks_exact((3 * frame.width).max(1)) {
        for pixel in row.rchunks_exact(3) {
            rgb.extend_from_slice(pixel);
        }
    }
    let Frame { focal, whole, .. } = *frame;
    Frame { focal, whole, ..Frame::new(frame.name.clone(), frame.width, frame.height, rgb) }
}

/// One depth map of a prediction and of that of the mirror image, both as the network gave them and of one size.
///
/// Taken on the network's grid: resizing afterwards is linear and looks the same from both sides.
pub fn merged(rules: &Rules, direct: &DepthMap, mirror: &DepthMap) -> DepthMap {
    let (w, h) = (direct.width(), direct.height());
    let clip = |v: f32| match rules.clamp {
        Some([near, far]) if rules.clamp_first => v.clamp(near, far),
        _ => v,
    };
    let mut values = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            let a = clip(direct.values()[y * w + x]);
            let b = clip(mirror.values()[y * w + w - 1 - x]);
            values.push(match rules.mirrored {
                Mirrored::Mean => 0.5 * (a + b),
                Mirrored::Margins => {
                    // At the left margin the mirror image's prediction counts alone, at the right one the picture's own.
                    let [left, right] = [x, w - 1 - x].map(|x| margin(x, w));
                    let (a, b) = (1.0 / a, 1.0 / b);
                    1.0 / (right * a + left * b + (1.0 - left - right) * 0.5 * (a + b))
                }
            });
        }
    }
    DepthMap::new(w, h, direct.unit(), values)
}

/// 1 in the outer twentieth of the width, 0 from a tenth on.
fn margin(x: usize, width: usize) -> f32 {
    let along = x as f32 / (width.max(2) - 1) as f32;
    1.0 - (20.0 * (along - 0.05)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::DepthUnit;
    use crate::eval::protocol::Protocol;

    fn map(values: &[f32]) -> DepthMap {
        DepthMap::new(values.len(), 1, DepthUnit::Metres, values.to_vec())
    }

    #[test]
    fn mirrored_twice_is_the_picture() {
        let frame = Frame::new("f", 2, 2, (0..12).collect());
        let once = mirrored(&frame);
        assert_eq!(once.rgb, [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]);
        assert_eq!(mirrored(&once).rgb, frame.rgb);
    }

    #[test]
    fn depth_is_averaged_and_disparity_is_with_margins() {
        // 21 columns: 0, 0.05, 0.1 … of the width. The mirror image's prediction is 4 everywhere, the picture's 1.
        let (one, four) = (map(&[1.0; 21]), map(&[4.0; 21]));
        let mean = merged(&Protocol::BtsNyu.rules(), &one, &four);
        assert!(mean.values().iter().all(|v| *v == 2.5));
        let margins = merged(&Protocol::MdEigen.rules(), &one, &four);
        let half = 1.0 / (0.5 * (1.0 + 0.25));
        for (x, want) in [(0, 4.0), (1, 4.0), (2, half), (10, half), (18, half), (19, 1.0), (20, 1.0)] {
            assert!((margins.values()[x] - want).abs() < 1e-5, "{x}: {}", margins.values()[x]);
        }
    }

    #[test]
    fn the_mirror_images_prediction_is_turned_back_and_densedepth_clips_before() {
        let merged_by = |protocol: Protocol| merged(&protocol.rules(), &map(&[1.0, 30.0]), &map(&[10.0, 3.0]));
        assert_eq!(merged_by(Protocol::FcrnNyu).values(), [2.0, 20.0]);
        assert_eq!(merged_by(Protocol::DdNyu).values(), [2.0, 10.0]);
    }
}
