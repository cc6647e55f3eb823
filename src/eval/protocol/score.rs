//! What a network's depth is worth against a ground truth under a protocol.

use super::crop::{Crop, NYU, NYU_HALF, Region};
use super::input::{kb, nyu_size};
use super::rules::{Resample, Rules, Shown, ValidTruth};
use super::scaling::Scaling;
use super::settings::Settings;
use crate::data::dataset::GroundTruth;
use crate::data::resize::{bilinear_align_corners, bilinear_half_pixel};
use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::eval::distance::ByDistance;
use crate::eval::edges::{EdgeScore, edge_scores};
use crate::eval::sums::{Scores, Sums};
use rayon::prelude::*;

/// One model's result on one frame, and the maps that it was computed from.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Sums over the pixels that count.
    pub sums: Sums,
    /// The metrics of this frame alone.
    pub scores: Scores,
    /// How the factor was found.
    pub scaling: Scaling,
    /// What the prediction was multiplied by.
    pub factor: f32,
    /// Precision and recall of depth edges, where the protocol measures them and the ground truth is whole.
    pub edges: Option<[EdgeScore; 3]>,
    /// Error by true distance.
    pub by_distance: ByDistance,
    /// Column and row of the pixel with the largest error in proportion, on the grid of [`Scored::truth`].
    pub worst: [usize; 2],
    /// Ground truth in metres on the protocol's grid.
    pub truth: DepthMap,
    /// The prediction there, scaled and clamped, in metres; no value where the network was shown nothing.
    pub prediction: DepthMap,
    /// Which pixels count, row by row.
    pub mask: Vec<bool>,
    /// The crop on that grid.
    pub region: Region,
}

impl Settings {
    /// The ground truth that counts under the protocol, cropped or not: that of the part of the picture which a network is
    /// shown, on the grid that is measured on.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is not of the size that the protocol is defined on.
    pub fn counted_truth(&self, truth: &GroundTruth) -> Result<DepthMap> {
        let truth = grid(&self.rules, &truth.map)?;
        let part = part(&truth, &window(&self.rules, [truth.width(), truth.height()])?);
        let values = part.values().iter().zip(part.valid());
        let counts = |(g, valid): (&f32, &bool)| if *valid && within(self.rules.valid, *g) { *g } else { 0.0 };
        Ok(DepthMap::new(part.width(), part.height(), part.unit(), values.map(counts).collect()))
    }

    /// Measures `depth`, the network's depth on its own grid (metres, or depth without a scale), of the picture that
    /// [`Settings::prepare`] made, or of it and its mirror image ([`super::mirror::merged`]).
    ///
    /// # Errors
    /// [`Error::Usage`] when the ground truth is not of the size that the protocol is defined on; [`Error::Failed`] when no
    /// pixel counts or no factor can be had.
    pub fn score(&self, depth: &DepthMap, truth: &GroundTruth, scaling: Scaling) -> Result<Scored> {
        let rules = &self.rules;
        let truth = grid(rules, &truth.map)?;
        let (width, size) = (truth.width(), [truth.width(), truth.height()]);
        let window = window(rules, size)?;
        let region = rules.crop.region(size)?.and(&window);

        let mut values = vec![0f32; width * truth.height()];
        let resized = resampled(rules, depth, scaling, window.size());
        for (y, row) in window.rows.clone().zip(resized.chunks_exact(window.size()[0].max(1))) {
            values[y * width + window.columns.start..][..row.len()].copy_from_slice(row);
        }

        let counted = counted(rules, &region, &values, &truth);
        let nothing = || Error::Failed("no pixel of its ground truth counts under this protocol".into());
        if counted.iter().all(Vec::is_empty) {
            return Err(nothing());
        }
        let pixels: Vec<(f32, f32)> = match scaling {
            Scaling::None => Vec::new(),
            _ => counted.iter().flatten().map(|i| (values[*i as usize], truth.values()[*i as usize])).collect(),
        };
        let factor = scaling.factor(&pixels).ok_or_else(|| {
            Error::Failed(format!(
                "its prediction has no {scaling} factor to the ground truth: it is zero or not finite"
            ))
        })?;
        for value in &mut values {
            *value *= factor;
        }
        if let Some([near, far]) = rules.clamp {
            values.iter_mut().for_each(|value| *value = value.clamp(near, far));
        }
        blank_outside(&mut values, width, &window);

        let Tally { sums, by_distance, worst: (worst, _) } = tally(rules, &counted, &values, truth.values());
        let mut mask = vec![false; values.len()];
        for i in counted.into_iter().flatten() {
            mask[i as usize] = compares(values[i as usize]);
        }
        let worst = [worst % width, worst / width];
        let scores = sums.scores().ok_or_else(nothing)?;
        let prediction = DepthMap::new(width, truth.height(), DepthUnit::Metres, values);
        let edges = if rules.edges { edge_scores(&part(&prediction, &window), &part(&truth, &window)) } else { None };
        Ok(Scored { sums, scores, scaling, factor, edges, by_distance, worst, truth, prediction, mask, region })
    }
}

/// What the pixels of a frame come to.
struct Tally {
    sums: Sums,
    by_distance: ByDistance,
    /// The pixel with the largest error in proportion, and that error.
    worst: (usize, f32),
}

/// Pixels of the map that one thread looks at a time, in whole rows: fixed, so that the digits do not depend on the number of
/// threads.
const RUN: usize = 1 << 14;

