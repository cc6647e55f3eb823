//! Recipes by name (reference.md 6.1, 6.2) and our own.

use super::config::{NormMode, OptimizerKind, ScheduleKind, TrainConfig};
use crate::data::training::{Crop, Extra, Growth, KittiGt, Others, SizePlan};
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::net::config::EncoderKind;

/// A recipe.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// The name given on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    fill: fn(&mut TrainConfig),
}

/// All recipes.
pub const PRESETS: [Preset; 8] = [
    Preset {
        name: "nyu-ours",
        about: "EfficientNet-Lite0 on NYU Depth V2: AdamW, one-cycle, sizes that grow and are drawn per batch, outlines, averaged weights",
        fill: nyu_ours,
    },
    Preset {
        name: "fine-tune",
        about: "rooms or your own pictures: goes on from the shipped EDA network (or `--init`), all sizes, frozen norms, a heavier depth term",
        fill: fine_tune,
    },
    Preset { name: "kitti-ours", about: "the same on KITTI, in metres up to 80 m", fill: kitti_ours },
    Preset {
        name: "road",
        about: "streets from several cameras: fine-tunes the shipped EDA network, depth for one canonical focal length",
        fill: road,
    },
    Preset {
        name: "imported",
        about: "what trained the weights that shipped first: fixed 304x228, no averaged weights",
        fill: imported,
    },
    Preset {
        name: "paper-nyu",
        about: "what the paper states for NYU: Adam 1e-4, x 0.05 every 5 epochs, batch 16",
        fill: paper_nyu,
    },
    Preset {
        name: "paper-kitti",
        about: "what the paper states for KITTI: 385x513 crops, metres, batch 8",
        fill: paper_kitti,
    },
    Preset {
        name: "table3",
        about: "the five rows of Table III one after the other, same seed, beside the paper's numbers",
        fill: table3,
    },
];

/// The configuration of a recipe.
///
/// # Errors
/// [`Error::Usage`] that lists the names for any other.
pub fn preset(name: &str) -> Result<TrainConfig> {
    let names = || PRESETS.map(|preset| preset.name).join(", ");
    let found = PRESETS.iter().find(|preset| preset.name == name);
    let found = found.ok_or_else(|| Error::Usage(format!("there is no preset `{name}`; give one of {}", names())))?;
    let mut config = TrainConfig::default();
    (found.fill)(&mut config);
    Ok(config)
}

/// The recipe of the weights that shipped first, which were trained in PyTorch.
fn imported(config: &mut TrainConfig) {
    config.optimizer.ema = 0.0;
    (config.loss.lambda, config.loss.mu, config.loss.ssim_range) = (0.1, 0.1, 100.0);
    config.augment.flip = 0.5;
    config.augment.channel_permutation = 0.25;
}

/// Sizes with half to twice an area, so that no one size is learnt by heart, from a quarter of that at first.
fn half_to_twice([w, h]: [usize; 2], aspect: [f64; 2], extra: Option<Extra>) -> SizePlan {
    let grow = Growth { from: 0.25, until: 0.6 };
    SizePlan::Range { area: [w * h / 2, w * h * 2], aspect, multiple: 32, grow, extra }
}

/// Width over height of NYU's pictures and their neighbours.
const ROOMS: [f64; 2] = [1.2, 1.6];
/// f₀ for rooms, in pixels: what an input of 222 columns has. 10 / metres says up to 10 m there, 14 m at 320 columns and 9 m at
/// the narrowest that is drawn in the end; nothing lies behind 10 m in NYU.
const ROOM_FOCAL: f64 = 180.0;
/// Focal length of NYU's camera as a share of its pictures' longer side (reference.md 7.1: 518.86 of 640).
const NYU_FOCAL: f64 = 0.8107;

/// Longer than the imported recipe at the same cost, for its first half is small; outlines have a term of their own; sizes
/// off the multiples of 32, that they too are learnt; and metres that no size of the input changes.
fn nyu_ours(config: &mut TrainConfig) {
    imported(config);
    config.optimizer.ema = 0.998;
    let extra = Extra { sizes: Others::Multiples(2), share: 0.4 };
    config.data.sizes = half_to_twice([304, 228], ROOMS, Some(extra));
    (config.loss.edge_weight, config.schedule.epochs) = (1.0, 30);
    config.augment.zoom = [1.0, 1.15];
    (config.augment.brightness, config.augment.contrast, config.augment.saturation) = (0.15, 0.15, 0.15);
    (config.augment.canonical_focal, config.augment.own_focal) = (ROOM_FOCAL, NYU_FOCAL);
}

