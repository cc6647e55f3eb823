//! [`Region`]: which pixels of a batch count, and the means that every loss takes over them (reference.md 5: everything is a
//! masked mean, and a sample without a pixel contributes nothing).

use super::Target;
use burn::tensor::{Bool, Tensor};

/// The measured pixels of N maps of H×W.
#[derive(Clone)]
pub(super) struct Region {
    size: [usize; 3],
    /// N×H×W of 0 and 1; `None` where every pixel counts.
    mask: Option<Tensor<3>>,
    /// Its opposite.
    holes: Option<Tensor<3, Bool>>,
    /// n_b, at least 1: [N]. `None` where it is H·W.
    counts: Option<Tensor<1>>,
    /// 1 for samples with a pixel: [N].
    used: Option<Tensor<1>>,
}

impl Region {
    /// The region of a target whose mask is above ½ where a pixel was measured.
    pub fn of(target: &Target) -> Self {
        let [n, _, h, w] = target.values.dims();
        let mask = target.mask.clone().map(|mask| {
            let measured: Tensor<4, Bool> = mask.inner().greater_elem(0.5);
            measured.float().cast(target.values.dtype()).reshape([n, h, w])
        });
        Self::new([n, h, w], mask)
    }

    /// The region where `mask` (N×H×W of 0 and 1, not recorded) is 1; everywhere without one.
    pub fn new(size: [usize; 3], mask: Option<Tensor<3>>) -> Self {
        let [n, h, w] = size;
        let counts = mask.clone().map(|mask| mask.reshape([n, h * w]).sum_dim(1).reshape([n]));
        Self {
            size,
            holes: mask.clone().map(|mask| mask.lower_elem(0.5)),
            used: counts.clone().map(|counts| counts.clamp(0.0, 1.0)),
            counts: counts.map(|counts| counts.clamp_min(1.0)),
            mask,
        }
    }

    /// N, H, W.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// N×H×W of 0 and 1; `None` where every pixel counts.
    pub fn mask(&self) -> Option<&Tensor<3>> {
        self.mask.as_ref()
    }

    /// 1 for each sample with a pixel, [N]; `None` where all have one.
    pub fn used(&self) -> Option<&Tensor<1>> {
        self.used.as_ref()
    }

    /// Zeros where nothing was measured. What stood there, NaN too, is gone, and no gradient goes to it.
    pub fn fill(&self, maps: Tensor<3>) -> Tensor<3> {
        match &self.holes {
            Some(holes) => maps.mask_fill(holes.clone(), 0.0),
            None => maps,
        }
    }

    /// Sums over each sample's pixels of finite maps: N×H×W → [N].
    pub fn sums(&self, maps: Tensor<3>) -> Tensor<1> {
        match &self.mask {
            Some(mask) => sums(maps * mask.clone()),
            None => sums(maps),
        }
    }

    /// Means over each sample's pixels; 0 for a sample without one.
    pub fn means(&self, maps: Tensor<3>) -> Tensor<1> {
        self.per_pixel(self.sums(maps))
    }

    /// Sums of samples, [N], divided by their numbers of pixels (by 1 where there is none).
    pub fn per_pixel(&self, sums: Tensor<1>) -> Tensor<1> {
        match &self.counts {
            Some(counts) => sums / counts.clone(),
            None => sums / (self.size[1] * self.size[2]).max(1) as f64,
        }
    }

    /// The mean over the samples that have a pixel: [N] → [1]; 0 when none has.
    pub fn over_samples(&self, values: Tensor<1>) -> Tensor<1> {
        mean_over(values, self.used.as_ref())
    }
}

/// The mean over the samples where `used` is 1, over all without one: [N] → [1]; 0 when there is none.
pub(super) fn mean_over(values: Tensor<1>, used: Option<&Tensor<1>>) -> Tensor<1> {
    match used {
        Some(used) => (values * used.clone()).sum() / used.clone().sum().clamp_min(1.0),
        None => values.mean(),
    }
}

/// Sums of whole maps: N×H×W → [N].
pub(super) fn sums(maps: Tensor<3>) -> Tensor<1> {
    let [n, h, w] = maps.dims();
    maps.reshape([n, h * w]).sum_dim(1).reshape([n])
}
