//! The probe: what every view holds at one point, read from the arrays themselves (invariant 9).

use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::figure::error_mode::ErrorMode;
use crate::frame::Frame;
use crate::infer::prediction::Prediction;
use crate::net::config::GateKind;

/// The values under the cursor. What is missing has no value there, or was not computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProbeReading {
    /// Column of the frame.
    pub x: usize,
    /// Row of the frame.
    pub y: usize,
    /// The frame's bytes.
    pub rgb: [u8; 3],
    /// Main model's depth at the frame's size.
    pub depth: Option<f32>,
    /// Compared model's depth at the frame's size.
    pub compare_depth: Option<f32>,
    /// Unit of the main model's depth.
    pub unit: DepthUnit,
    /// The ground truth's nearest pixel.
    pub truth: Option<f32>,
    /// Unit of the ground truth.
    pub truth_unit: DepthUnit,
    /// Main model's depth at the truth's pixel, in the truth's unit; what the error is made of.
    pub at_truth: Option<f32>,
    /// Compared model's depth at the truth's pixel, when it has the truth's unit.
    pub compare_at_truth: Option<f32>,
    /// EDA's attention in the cell.
    pub eda: Option<f32>,
    /// CBAM-S's attention in the cell.
    pub cbam: Option<f32>,
}

impl ProbeReading {
    /// The error in one of its readings, from the same two array values that the error view draws.
    pub fn error(&self, mode: ErrorMode) -> Option<f32> {
        mode.value(self.at_truth?, self.truth?)
    }

    /// The compared model's error in one of its readings.
    pub fn compare_error(&self, mode: ErrorMode) -> Option<f32> {
        mode.value(self.compare_at_truth?, self.truth?)
    }

    /// EDA minus CBAM-S.
    pub fn difference(&self) -> Option<f32> {
        Some(self.eda? - self.cbam?)
    }
}

/// The values of a prediction at a point of the picture (both coordinates in 0…1): nearest pixels, no interpolation.
/// `None` outside the picture.
pub fn probe(prediction: &Prediction, u: f32, v: f32) -> Option<ProbeReading> {
    probe_parts(&prediction.frame, prediction.truth.as_deref(), Some(prediction), [u, v], 0.0)
}

/// [`probe`] where the prediction may be missing. In a sparse truth the nearest value within `reach` of its pixels
/// is read: as far as the view draws it.
pub fn probe_parts(
    frame: &Frame,
    truth: Option<&Truth>,
    prediction: Option<&Prediction>,
    [u, v]: [f32; 2],
    reach: f32,
) -> Option<ProbeReading> {
    if !(0.0..1.0).contains(&u) || !(0.0..1.0).contains(&v) {
        return None;
    }
    let pixel = |w: usize, h: usize| ((u * w as f32) as usize, (v * h as f32) as usize);
    let (x, y) = pixel(frame.width, frame.height);
    let read = |map: &DepthMap| {
        let (x, y) = pixel(map.width(), map.height());
        map.at(x, y)
    };
    let main = prediction.map(|p| &p.main);
    let compare = prediction.and_then(|p| p.compare.as_ref());
    // Depth without a scale is in metres here, too, once it was scaled.
    let comparable = |m: &&DepthMap| truth.is_some_and(|t| t.map.unit() == m.unit());
    let spot = truth.and_then(|t| valid_near(&t.map, u * t.map.width() as f32, v * t.map.height() as f32, reach));
    let at_spot = |map: &DepthMap| spot.and_then(|(x, y)| map.at(x, y));
    let gate = |kind| prediction?.gate(kind)?.at(u, v);
    Some(ProbeReading {
        x,
        y,
        rgb: frame.pixel(x, y)?,
        depth: main.and_then(|m| read(&m.depth)),
        compare_depth: compare.and_then(|c| read(&c.depth)),
        unit: main.map_or(DepthUnit::Metres, |m| m.depth.unit()),
        truth: truth.and_then(|t| at_spot(&t.map)),
        truth_unit: truth.map_or(DepthUnit::Metres, |t| t.map.unit()),
        at_truth: main.and_then(|m| m.at_truth.as_ref()).filter(comparable).and_then(at_spot),
        compare_at_truth: compare.and_then(|c| c.at_truth.as_ref()).filter(comparable).and_then(at_spot),
        eda: gate(GateKind::Eda),
        cbam: gate(GateKind::CbamS),
    })
}

