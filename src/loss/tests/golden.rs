//! The worked example of reference.md 5.4 and the lines of B.2.

use super::super::region::Region;
use super::super::{filter, gradient, hu, ssim};
use super::*;
use crate::loss::{GradientKind, LossKind};

/// The maps of 5.4: three samples of four pixels, of which two are holes.
fn example() -> Case {
    let y = [1., 2., 3., 4., 2., 2., 2., 2., 5., 1., 0., 3.].to_vec();
    let t = [1.5, 2., 2., 0., 2.1, 1.9, 2., 2., 1., 1., 4., 3.].to_vec();
    let mask = t.iter().map(|t| if *t > 0.0 { 1.0 } else { 0.0 }).collect();
    Case { mask: Some(mask), ..Case::dense([3, 1, 2, 2], y, t) }
}

#[test]
fn the_batch_loss_of_the_worked_example() {
    let wanted = [
        (BatchLoss::Sample, 1.367_228_70),
        (BatchLoss::SampleSum, 2.401_686_11),
        (BatchLoss::L1, 0.85),
        (BatchLoss::Pixel, 1.255_054_79),
        (BatchLoss::PixelMeanOne, 2.396_877_14),
        (BatchLoss::PixelBatch, 1.213_429_41),
    ];
    for dtype in [DType::F32, DType::F64] {
        for (batch_loss, want) in wanted {
            let run = example().run(&LossConfig { batch_loss, ..LossConfig::default() }, dtype);
            close(&format!("{batch_loss:?} {dtype:?}"), run.depth, want, 1e-6);
            for (got, want) in run.samples.iter().zip([0.5, 0.05, 2.0]) {
                close("L", *got, want, 1e-6);
            }
            for (got, want) in run.weights.iter().zip([0.163_416_92, 0.104_199_23, 0.732_383_85]) {
                close("w", *got, want, 1e-6);
            }
        }
    }
}

/// predn and gtn of B.2: 2×16×20 values 99u + 1, rounded to single precision.
fn dense_depth_maps() -> [Vec<f64>; 2] {
    ["predn", "gtn"].map(|name| stream(name, 640).into_iter().map(|u| f64::from((99.0 * u + 1.0) as f32)).collect())
}

const MAPS: [usize; 4] = [2, 1, 16, 20];

fn maps(values: &[f64], dtype: DType) -> Tensor<3> {
    tensor(values, MAPS, dtype).reshape([2, 16, 20])
}

#[test]
fn ssim_of_dense_depth() {
    let [y, t] = dense_depth_maps();
    for dtype in [DType::F32, DType::F64] {
        let map = ssim::ssim_map(maps(&y, dtype), maps(&t, dtype), 100.0).unwrap();
        let [first, second] = values(map.mean_dim(1).mean_dim(2))[..] else { panic!("two samples") };
        // The table was computed in single precision without centring, which costs it 7e-7 …
        close("first sample", first, 0.063_005_574_047_565_46, 1e-6);
        close("second sample", second, -0.091_304_995_119_571_69, 1e-6);
        close("both", (first + second) / 2.0, -0.014_149_714_261_293_411, 1e-6);
        // … against the same formula in double precision.
        close("first sample, exactly", first, 0.063_004_907_382_901_72, 2e-8);
        close("second sample, exactly", second, -0.091_305_036_706_565_63, 2e-8);

        let similar: Vec<f64> = y.iter().map(|y| 1.05 * y + 0.3).collect();
        let map = ssim::ssim_map(maps(&y, dtype), maps(&similar, dtype), 100.0).unwrap();
        close("similar", values(map.mean())[0], 0.997_324_228_286_743_2, 1e-6);

        let run = Case::dense(MAPS, y.clone(), t.clone()).run(&LossConfig::default(), dtype);
        close("L_SSIM", run.ssim.unwrap(), (1.0 + 0.014_149_714_261_293_411) / 2.0, 1e-6);
    }
}