/// The pixels that count, of one run of rows after another. Only the crop is looked at: a scan measures one pixel in twenty,
/// and none above the horizon.
fn counted(rules: &Rules, region: &Region, values: &[f32], truth: &DepthMap) -> Vec<Vec<u32>> {
    let width = truth.width();
    let rows: Vec<usize> = region.rows.clone().collect();
    let run = |rows: &[usize]| {
        let mut counted = Vec::new();
        for y in rows {
            let row = y * width + region.columns.start..y * width + region.columns.end.max(region.columns.start);
            let (valid, far) = (&truth.valid()[row.clone()], &truth.values()[row.clone()]);
            let near = values[row.clone()].iter().zip(valid.iter().zip(far)).enumerate();
            let counts = |(p, (valid, g)): (&f32, (&bool, &f32))| *valid && p.is_finite() && within(rules.valid, *g);
            // A map has at most 2³² pixels: `image` and the readers of ground truth refuse larger ones.
            counted.extend(near.filter(|(_, pixel)| counts(*pixel)).map(|(x, _)| (row.start + x) as u32));
        }
        counted
    };
    rows.par_chunks((RUN / width.max(1)).max(1)).map(run).collect()
}

/// Sums the pixels `counted`.
fn tally(rules: &Rules, counted: &[Vec<u32>], values: &[f32], truth: &[f32]) -> Tally {
    let empty = || Tally { sums: Sums::default(), by_distance: ByDistance::new(rules.distances), worst: (0, -1.0) };
    let run = |pixels: &Vec<u32>| {
        let (mut ps, mut gs) = (Vec::with_capacity(pixels.len()), Vec::with_capacity(pixels.len()));
        let mut tally = empty();
        for i in pixels.iter().map(|i| *i as usize) {
            let (p, g) = (values[i], truth[i]);
            if !compares(p) {
                continue;
            }
            ps.push(p);
            gs.push(g);
            let error = (p - g).abs() / g;
            if error > tally.worst.1 {
                tally.worst = (i, error);
            }
        }
        tally.by_distance.push_all(rules.distances, &ps, &gs);
        Tally { sums: Sums::of(&ps, &gs, rules.convention), ..tally }
    };
    let parts: Vec<Tally> = counted.par_iter().map(run).collect();
    parts.into_iter().fold(empty(), |mut all, part| {
        all.by_distance.add(&part.by_distance);
        Tally {
            sums: all.sums.plus(&part.sums),
            // The first of equals, as in one pass over them all.
            worst: if part.worst.1 > all.worst.1 { part.worst } else { all.worst },
            by_distance: all.by_distance,
        }
    })
}

/// Without a clamp a network may say zero or less, of which there is no logarithm.
fn compares(p: f32) -> bool {
    !p.is_nan() && p > 0.0
}

/// The ground truth on the grid that the protocol measures on. `hu_nyu` takes the pixels 0, 2, 4 … of a 640×480 map.
fn grid(rules: &Rules, truth: &DepthMap) -> Result<DepthMap> {
    let size = [truth.width(), truth.height()];
    if rules.protocol.is_nyu() {
        nyu_size(rules.name, "ground truth", size)?;
    }
    if rules.shown != Shown::HuCentre || size != NYU {
        return Ok(truth.clone());
    }
    let [w, h] = NYU_HALF;
    let at = |i: usize| truth.values()[2 * (i / w) * truth.width() + 2 * (i % w)];
    Ok(DepthMap::new(w, h, DepthUnit::Metres, (0..w * h).map(at).collect()))
}

/// The part of the grid that the prediction covers.
fn window(rules: &Rules, size: [usize; 2]) -> Result<Region> {
    match rules.shown {
        Shown::Whole | Shown::FcrnCentre => Crop::None.region(size),
        Shown::HuCentre => Crop::Centre.region(size),
        Shown::Kb => kb(rules.name, "ground truth", size),
    }
}

fn resampled(rules: &Rules, depth: &DepthMap, scaling: Scaling, [w, h]: [usize; 2]) -> Vec<f32> {
    let (from_w, from_h) = (depth.width(), depth.height());
    let mut values = depth.values().to_vec();
    if rules.repair {
        // Before anything blends the broken ones into their neighbours.
        repair(&mut values, rules.clamp);
    }
    if let (true, Scaling::None, Some([near, far])) = (rules.clamp_first, scaling, rules.clamp) {
        values.iter_mut().for_each(|value| *value = value.clamp(near, far));
    }
    match rules.resample {
        Resample::DepthCorners => bilinear_align_corners(&values, from_w, from_h, w, h),
        Resample::DepthCentres => bilinear_half_pixel(&values, from_w, from_h, w, h),
        Resample::DisparityCentres => {
            values.iter_mut().for_each(|value| *value = 1.0 / *value);
            let mut values = bilinear_half_pixel(&values, from_w, from_h, w, h);
            values.iter_mut().for_each(|value| *value = 1.0 / *value);
            values
        }
    }
}

fn repair(values: &mut [f32], clamp: Option<[f32; 2]>) {
    let Some([near, far]) = clamp else { return };
    for value in values {
        if value.is_nan() {
            *value = near;
        } else if value.is_infinite() {
            *value = far;
        }
    }
}

fn within(valid: ValidTruth, g: f32) -> bool {
    match valid {
        ValidTruth::Measured => true,
        ValidTruth::Between(low, high) => low < g && g < high,
    }
}

/// Clamping made a depth of what is no prediction at all.
fn blank_outside(values: &mut [f32], width: usize, window: &Region) {
    for (y, row) in values.chunks_exact_mut(width.max(1)).enumerate() {
        if window.rows.contains(&y) {
            row[..window.columns.start].fill(0.0);
            row[window.columns.end..].fill(0.0);
        } else {
            row.fill(0.0);
        }
    }
}

fn part(map: &DepthMap, region: &Region) -> DepthMap {
    let [w, h] = region.size();
    let row = |y: usize| &map.values()[y * map.width() + region.columns.start..][..w];
    DepthMap::new(w, h, map.unit(), region.rows.clone().flat_map(row).copied().collect())
}