/// The pixel under a point if it is valid, else the nearest valid one whose centre lies within `reach` pixels.
fn valid_near(map: &DepthMap, x: f32, y: f32, reach: f32) -> Option<(usize, usize)> {
    let (cx, cy) = (x as usize, y as usize);
    if map.at(cx, cy).is_some() {
        return Some((cx, cy));
    }
    let steps = reach.clamp(0.0, 16.0).ceil() as usize;
    let mut best = None;
    let mut nearest = reach * reach;
    for py in cy.saturating_sub(steps)..=cy + steps {
        for px in cx.saturating_sub(steps)..=cx + steps {
            let (dx, dy) = (px as f32 + 0.5 - x, py as f32 + 0.5 - y);
            let distance = dx * dx + dy * dy;
            if distance <= nearest && map.at(px, py).is_some() {
                (best, nearest) = (Some((px, py)), distance);
            }
        }
    }
    best
}

/// A depth with its unit: `2.37 m`, `0.412 relative`; a dash where there is none.
pub fn depth_text(value: Option<f32>, unit: DepthUnit) -> String {
    match value {
        Some(v) if unit.symbol().is_empty() => format!("{v:.3} relative"),
        Some(v) if v >= 100.0 => format!("{v:.1} {}", unit.symbol()),
        Some(v) => format!("{v:.2} {}", unit.symbol()),
        None => "–".to_owned(),
    }
}

/// An attention: `0.60`; a dash where there is none.
pub fn gate_text(value: Option<f32>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:.2}"))
}

/// A signed number with a true minus: `+0.03`.
pub fn signed_text(value: Option<f32>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:+.2}").replace('-', "−"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ui::tests::example;

    #[test]
    fn every_value_equals_its_array_at_every_pixel() {
        let p = example();
        let (w, h) = (p.frame.width, p.frame.height);
        for y in 0..h {
            for x in 0..w {
                let (u, v) = ((x as f32 + 0.5) / w as f32, (y as f32 + 0.5) / h as f32);
                let r = probe(&p, u, v).unwrap();
                assert_eq!((r.x, r.y), (x, y));
                assert_eq!(Some(r.rgb), p.frame.pixel(x, y));
                assert_eq!(r.depth, p.main.depth.at(x, y));
                assert_eq!(r.compare_depth, p.compare.as_ref().unwrap().depth.at(x, y));
                let t = &p.truth.as_ref().unwrap().map;
                let (tx, ty) = ((u * t.width() as f32) as usize, (v * t.height() as f32) as usize);
                assert_eq!(r.truth, t.at(tx, ty));
                let at = p.main.at_truth.as_ref().unwrap();
                assert_eq!(r.at_truth, t.at(tx, ty).and(at.at(tx, ty)));
                let error = t.at(tx, ty).map(|t| at.at(tx, ty).unwrap() - t);
                assert_eq!(r.error(ErrorMode::Signed), error);
                let g = p.gate(GateKind::Eda).unwrap();
                let cell = (v * g.height as f32) as usize * g.width + (u * g.width as f32) as usize;
                assert_eq!(r.eda, Some(g.values[cell]));
                let c = p.gate(GateKind::CbamS).unwrap();
                let cell = (v * c.height as f32) as usize * c.width + (u * c.width as f32) as usize;
                assert_eq!(r.cbam, Some(c.values[cell]));
            }
        }
        assert_eq!(probe(&p, 1.0, 0.5), None);
        assert_eq!(probe(&p, 0.5, -0.001), None);
        assert_eq!(probe(&p, f32::NAN, 0.5), None);
    }

    #[test]
    fn a_sparse_truth_is_read_as_far_as_it_is_drawn() {
        let mut values = vec![0.0; 25];
        values[7] = 3.0; // (2, 1)
        let map = DepthMap::new(5, 5, DepthUnit::Metres, values);
        assert_eq!(valid_near(&map, 2.5, 1.5, 0.0), Some((2, 1)));
        assert_eq!(valid_near(&map, 3.6, 1.5, 0.0), None);
        assert_eq!(valid_near(&map, 3.6, 1.5, 1.2), Some((2, 1)));
        assert_eq!(valid_near(&map, 4.9, 4.9, 1.2), None);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(depth_text(Some(2.374), DepthUnit::Metres), "2.37 m");
        assert_eq!(depth_text(None, DepthUnit::Metres), "–");
        assert_eq!(depth_text(Some(0.5), DepthUnit::Relative), "0.500 relative");
        assert_eq!(signed_text(Some(-0.031)), "−0.03");
        assert_eq!(gate_text(Some(0.6)), "0.60");
    }
}