#[test]
fn gradients_of_dense_depth() {
    let [y, t] = dense_depth_maps();
    let differences = maps(&y, DType::F32) - maps(&t, DType::F32);
    let region = Region::new([2, 16, 20], None);
    let [across, down] = gradient::forward(differences, &region).map(|sums| values(sums).iter().sum::<f64>());
    close("unpadded", across / (2.0 * 16.0 * 19.0) + down / (2.0 * 15.0 * 20.0), 90.419_947_252_019_75, 1e-6);
    let run = Case::dense(MAPS, y.clone(), t.clone()).run(&LossConfig::default(), DType::F32);
    close("padded", run.gradient.unwrap(), 85.339_842_892_647_72, 1e-6);

    // DenseDepth's sum, whatever MSFNet's constants are.
    let odd = LossConfig { kind: LossKind::DenseDepth, lambda: 7.0, gradient_weight: 0.0, ..LossConfig::default() };
    let run = Case::dense(MAPS, y.clone(), t.clone()).run(&odd, DType::F32);
    let l1 = y.iter().zip(&t).map(|(y, t)| (y - t).abs()).sum::<f64>() / 640.0;
    close("L1", run.depth, l1, 1e-6);
    close("total", run.total, 0.1 * l1 + 85.339_842_892_647_72 + (1.0 + 0.014_149_714_261_293_411) / 2.0, 1e-6);
}

#[test]
fn the_loss_of_hu() {
    let [y, t] =
        ["pj", "gj"].map(|name| stream(name, 30).into_iter().map(|u| f64::from((4.0 * u + 1.0) as f32)).collect());
    let case = Case::dense([1, 1, 5, 6], y, t);
    for dtype in [DType::F32, DType::F64] {
        let [y, t] = [&case.y, &case.t].map(|v| tensor(v, case.shape, dtype).reshape([1, 5, 6]));
        let parts = hu::hu_loss(y, t, &Region::new([1, 5, 6], None));
        let [x, y] = parts.gradient;
        close("depth", values(parts.depth)[0], 0.526_897_366_323_915_6, 1e-6);
        close("dx", values(x)[0], 1.288_258_096_183_506, 1e-6);
        close("dy", values(y)[0], 1.279_483_355_213_018_5, 1e-6);
        close("normal", values(parts.normal)[0], 0.444_459_375_891_906_54, 1e-6);
        let run = case.run(&LossConfig::hu(), dtype);
        close("total", run.total, 3.539_098_193_612_346_7, 1e-6);
        assert!(run.ssim.is_none() && run.auxiliary.is_none());
    }
}

#[test]
fn equation_three_is_the_weighted_sum() {
    let y = stream("eq3 y", 96).iter().map(|u| 99.0 * u + 1.0).collect();
    let t = stream("eq3 t", 96).iter().map(|u| 99.0 * u + 1.0).collect();
    let heads = vec![([2, 1, 2, 3], stream("eq3 2", 12)), ([2, 1, 6, 8], stream("eq3 3", 96))];
    let case = Case { heads, ..Case::dense([2, 1, 6, 8], y, t) };
    let config = LossConfig { edge_weight: 0.25, gradient_weight: 0.75, ssim_weight: 1.25, ..LossConfig::kitti() };
    let run = case.run(&LossConfig { mu: 0.5, lambda: 0.1, ..config.clone() }, DType::F64);
    let [g, s, a, e] = [run.gradient, run.ssim, run.auxiliary, run.edge].map(Option::unwrap);
    close("total", run.total, 0.1 * run.depth + 0.75 * g + 1.25 * s + 0.5 * a + 0.25 * e, 1e-12);

    // The heads' errors, resized by the formula of reference.md 2.6.
    let mut want = 0.0;
    for (shape, values) in &case.heads {
        let map = filter::resize(tensor(values, *shape, DType::F64).reshape([2, shape[2], shape[3]]), [6, 8]);
        let map = super::values(map);
        want += map.iter().zip(&case.t).map(|(p, t)| (p - t).abs()).sum::<f64>() / 96.0;
    }
    close("auxiliary", a, want, 1e-12);
    let without = case.run(&LossConfig { mu: 0.0, ..config.clone() }, DType::F64);
    assert!(without.auxiliary.is_none() && without.head_slopes.iter().all(Vec::is_empty));
    let sobel = case.run(&LossConfig { gradient: GradientKind::Sobel, ..config }, DType::F64);
    assert!(sobel.gradient.unwrap() > 1.5 * without.gradient.unwrap(), "Sobel's taps add up to 8, a difference's to 2");
}
