//! [`FocalScale`]: what the focal length makes of a network's depth.
//!
//! How large a thing is in a picture depends on its distance and on the focal length alike. A network that learnt from
//! several cameras was taught depth × f₀ / f, with f the focal length in pixels at its own input; what it says is depth
//! only after it was multiplied by f / f₀. One that learnt from a single camera may be taught the same, so that a room is as
//! large at every size of its input: f is then that camera's, always.

use crate::depth::DepthMap;
use crate::frame::Frame;
use crate::net::config::ModelConfig;
use serde_json::{Value, json};

/// What is said of depth whose focal length nobody knows.
pub const UNKNOWN: &str = "scale untrusted: focal length unknown";

/// The focal length that is taken where nobody knows it, as a share of the picture's width: that of a 26 mm lens on film
/// 36 mm wide, which the main camera of a telephone resembles.
pub const ASSUMED: f64 = 26.0 / 36.0;

/// The focal lengths of one prediction of a network that asks for them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FocalScale {
    /// f₀ of the network, in pixels.
    pub canonical: f64,
    /// Focal length along x in pixels of the picture.
    pub picture: f64,
    /// The same in pixels of the network's input.
    pub net: f64,
    /// Where it comes from.
    pub source: FocalSource,
}

/// Where a focal length comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FocalSource {
    /// Somebody knew it.
    Known,
    /// It is that of the one camera which took the network's training pictures.
    Own,
    /// It is [`ASSUMED`].
    Assumed,
}

impl FocalSource {
    /// The word for it in JSON.
    pub fn json_name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Own => "own",
            Self::Assumed => "assumed",
        }
    }
}

impl FocalScale {
    /// Those of a frame at a network's input of this width; `None` for a network that knows of none.
    pub fn of(config: &ModelConfig, frame: &Frame, net_width: usize) -> Option<Self> {
        let canonical = config.canonical_focal?;
        let width = frame.width.max(1) as f64;
        let known = frame.focal.filter(|focal| focal.is_finite() && *focal > 0.0);
        let (picture, source) = match (config.own_focal, known) {
            (Some(own), _) => (frame.focal_of(own), FocalSource::Own),
            (None, Some(known)) => (known, FocalSource::Known),
            (None, None) => (ASSUMED * width, FocalSource::Assumed),
        };
        Some(Self { canonical, picture, net: picture * net_width as f64 / width, source })
    }

    /// What the network's depth is multiplied by.
    pub fn factor(&self) -> f32 {
        (self.net / self.canonical) as f32
    }

    /// Whether the scale may be trusted: nobody had to guess the focal length.
    pub fn is_trusted(&self) -> bool {
        self.source != FocalSource::Assumed
    }

    /// Why the scale is not to be trusted; `None` when it is.
    pub fn warning(&self) -> Option<String> {
        let taken = self.picture;
        (!self.is_trusted())
            .then(|| format!("{UNKNOWN}; {taken:.0} pixels of the picture were taken, as a telephone's would be"))
    }

    /// The same as fields: `canonical`, `picture`, `net` in pixels, whether it is `known`, and its `source`.
    pub fn json(&self) -> Value {
        json!({
            "canonical": self.canonical,
            "picture": self.picture,
            "net": self.net,
            "known": self.source == FocalSource::Known,
            "source": self.source.json_name(),
        })
    }
}

/// The network's depth as depth of the scene.
pub(super) fn scaled(depth: DepthMap, focal: Option<&FocalScale>) -> DepthMap {
    match focal.map(FocalScale::factor) {
        Some(factor) if factor != 1.0 => depth.scaled(factor),
        _ => depth,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::dataset::{GroundTruth, TruthSource};
    use crate::data::training::sample::output_size;
    use crate::data::training::{AugmentConfig, Key, make_sample};
    use crate::depth::DepthUnit;
    use crate::geometry::intrinsics::Intrinsics;
    use crate::net::config::MsfnetConfig;

    fn config(canonical_focal: Option<f64>) -> ModelConfig {
        let config = ModelConfig::new(MsfnetConfig::default(), DepthUnit::Metres, [64, 32]);
        ModelConfig { canonical_focal, ..config }
    }

    #[test]
    fn depth_is_multiplied_by_the_focal_length_at_the_input_over_the_canonical_one() {
        let mut frame = Frame::new("f", 100, 50, vec![0; 15_000]);
        assert_eq!(FocalScale::of(&config(None), &frame, 64), None);
        frame.focal = Some(80.0);
        let scale = FocalScale::of(&config(Some(25.6)), &frame, 64).unwrap();
        // 80 pixels of 100 are 51.2 of 64.
        assert!((scale.net - 51.2).abs() < 1e-9 && scale.factor() == 2.0 && scale.warning().is_none());
        let depth = DepthMap::new(2, 1, DepthUnit::Metres, vec![3.0, 0.0]);
        assert_eq!(scaled(depth.clone(), Some(&scale)).values(), [6.0, 0.0]);
        assert_eq!(scaled(depth.clone(), None), depth);
        for unknown in [None, Some(0.0), Some(f64::NAN)] {
            frame.focal = unknown;
            let scale = FocalScale::of(&config(Some(25.6)), &frame, 64).unwrap();
            assert!(!scale.is_trusted() && (scale.picture - 72.0).abs() < 0.5);
            assert!(scale.warning().unwrap().starts_with("scale untrusted: focal length unknown"));
        }
        // A network that learnt from one camera takes every picture as that one's; of a part of a picture, the whole's.
        let own = ModelConfig { own_focal: Some(0.8), ..config(Some(25.6)) };
        for (known, whole, factor) in [(None, None, 2.0), (Some(500.0), None, 2.0), (None, Some([150.0, 50.0]), 3.0)] {
            (frame.focal, frame.whole) = (known, whole);
            let scale = FocalScale::of(&own, &frame, 64).unwrap();
            assert!((scale.factor() - factor).abs() < 1e-6 && scale.warning().is_none());
            assert!(scale.json()["known"] == false && scale.json()["source"] == "own");
        }
        // The same camera turned: 100 pixels of its longer side are 50 across.
        let turned = Frame::new("f", 50, 100, vec![0; 15_000]);
        assert!((FocalScale::of(&own, &turned, 32).unwrap().factor() - 2.0).abs() < 1e-6);
    }

    #[test]
    fn inference_undoes_what_training_did_for_every_camera_and_size() {
        for (focal, width, net_width) in [(721.5, 124, 416), (2167.7, 193, 640), (240.0, 96, 96)] {
            let height = width / 2;
            let truth = GroundTruth {
                map: DepthMap::new(width, height, DepthUnit::Metres, vec![17.0; width * height]),
                source: TruthSource::Synthetic,
                half_resolution: false,
            };
            let mut frame = Frame::new("f", width, height, vec![90; 3 * width * height]);
            frame.focal = Some(focal);
            let camera = Intrinsics { fx: focal, fy: focal, cx: 0.0, cy: 0.0 };
            let augment = AugmentConfig { canonical_focal: 25.0, ..AugmentConfig::default() };
            let (size, key) = ([net_width, 64], Key { seed: 1, epoch: 0, number: 0 });
            let taught = make_sample(&frame, &truth, Some(&camera), size, output_size(size), &augment, key).unwrap();
            let factor = FocalScale::of(&config(Some(25.0)), &frame, net_width).unwrap().factor();
            assert!((taught.depth[0] * factor - 17.0).abs() < 1e-4, "{} × {factor}", taught.depth[0]);
        }
    }
}
