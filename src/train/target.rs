//! From a batch of the loader to tensors: pictures, and depth in the space that the network predicts (reference.md 6.2).

use crate::data::training::Batch;
use crate::depth::DepthUnit;
use crate::loss::Target;
use burn::tensor::{Device, Tensor, TensorData};

/// Nearest and farthest depth that 10/metres can say.
const TEN_RANGE: [f32; 2] = [0.1, 10.0];

/// N×3×H×W in 0…1 and the target N×1×h×w in the network's unit, with a mask unless every pixel was measured.
pub fn tensors(batch: Batch, unit: DepthUnit, device: &Device) -> (Tensor<4>, Target) {
    let ([width, height], [w, h]) = (batch.size, batch.output);
    let n = batch.names.len();
    let images = Tensor::from_data(TensorData::new(batch.images, [n, 3, height, width]), device);
    let mask = (!batch.dense).then(|| {
        let mask: Vec<f32> = batch.depth.iter().map(|depth| f32::from(u8::from(*depth > 0.0))).collect();
        Tensor::from_data(TensorData::new(mask, [n, 1, h, w]), device)
    });
    let values: Vec<f32> = batch.depth.iter().map(|depth| target(*depth, unit)).collect();
    (images, Target { values: Tensor::from_data(TensorData::new(values, [n, 1, h, w]), device), mask })
}

/// Depth in metres as the network should say it; 0, which is no measurement, stays 0.
pub fn target(depth: f32, unit: DepthUnit) -> f32 {
    let [near, far] = TEN_RANGE;
    match unit {
        _ if depth <= 0.0 => 0.0,
        DepthUnit::TenOverMetres => 10.0 / depth.clamp(near, far),
        DepthUnit::Metres | DepthUnit::Disparity | DepthUnit::Relative => depth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn depth_becomes_what_the_network_says() {
        for (metres, ten) in [(2.0, 5.0), (20.0, 1.0), (0.05, 100.0), (0.0, 0.0)] {
            assert_eq!((target(metres, DepthUnit::TenOverMetres), target(metres, DepthUnit::Metres)), (ten, metres));
        }
    }

    #[test]
    fn holes_make_a_mask_and_whole_maps_none() {
        let batch = |depth: Vec<f32>, dense| Batch {
            epoch: 0,
            number: 0,
            size: [4, 2],
            images: vec![0.5; 24],
            depth,
            dense,
            output: [2, 1],
            names: vec!["a".into()],
            replaced: Vec::new(),
            waited: Duration::ZERO,
        };
        let (images, target) = tensors(batch(vec![2.0, 0.0], false), DepthUnit::TenOverMetres, &Device::flex());
        assert_eq!((images.dims(), target.values.dims()), ([1, 3, 2, 4], [1, 1, 1, 2]));
        let host = |tensor: Tensor<4>| crate::device::to_host(tensor).unwrap_or_default();
        assert_eq!((host(target.values), target.mask.map(host)), (vec![5.0, 0.0], Some(vec![1.0, 0.0])));
        assert!(tensors(batch(vec![2.0, 1.0], true), DepthUnit::Metres, &Device::flex()).1.mask.is_none());
    }
}
