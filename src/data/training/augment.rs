//! [`AugmentConfig`]: what is done to a picture and its depth before the network sees them, every step with its own
//! switch.
//!
//! The order, each step drawn from its own stream ([`super::rng::Purpose`]):
//! 1. `crop`: the window of the picture that is looked at;
//! 2. `zoom` by z ≥ 1: a window z times smaller inside it; **depth is divided by z**, for the same camera sees an
//!    object z times larger when it is z times nearer;
//! 3. `rotation` of that window about its own centre, in pixels of the picture;
//! 4. `flip`: the result mirrored left to right;
//! 5. the picture is resampled **once** from the stored pixels to the network's size, the depth once to the output's
//!    size;
//! 6. `gamma`, then `brightness`, `contrast` and `saturation` in random order, each clamped to 0…1;
//! 7. `channel_permutation`.
//!
//! The defaults do nothing: then the network is shown exactly what inference shows it.

use super::crop::Crop;
use crate::error::{Error, Result};
use crate::net::config::OWN_FOCAL_RANGE;
use serde::{Deserialize, Serialize};

/// Where a zoomed part lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the middle: the principal point stays where it was.
    Center,
    /// Anywhere inside.
    #[default]
    Random,
}

/// How sparse depth (LiDAR) becomes a target of half the network's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KittiGt {
    /// Depth resized to the network's size by nearest neighbour, then rows and columns 0, 2, 4 … (reference.md 6.2).
    #[default]
    EverySecond,
    /// The nearest (smallest) valid depth of each 2×2 cell of the resized depth: about four times as many returns.
    Min2x2,
    /// The smallest valid depth of all stored pixels that fall into the cell: no return is lost however much is
    /// shrunk. Ours.
    MinCell,
}

/// Augmentation, the valid range of depth and the form of the target; flat, one leaf a key. See the head of this file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct AugmentConfig {
    /// Probability of mirroring left to right.
    pub flip: f64,
    /// Probability of drawing one of the six orders of the channels, the identity among them.
    pub channel_permutation: f64,
    /// `none`; `center fit`, `random fit`: the largest window of the network's shape; or `center WxH of CWxCH`, `random WxH
    /// of CWxCH`: a window of the picture resized to CW×CH; see [`Crop`].
    pub crop: Crop,
    /// Least and largest zoom, at least 1; drawn uniformly.
    pub zoom: [f64; 2],
    /// Where the zoomed part lies.
    pub zoom_place: Place,
    /// Largest angle in degrees, drawn uniformly to both sides; depth is not known where the picture ends.
    pub rotation: f64,
    /// v: a factor in 1 ± v, drawn uniformly.
    pub brightness: f64,
    /// v: the distance from the mean grey times a factor in 1 ± v.
    pub contrast: f64,
    /// v: the distance from each pixel's grey times a factor in 1 ± v.
    pub saturation: f64,
    /// v: values to the power of 1 ± v.
    pub gamma: f64,
    /// Measured depth below this many metres is no value.
    pub near: f64,
    /// Measured depth above this many metres is no value.
    pub far: f64,
    /// The target of sparse depth.
    pub kitti_gt: KittiGt,
    /// f₀ in pixels: depth is multiplied by f₀ / f, with f the focal length after resizing and zooming, so that
    /// cameras of different focal lengths teach one scale; it goes into the weights' metadata, and inference multiplies by
    /// f / f₀. 0 leaves depth as it was measured.
    pub canonical_focal: f64,
    /// f of all frames as a share of their longer side, for data of one camera: inference then takes every picture to be that
    /// camera's. 0: each frame has its own, and those whose camera nobody knows are refused.
    pub own_focal: f64,
}

impl Default for AugmentConfig {
    /// Nothing is changed; depth of 1 mm to 1 km counts.
    fn default() -> Self {
        Self {
            flip: 0.0,
            channel_permutation: 0.0,
            crop: Crop::None,
            zoom: [1.0, 1.0],
            zoom_place: Place::Random,
            rotation: 0.0,
            brightness: 0.0,
            contrast: 0.0,
            saturation: 0.0,
            gamma: 0.0,
            near: 1e-3,
            far: 1e3,
            kitti_gt: KittiGt::EverySecond,
            canonical_focal: 0.0,
            own_focal: 0.0,
        }
    }
}

