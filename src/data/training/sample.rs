//! [`make_sample`]: one picture and its depth as the network and the loss take them.

use super::augment::AugmentConfig;
use super::colour::Colour;
use super::placement::Placement;
use super::rng::Key;
use super::{resample, target};
use crate::data::dataset::GroundTruth;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::geometry::intrinsics::Intrinsics;

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// 3×H×W at the network's size, RGB in 0…1.
    pub image: Vec<f32>,
    /// h×w at the output's size in metres (times f₀ / f with a canonical focal length); 0 where there is none.
    pub depth: Vec<f32>,
}

/// Output size of a network whose output is half its input: both sides rounded up.
pub fn output_size([w, h]: [usize; 2]) -> [usize; 2] {
    [w.div_ceil(2), h.div_ceil(2)]
}

/// Makes a sample of `size` (width, height of the network) and depth of `output`; a pure function of its arguments:
/// every random
/// decision comes from `key`. The steps and their order are those of [`super::augment`]. Without augmentation the
/// image is bit
/// for bit the input that inference gives the network.
///
/// # Errors
/// One sentence when a size is empty, the picture is smaller than its crop, or a canonical focal length is asked for
/// where `camera` is `None` and `own_focal` is 0.
pub fn make_sample(
    frame: &Frame,
    truth: &GroundTruth,
    camera: Option<&Intrinsics>,
    size: [usize; 2],
    output: [usize; 2],
    config: &AugmentConfig,
    key: Key,
) -> Result<Sample> {
    if size.contains(&0) || output.contains(&0) {
        return Err(Error::Usage(format!(
            "a network of {size:?} and an output of {output:?} pixels see nothing; give positive sizes"
        )));
    }
    let picture = [frame.width, frame.height];
    let placement = Placement::draw(config, picture, size, key)?;
    let mut factor = 1.0 / placement.zoom;
    if config.canonical_focal > 0.0 {
        let own = (config.own_focal > 0.0).then(|| frame.focal_of(config.own_focal));
        let Some(focal) = own.or(camera.map(|camera| camera.fx)) else {
            let what = format!("{}: its focal length is not known, which canonical_focal asks for", frame.name);
            return Err(Error::Failed(format!("{what}; give intrinsics or own_focal, or set canonical_focal to 0")));
        };
        // The focal length of the window, whose extent has the zoom in it already.
        factor = config.canonical_focal / (focal * size[0] as f64 / placement.extent()[0]);
    }
    let rgb = resample::picture(&frame.rgb, picture, &placement, size);
    let image = Colour::draw(config, key).planes(&rgb);
    let depth = target::depth(truth, picture, &placement, size, output, config, factor);
    Ok(Sample { image, depth })
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
