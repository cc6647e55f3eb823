//! [`Separable`]: a filter that works down the columns and across the rows, as two band matrices.
//!
//! Convolution of a one-channel map by a window is `down · map · across`: two matrix products, which every device has fast
//! and whose gradient is two more with the transposes. Windows of 3 to 11 taps on maps of a hundred lines are in the
//! noise of a training step this way, and resizing is the same thing with other matrices.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

/// One axis of a filter: row `o` of the matrix (`out`×`input`) holds the weights with which output `o` takes its inputs.
pub(super) struct Axis {
    out: usize,
    input: usize,
    weights: Vec<f64>,
}

impl Axis {
    /// `taps` moved over an axis of `input` elements in steps of `stride`; `padding` zeros stand before and after it. No
    /// output where the window does not fit.
    pub fn window(input: usize, taps: &[f64], stride: usize, padding: usize) -> Self {
        let out = (input + 2 * padding).checked_sub(taps.len()).map_or(0, |room| room / stride + 1);
        let mut weights = vec![0.0; out * input];
        for o in 0..out {
            for (k, tap) in taps.iter().enumerate() {
                let i = (o * stride + k).wrapping_sub(padding);
                if i < input {
                    weights[o * input + i] = *tap;
                }
            }
        }
        Self { out, input, weights }
    }

    /// Linear interpolation from `input` to `out` elements with the corners aligned (reference.md 2.6).
    pub fn resize(input: usize, out: usize) -> Self {
        let mut weights = vec![0.0; out * input];
        for o in 0..out {
            let at = if out > 1 { (o * (input - 1)) as f64 / (out - 1) as f64 } else { 0.0 };
            let low = (at.floor() as usize).min(input - 1);
            let share = at - low as f64;
            weights[o * input + low] += 1.0 - share;
            weights[o * input + (low + 1).min(input - 1)] += share;
        }
        Self { out, input, weights }
    }
}

/// A filter of N×H×W maps: N×H×W → N×H'×W'.
pub(super) struct Separable {
    /// 1×H'×H.
    down: Tensor<3>,
    /// 1×W×W'.
    across: Tensor<3>,
}

impl Separable {
    /// The filter for maps of the precision and on the device of `like`; `None` when no output is left.
    pub fn new(down: &Axis, across: &Axis, like: &Tensor<3>) -> Option<Self> {
        let (device, dtype) = (like.device().inner(), like.dtype());
        let any = down.out > 0 && across.out > 0;
        any.then(|| Self { down: matrix(down, &device, dtype), across: matrix(across, &device, dtype).swap_dims(1, 2) })
    }

    /// The filtered maps.
    pub fn of(&self, maps: Tensor<3>) -> Tensor<3> {
        self.down.clone().matmul(maps).matmul(self.across.clone())
    }
}

fn matrix(axis: &Axis, device: &Device, dtype: DType) -> Tensor<3> {
    Tensor::from_data(TensorData::new(axis.weights.clone(), [1, axis.out, axis.input]), (device, dtype))
}

/// Resizes N×h×w maps to `[H, W]`, bilinear with the corners aligned.
pub(super) fn resize(maps: Tensor<3>, [height, width]: [usize; 2]) -> Tensor<3> {
    let [_, h, w] = maps.dims();
    if [h, w] == [height, width] {
        return maps;
    }
    match Separable::new(&Axis::resize(h, height), &Axis::resize(w, width), &maps) {
        Some(filter) => filter.of(maps),
        None => maps,
    }
}

/// The normalised Gaussian of `k` taps around `k / 2` (11 of σ 1.5 in SSIM, reference.md 3.2).
pub(super) fn gaussian(k: usize, sigma: f64) -> Vec<f64> {
    let tap = |i: usize| (-(i as f64 - (k / 2) as f64).powi(2) / (2.0 * sigma * sigma)).exp();
    let sum: f64 = (0..k).map(tap).sum();
    (0..k).map(|i| tap(i) / sum).collect()
}

/// A pair of derivative filters: the gradient across and the gradient down of N×H×W maps.
pub(super) struct Gradient {
    x: Separable,
    y: Separable,
}

impl Gradient {
    /// The 3×3 Sobel filters of Hu et al. (reference.md 3.1: left minus right, top minus bottom) with zeros beyond the
    /// border: N×H×W → N×H×W. `None` for an empty map.
    pub fn sobel(like: &Tensor<3>) -> Option<Self> {
        Self::new(like, &[1.0, 2.0, 1.0], &[1.0, 0.0, -1.0], 1, 1)
    }

