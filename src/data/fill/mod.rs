//! Levin's colorization fill: holes of a depth map take over from their surroundings along like colours (reference.md 7.2).
//!
//! Every pixel is to be a weighted mean of its neighbours, the more so the closer their grey is; a measured pixel is drawn
//! to its measurement as well. That is one sparse linear system ([`stencil`]), solved by BiCGSTAB ([`solver`]) with one
//! multigrid cycle for its approximate inverse ([`multigrid`]). Measured pixels keep their values; the solution is used in the holes.

mod multigrid;
mod solver;
mod stencil;
#[cfg(test)]
mod tests;

use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::frame::Frame;
use stencil::Stencil;

/// How strongly a measured pixel holds to its measurement, against one for its neighbours.
const ALPHA: f64 = 1.0;

/// The map with its invalid pixels filled in, guided by the picture of the same size; valid pixels are kept bit for bit.
/// A map without a valid pixel comes back as it is.
///
/// # Errors
/// When the sizes differ, or the solver does not come to an end.
pub fn fill(picture: &Frame, depth: &DepthMap) -> Result<DepthMap> {
    if (picture.width, picture.height) != (depth.width(), depth.height()) {
        return Err(Error::Failed(format!(
            "{}: the picture has {}x{} pixels and the depth map {}x{}; give them in one size",
            picture.name,
            picture.width,
            picture.height,
            depth.width(),
            depth.height()
        )));
    }
    fill_grey(&grey(picture), depth)
        .ok_or_else(|| Error::Failed(format!("{}: its depth could not be filled; leave the holes open", picture.name)))
}

/// [`fill`] by a grey picture in 0…1; `None` when the solver does not come to an end.
fn fill_grey(grey: &[f64], depth: &DepthMap) -> Option<DepthMap> {
    if depth.valid_count() == 0 || depth.valid_count() == depth.values().len() {
        return Some(depth.clone());
    }
    let solution = solve(grey, depth)?;
    let kept = depth.values().iter().zip(depth.valid()).zip(&solution);
    let values = kept.map(|((value, valid), filled)| if *valid { *value } else { *filled as f32 }).collect();
    Some(DepthMap::new(depth.width(), depth.height(), depth.unit(), values))
}

/// The solution at every pixel, measured ones too, in the map's unit.
fn solve(grey: &[f64], depth: &DepthMap) -> Option<Vec<f64>> {
    let known = |i: usize| depth.valid()[i];
    // The system is linear: dividing by the largest depth first, as the reference does, changes nothing but the unit.
    let right: Vec<f64> =
        depth.values().iter().enumerate().map(|(i, d)| if known(i) { ALPHA * f64::from(*d) } else { 0.0 }).collect();
    let system = Stencil::new(grey, depth.width(), depth.height(), |i| if known(i) { ALPHA } else { 0.0 });
    solver::solve(system, right, solver::first_guess(depth))
}

/// Grey in 0…1 by MATLAB's `rgb2gray`.
fn grey(picture: &Frame) -> Vec<f64> {
    let weigh = |p: &[u8; 3]| 0.298936 * f64::from(p[0]) + 0.587043 * f64::from(p[1]) + 0.114021 * f64::from(p[2]);
    picture.rgb.as_chunks::<3>().0.iter().map(|p| weigh(p) / 255.0).collect()
}
