//! From a network's output to depth, and from its own grid to another: each family has its own way (reference.md 4, 9.11).

use crate::data::resize::{bilinear_align_corners, bilinear_half_pixel};
use crate::depth::{DepthMap, DepthUnit};
use crate::net::config::NetworkConfig;

/// Metres in a unit of Monodepth2's depth when it was trained with stereo pairs: KITTI's baseline of 0.54 m against the
/// 0.1 of the training (reference.md 9.11).
pub const STEREO_SCALE: f32 = 5.4;

/// Nearest and farthest depth of Monodepth2, in its own unit (reference.md 9.5).
const MONODEPTH2_RANGE: [f32; 2] = [0.1, 100.0];

/// The network's output as depth at its own size. 10/clamp(y, 1, 100) for 10/metres (reference.md 6.2), metres clamped
/// to 1 mm … 80 m, relative outputs as they are; Monodepth2's sigmoid as 1/(0.01 + 9.99·y), × 5.4 where it knows metres.
pub fn to_depth(y: &[f32], width: usize, height: usize, network: &NetworkConfig, unit: DepthUnit) -> DepthMap {
    let (unit, values) = match (network, unit) {
        (NetworkConfig::Monodepth2 { monodepth2 }, _) => {
            let [near, far] = MONODEPTH2_RANGE;
            let scale = if monodepth2.stereo { STEREO_SCALE } else { 1.0 };
            let depth = |y: &f32| scale / (1.0 / far + (1.0 / near - 1.0 / far) * y);
            let unit = if monodepth2.stereo { DepthUnit::Metres } else { DepthUnit::Relative };
            (unit, y.iter().map(depth).collect())
        }
        (_, DepthUnit::TenOverMetres) => (DepthUnit::Metres, y.iter().map(|y| 10.0 / y.clamp(1.0, 100.0)).collect()),
        (_, DepthUnit::Metres) => (DepthUnit::Metres, y.iter().map(|y| y.clamp(1e-3, 80.0)).collect()),
        (_, DepthUnit::Disparity) => (DepthUnit::Relative, y.iter().map(|y| 1.0 / y.max(1e-3)).collect()),
        (_, DepthUnit::Relative) => (DepthUnit::Relative, y.to_vec()),
    };
    DepthMap::new(width, height, unit, values)
}

/// A network's depth on another grid: MSFNet and Hu et al. resize depth with aligned corners (decision A12), Monodepth2
/// resizes disparity with pixel centres at half positions (reference.md 9.11).
pub fn resized(depth: &DepthMap, network: &NetworkConfig, width: usize, height: usize) -> Vec<f32> {
    let (w, h) = (depth.width(), depth.height());
    match network {
        NetworkConfig::Msfnet(_) | NetworkConfig::Hu { .. } => {
            bilinear_align_corners(depth.values(), w, h, width, height)
        }
        NetworkConfig::Monodepth2 { .. } => {
            let disparity: Vec<f32> = depth.values().iter().map(|depth| 1.0 / depth).collect();
            let mut values = bilinear_half_pixel(&disparity, w, h, width, height);
            values.iter_mut().for_each(|value| *value = 1.0 / *value);
            values
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::config::MsfnetConfig;

    #[test]
    fn outputs_become_depth() {
        let msfnet = MsfnetConfig::default().into();
        let depth = |y: &[f32], network: &NetworkConfig, unit| to_depth(y, y.len(), 1, network, unit);
        let ten = depth(&[0.5, 1.0, 5.0, 1000.0], &msfnet, DepthUnit::TenOverMetres);
        assert_eq!((ten.values(), ten.unit()), (&[10.0, 10.0, 2.0, 0.1][..], DepthUnit::Metres));
        assert_eq!(depth(&[-1.0, 3.0, 99.0], &msfnet, DepthUnit::Metres).values(), [1e-3, 3.0, 80.0]);
        assert_eq!(depth(&[0.5], &msfnet, DepthUnit::Disparity).values(), [2.0]);

        // Reference.md 9.5: a sigmoid of 0 is 100, of 1 is 0.1, of 1/2 is 1/5.005.
        let relative = depth(&[0.0, 1.0, 0.5], &NetworkConfig::monodepth2(18, false), DepthUnit::Relative);
        assert_eq!(relative.unit(), DepthUnit::Relative);
        for (ours, expected) in relative.values().iter().zip([100.0, 0.1, 1.0 / 5.005]) {
            assert!((ours / expected - 1.0).abs() < 1e-6, "{ours} for {expected}");
        }
        let metric = depth(&[0.5], &NetworkConfig::monodepth2(18, true), DepthUnit::Metres);
        assert_eq!(metric.unit(), DepthUnit::Metres);
        assert!((metric.values()[0] / (5.4 / 5.005) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn monodepth2_resizes_disparity_and_msfnet_depth() {
        let map = DepthMap::new(2, 1, DepthUnit::Metres, vec![1.0, 4.0]);
        assert_eq!(resized(&map, &MsfnetConfig::default().into(), 3, 1), [1.0, 2.5, 4.0]);
        // Disparities 1 and 1/4; half-pixel samples at −1/6 → 0, 1/2 and 7/6 → 1: 1, 5/8, 1/4.
        let ours = resized(&map, &NetworkConfig::monodepth2(18, true), 3, 1);
        for (ours, expected) in ours.iter().zip([1.0, 1.6, 4.0]) {
            assert!((ours - expected).abs() < 1e-6, "{ours} for {expected}");
        }
    }
}