    /// Smoothing by `smooth` along one axis and differences by `difference` along the other.
    pub fn new(like: &Tensor<3>, smooth: &[f64], difference: &[f64], stride: usize, padding: usize) -> Option<Self> {
        let [_, h, w] = like.dims();
        let axis = |size, taps: &[f64]| Axis::window(size, taps, stride, padding);
        Some(Self {
            x: Separable::new(&axis(h, smooth), &axis(w, difference), like)?,
            y: Separable::new(&axis(h, difference), &axis(w, smooth), like)?,
        })
    }

    /// The gradients across and down.
    pub fn of(&self, maps: Tensor<3>) -> [Tensor<3>; 2] {
        [self.x.of(maps.clone()), self.y.of(maps)]
    }
}

/// Where a k×k window moved in steps of `stride` sees only measured pixels (those beyond the border, with `padding`, do
/// not speak against it): `mask` N×H×W of 0 and 1 → N×H'×W' of 0 and 1. `None` when no window fits.
pub(super) fn whole_windows(mask: &Tensor<3>, k: usize, stride: usize, padding: usize) -> Option<Tensor<3>> {
    let [_, h, w] = mask.dims();
    let axis = |size| Axis::window(size, &vec![1.0; k], stride, padding);
    let holes = Separable::new(&axis(h), &axis(w), mask)?.of(mask.clone() * -1.0 + 1.0);
    let whole: Tensor<3, Bool> = holes.lower_elem(0.5);
    Some(whole.float().cast(mask.dtype()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn map(values: &[f32], h: usize, w: usize) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, h, w]), &Device::flex())
    }

    fn values(tensor: Tensor<3>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    #[test]
    #[allow(clippy::excessive_precision)] // as it is printed
    fn the_gaussian_is_that_of_the_table() {
        let table = [0.00102838, 0.00759876, 0.03600077, 0.10936069, 0.21300553, 0.26601171];
        let taps = gaussian(11, 1.5);
        for (i, want) in table.into_iter().enumerate() {
            assert!((taps[i] - want).abs() < 1.5e-8 && taps[10 - i] == taps[i], "{i}: {}", taps[i]);
        }
        assert!((taps.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert_eq!(gaussian(1, 1.5), [1.0]);
    }

    #[test]
    fn sobel_is_the_correlation_with_zeros_outside() {
        let a: Vec<f32> = vec![1., 2., 4., 8., 3., 5., 7., 9., 0., 6., 2., 4.];
        let maps = map(&a, 3, 4);
        let [gx, gy] = Gradient::sobel(&maps).unwrap().of(maps).map(values);
        let at = |y: i32, x: i32| {
            let inside = (0..3).contains(&y) && (0..4).contains(&x);
            if inside { a[(y * 4 + x) as usize] } else { 0.0 }
        };
        for (y, x) in (0..12).map(|i| (i / 4, i % 4)) {
            let (mut sx, mut sy) = (0.0, 0.0);
            for (k, weight) in [(-1, 1.0), (0, 2.0), (1, 1.0)] {
                sx += weight * (at(y + k, x - 1) - at(y + k, x + 1));
                sy += weight * (at(y - 1, x + k) - at(y + 1, x + k));
            }
            assert_eq!((gx[(y * 4 + x) as usize], gy[(y * 4 + x) as usize]), (sx, sy), "{y}, {x}");
        }
    }

    #[test]
    fn resizing_is_that_of_the_table() {
        let a = map(&[1., 2., 4., 8., 3., 5., 7., 9., 0., 6., 2., 4.], 3, 4);
        let larger = values(resize(a.clone(), [5, 7]));
        assert_eq!(larger[7..14], [2.0, 2.75, 3.5, 4.5, 5.5, 7.0, 8.5]);
        assert_eq!(larger[21..28], [1.5, 3.5, 5.5, 5.0, 4.5, 5.5, 6.5]);
        assert_eq!(values(resize(a.clone(), [1, 1])), [1.0]);
        assert_eq!(values(resize(map(&[3.0], 1, 1), [2, 2])), [3.0; 4]);
    }

    #[test]
    fn a_window_with_a_hole_does_not_count() {
        let mut mask = vec![1.0; 20];
        mask[0] = 0.0;
        let whole = |padding| whole_windows(&map(&mask, 4, 5), 3, 1, padding).map(values);
        assert_eq!(whole(0).unwrap(), [0., 1., 1., 1., 1., 1.]);
        let same = whole(1).unwrap();
        assert_eq!((same.len(), same.iter().sum::<f32>()), (20, 16.0));
        assert!(whole_windows(&map(&mask, 2, 10), 3, 1, 0).is_none());
    }
}