/// Behind nyu-ours, or from what ships, with the norms as they will be used: a batch, of one size and few pictures, has other
/// statistics than their running means. Trained so alone, a network says everything 4 % too near, and is brittle off the
/// multiples of 32. The areas have the usual sizes in their middle and reach far enough for twice of them. Off the multiples
/// everything seems farther: with a share of 0.4 of them the others came out 6 % too near.
fn fine_tune(config: &mut TrainConfig) {
    nyu_ours(config);
    config.start.init = crate::weights::catalog::DEFAULT_MODEL.into();
    let extra = Extra { sizes: Others::Multiples(2), share: 0.2 };
    let area = [21_600, 240_000];
    config.data.sizes = SizePlan::Range { area, aspect: ROOMS, multiple: 32, grow: Growth::NONE, extra: Some(extra) };
    config.start.batch_norm = NormMode::Frozen;
    (config.optimizer.encoder_rate, config.optimizer.ema) = (0.5, 0.99);
    (config.schedule.rate, config.schedule.warmup, config.schedule.epochs) = (2.5e-4, 0.1, 3);
    config.augment.zoom = [1.0, 1.0];
    config.loss.lambda = 1.0;
}

/// Metres up to 80 m at half of KITTI's size; λ = μ = 1 and an SSIM range of 80 (reference.md 5, 5.2).
fn kitti(config: &mut TrainConfig) {
    config.data.unit = DepthUnit::Metres;
    (config.augment.near, config.augment.far) = (1e-3, 80.0);
    (config.loss.lambda, config.loss.mu, config.loss.ssim_range) = (1.0, 1.0, 80.0);
}

fn kitti_ours(config: &mut TrainConfig) {
    nyu_ours(config);
    kitti(config);
    (config.augment.canonical_focal, config.augment.own_focal) = (0.0, 0.0);
    // Scans leave hardly a window that is measured throughout.
    config.loss.edge_weight = 0.0;
    config.data.sizes = half_to_twice([608, 192], [2.6, 3.6], None);
}

/// f₀ of the road recipe, in pixels. A network's input sees KITTI with a focal length of 242 pixels at 416 columns, and the widest
/// camera of `road` with 168 at 288: 80 m are then 6.6 and 9.5 m for the network, within the 0.1 to 10 m that 10/metres can
/// say and that rooms have taught it.
const ROAD_FOCAL: f64 = 20.0;

/// The shipped network goes on with nearly the rate that trained it, the encoder with half of that, and its batch norms as
/// they are: the pictures are few, and a batch of four from several cameras makes no statistics. Streets are much farther
/// than rooms, which a fifth of the rate and a weight of 0.1 of the depth itself did not teach: all beyond 30 m stood at 12.
fn road(config: &mut TrainConfig) {
    nyu_ours(config);
    config.start.init = crate::weights::catalog::DEFAULT_MODEL.into();
    (config.start.batch_norm, config.loss.edge_weight) = (NormMode::Frozen, 0.0);
    // From 416x128 to 640x192 in area, from 3:2 to KITTI's shape; windows of that shape, so that nothing is stretched.
    config.data.sizes = SizePlan::Range {
        area: [416 * 128, 640 * 192],
        aspect: [1.5, 3.4],
        multiple: 32,
        grow: Growth::NONE,
        extra: None,
    };
    config.augment.crop = Crop::Fit { random: true };
    (config.augment.canonical_focal, config.augment.own_focal) = (ROAD_FOCAL, 0.0);
    (config.augment.near, config.augment.far) = (1e-3, 80.0);
    config.augment.kitti_gt = KittiGt::MinCell;
    (config.augment.zoom, config.augment.channel_permutation) = ([1.0, 1.3], 0.0);
    (config.augment.brightness, config.augment.contrast, config.augment.saturation) = (0.2, 0.2, 0.2);
    (config.data.batch, config.data.val_protocol) = (4, "msf_kitti".into());
    // A gradient of the first steps has a norm of about 11.
    (config.optimizer.encoder_rate, config.optimizer.clip) = (0.5, 20.0);
    (config.loss.lambda, config.schedule.rate) = (1.0, 4e-4);
    // An epoch is a few dozen steps: an average over fewer of them.
    (config.optimizer.ema, config.schedule.epochs) = (0.99, 24);
}