impl AugmentConfig {
    /// What is usual for rooms: flip ½ and channel permutation ¼ (reference.md 6.2).
    pub fn paper() -> Self {
        Self { flip: 0.5, channel_permutation: 0.25, ..Self::default() }
    }

    /// Whether the ranges make sense.
    ///
    /// # Errors
    /// [`Error::Usage`], one sentence that names the key and what it may be.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(Error::Usage(format!("{name} = {value} is out of range; give a number from {low} to {high}")))
        };
        within("flip", self.flip, 0.0, 1.0)?;
        within("channel_permutation", self.channel_permutation, 0.0, 1.0)?;
        within("rotation", self.rotation, 0.0, 45.0)?;
        for (name, value) in [("brightness", self.brightness), ("contrast", self.contrast)] {
            within(name, value, 0.0, 1.0)?;
        }
        within("saturation", self.saturation, 0.0, 1.0)?;
        within("gamma", self.gamma, 0.0, 0.9)?;
        let [low, high] = self.zoom;
        if !(low >= 1.0 && low <= high && high <= 8.0) {
            return Err(Error::Usage(format!(
                "zoom = [{low}, {high}] is out of range; give two numbers from 1 to 8, the smaller one first"
            )));
        }
        if !(self.near >= 0.0 && self.near < self.far && self.far.is_finite()) {
            return Err(Error::Usage(format!(
                "near = {} and far = {} enclose no depth; give metres, near the smaller one",
                self.near, self.far
            )));
        }
        if !(self.canonical_focal >= 0.0 && self.canonical_focal.is_finite()) {
            return Err(Error::Usage(format!(
                "canonical_focal = {} is no focal length; give pixels, or 0 for none",
                self.canonical_focal
            )));
        }
        if self.own_focal != 0.0 {
            within("own_focal", self.own_focal, *OWN_FOCAL_RANGE.start(), *OWN_FOCAL_RANGE.end())?;
            if self.canonical_focal == 0.0 {
                return Err(Error::Usage(format!(
                    "own_focal = {} is nothing without canonical_focal; give both, or 0 for both",
                    self.own_focal
                )));
            }
        }
        self.crop.check()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_flat_and_comes_back_from_toml() {
        let config = AugmentConfig {
            crop: "random 513x385 of 0x385".parse().unwrap(),
            kitti_gt: KittiGt::Min2x2,
            zoom: [1.0, 1.5],
            ..AugmentConfig::paper()
        };
        let text = toml::to_string(&config).unwrap();
        assert!(!text.contains("[crop]") && text.contains("crop = \"random 513x385 of 0x385\""), "{text}");
        assert!(text.contains("kitti_gt = \"min2x2\""), "{text}");
        assert_eq!(toml::from_str::<AugmentConfig>(&text).unwrap(), config);
        assert_eq!(toml::from_str::<AugmentConfig>("").unwrap(), AugmentConfig::default());
        assert!(toml::from_str::<AugmentConfig>("flop = 1.0").is_err());
        assert!(AugmentConfig::default().check().is_ok() && config.check().is_ok());
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let bad = |key: &str, text: &str| {
            let error = toml::from_str::<AugmentConfig>(text).unwrap().check().unwrap_err();
            assert!(error.to_string().starts_with(key) && error.exit_code() == 2, "{error}");
        };
        bad("flip", "flip = 1.1");
        bad("flip", "flip = nan");
        bad("channel_permutation", "channel_permutation = -0.1");
        bad("zoom", "zoom = [0.9, 1.0]");
        bad("zoom", "zoom = [1.5, 1.2]");
        bad("zoom", "zoom = [1.0, nan]");
        bad("rotation", "rotation = 90.0");
        bad("brightness", "brightness = 1.5");
        bad("saturation", "saturation = -1.0");
        bad("gamma", "gamma = 1.0");
        bad("near", "near = 5.0\nfar = 5.0");
        bad("near", "far = inf");
        bad("canonical_focal", "canonical_focal = nan");
        bad("own_focal", "canonical_focal = 180.0\nown_focal = 518.86");
        bad("own_focal", "own_focal = 0.8");
    }
}