/// Adam, rate 1e-4, decay 1e-4, × 0.05 every five epochs, twenty epochs; the last weights, not their average.
fn paper(config: &mut TrainConfig) {
    // The paper's SENet-154 does not ship: `--encoder senet154 --init FILE` takes it where its weights are at hand.
    config.network.encoder = EncoderKind::EfficientnetLite0;
    config.optimizer.optimizer = OptimizerKind::Adam;
    (config.optimizer.weight_decay, config.optimizer.ema) = (1e-4, 0.0);
    (config.schedule.rate, config.schedule.schedule) = (1e-4, ScheduleKind::Step);
    (config.schedule.step_factor, config.schedule.step_epochs, config.schedule.warmup) = (0.05, 5, 0.0);
    config.schedule.epochs = 20;
    (config.loss.lambda, config.loss.mu, config.loss.ssim_range) = (0.1, 0.1, 100.0);
    config.augment.flip = 0.5;
    config.augment.channel_permutation = 0.25;
}

fn paper_nyu(config: &mut TrainConfig) {
    paper(config);
    config.data.batch = 16;
    // 640×480 → 320×240 → the middle 304×228.
    config.augment.crop = Crop::Center { window: [304, 228], canvas: [320, 240] };
}

fn paper_kitti(config: &mut TrainConfig) {
    paper(config);
    kitti(config);
    // The height is brought to 385 rows, the width stays, and 513 columns are cut (reference.md 6.2).
    config.data.sizes = SizePlan::Fixed([513, 385]);
    config.augment.crop = Crop::Random { window: [513, 385], canvas: [0, 385] };
}

/// Reference.md 6.3 on the encoder that ships: 40 epochs at one size, each row by the recipe of the imported weights.
fn table3(config: &mut TrainConfig) {
    imported(config);
    config.schedule.epochs = 40;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_sound_and_needs_no_file_from_elsewhere() {
        for known in PRESETS {
            let config = preset(known.name).unwrap();
            config.validate().unwrap_or_else(|error| panic!("{}: {error}", known.name));
            let init = &config.start.init;
            assert!(init == "none" || crate::weights::catalog::known(init).is_some(), "{}: {init}", known.name);
        }
        assert!(preset("paper").unwrap_err().to_string().contains("paper-nyu"));
    }

    #[test]
    fn the_papers_numbers() {
        let (nyu, kitti) = (preset("paper-nyu").unwrap(), preset("paper-kitti").unwrap());
        assert_eq!((nyu.data.batch, kitti.data.batch), (16, 8));
        assert_eq!((nyu.loss.lambda, nyu.loss.mu, kitti.loss.lambda, kitti.loss.mu), (0.1, 0.1, 1.0, 1.0));
        assert_eq!((nyu.schedule.rate, nyu.optimizer.weight_decay, nyu.schedule.step_factor), (1e-4, 1e-4, 0.05));
        assert_eq!([nyu, kitti].map(|c| c.data.sizes.typical()), [[304, 228], [513, 385]]);
        let road = preset("road").unwrap();
        assert_eq!((road.model().canonical_focal, road.start.init.as_str()), (Some(20.0), "msfnet-lite0-nyu-eda"));
        assert!(road.data.sizes.sizes().iter().all(|[w, h]| w % 32 == 0 && h % 32 == 0 && w > h));
        let ours = preset("nyu-ours").unwrap();
        assert!(ours.data.sizes.sizes().contains(&[304, 228]) && ours.data.sizes.typical() == [320, 224]);
        assert_eq!((ours.optimizer.ema, ours.schedule.warmup, ours.data.batch), (0.998, 0.2, 8));
        let finish = preset("fine-tune").unwrap();
        assert_eq!((finish.start.batch_norm, finish.data.sizes.typical()), (NormMode::Frozen, [320, 224]));
        for (name, own) in
            [("nyu-ours", Some(0.8107)), ("fine-tune", Some(0.8107)), ("road", None), ("kitti-ours", None)]
        {
            assert_eq!(preset(name).unwrap().model().own_focal, own, "{name}");
        }
        assert_eq!(preset("kitti-ours").unwrap().model().canonical_focal, None);
    }
}
