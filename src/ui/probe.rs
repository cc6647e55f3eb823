//! The probe: what every view holds at one point, read from the arrays themselves (invariant 9).

use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
use crate::figure::error_mode::ErrorMode;
use crate::frame::Frame;
use crate::infer::prediction::{ModelOutput, Prediction};
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
    /// The ground truth's pixel under the cursor; in a sparse truth the nearest measured one as far as it is drawn.
    pub truth: Option<f32>,
    /// There is a ground truth.
    pub has_truth: bool,
    /// Column and row of the measured pixel that is read, where it is not the one under the cursor.
    pub truth_beside: Option<[usize; 2]>,
    /// Unit of the ground truth.
    pub truth_unit: DepthUnit,
    /// Main model's depth at the truth's pixel, in the truth's unit; what the error is made of.
    pub at_truth: Option<f32>,
    /// The truth that the main model's error is made of: no value where the pixel does not count.
    pub counted: Option<f32>,
    /// The same for the compared model.
    pub compare_counted: Option<f32>,
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
        mode.value(self.at_truth?, self.counted?)
    }

    /// The compared model's error in one of its readings.
    pub fn compare_error(&self, mode: ErrorMode) -> Option<f32> {
        mode.value(self.compare_at_truth?, self.compare_counted?)
    }

    /// The truth with its unit; says where there is no measurement, and which pixel is read when it is one beside.
    pub fn truth_text(&self) -> String {
        match (self.truth, self.truth_beside) {
            (None, _) if self.has_truth => "no measurement here".to_owned(),
            (Some(_), Some([x, y])) => format!("{} at {x}, {y}", depth_text(self.truth, self.truth_unit)),
            _ => depth_text(self.truth, self.truth_unit),
        }
    }

    /// The depth that the error is made of, where it is not the one that the depth view shows: it was scaled, clamped, or
    /// answered to what the protocol shows the network.
    pub fn measured_text(&self) -> Option<String> {
        other_text(self.depth, self.unit, self.at_truth.filter(|_| self.counted.is_some()), self.truth_unit)
    }

    /// The same of the compared model.
    pub fn compare_measured_text(&self) -> Option<String> {
        let measured = self.compare_at_truth.filter(|_| self.compare_counted.is_some());
        other_text(self.compare_depth, self.unit, measured, self.truth_unit)
    }

    /// Why there is no error under the cursor.
    pub fn no_error_text(&self) -> &'static str {
        match self.truth {
            None if self.has_truth => "no measurement here",
            Some(_) => "does not count",
            None => "–",
        }
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
    let spot = truth.and_then(|t| valid_near(&t.map, u * t.map.width() as f32, v * t.map.height() as f32, reach));
    let under = truth.map(|t| pixel(t.map.width(), t.map.height()));
    let (at_truth, counted) = against(main, truth, [u, v], reach);
    let (compare_at_truth, compare_counted) = against(compare, truth, [u, v], reach);
    let gate = |kind| prediction?.gate(kind)?.at(u, v);
    Some(ProbeReading {
        x,
        y,
        rgb: frame.pixel(x, y)?,
        depth: main.and_then(|m| read(&m.depth)),
        compare_depth: compare.and_then(|c| read(&c.depth)),
        unit: main.map_or(DepthUnit::Metres, |m| m.depth.unit()),
        truth: truth.zip(spot).and_then(|(t, (x, y))| t.map.at(x, y)),
        has_truth: truth.is_some(),
        truth_beside: spot.filter(|spot| Some(*spot) != under).map(|(x, y)| [x, y]),
        truth_unit: truth.map_or(DepthUnit::Metres, |t| t.map.unit()),
        at_truth,
        compare_at_truth,
        counted,
        compare_counted,
        eda: gate(GateKind::Eda),
        cbam: gate(GateKind::CbamS),
    })
}

/// An output's depth and the truth that it is measured against, on the grid that is measured on.
fn against(
    output: Option<&ModelOutput>,
    truth: Option<&Truth>,
    [u, v]: [f32; 2],
    reach: f32,
) -> (Option<f32>, Option<f32>) {
    let both = || {
        let (output, truth) = (output?, &truth?.map);
        let (counted, at_truth) = (output.counted(truth), output.at_truth.as_ref()?);
        // Depth without a scale is in metres here, too, once it was scaled.
        if counted.unit() != at_truth.unit() {
            return None;
        }
        let (x, y) = valid_near(counted, u * counted.width() as f32, v * counted.height() as f32, reach)?;
        Some((at_truth.at(x, y), counted.at(x, y)))
    };
    both().unwrap_or_default()
}

/// The pixel under a point if it is valid, else the nearest valid one whose square of `reach` pixels to each
/// side covers the point: what is drawn there.
fn valid_near(map: &DepthMap, x: f32, y: f32, reach: f32) -> Option<(usize, usize)> {
    let (cx, cy) = (x as usize, y as usize);
    if map.at(cx, cy).is_some() {
        return Some((cx, cy));
    }
    let steps = reach.clamp(0.0, 16.0).ceil() as usize;
    let mut best = None;
    let mut nearest = f32::INFINITY;
    for py in cy.saturating_sub(steps)..=cy + steps {
        for px in cx.saturating_sub(steps)..=cx + steps {
            let (dx, dy) = (px as f32 + 0.5 - x, py as f32 + 0.5 - y);
            let distance = dx * dx + dy * dy;
            let covers = dx.abs() <= reach && dy.abs() <= reach;
            if covers && distance < nearest && map.at(px, py).is_some() {
                (best, nearest) = (Some((px, py)), distance);
            }
        }
    }
    best
}

/// A measured depth that is another than the shown one: more than a hundredth away, which is what the two grids make of the
/// same prediction, or in another unit.
fn other_text(shown: Option<f32>, unit: DepthUnit, measured: Option<f32>, truth_unit: DepthUnit) -> Option<String> {
    let measured = measured?;
    let same = |shown: f32| unit == truth_unit && (shown - measured).abs() <= 0.01 * measured.abs();
    (!shown.is_some_and(same)).then(|| depth_text(Some(measured), truth_unit))
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
    fn a_measured_depth_stands_beside_the_shown_one_where_they_differ() {
        let mut r = probe(&example(), 0.4, 0.6).unwrap();
        (r.depth, r.at_truth, r.counted) = (Some(1.912), Some(1.908), Some(1.76));
        assert_eq!(r.measured_text(), None, "the same prediction on two grids");
        (r.at_truth, r.compare_depth, r.compare_at_truth) = (Some(1.757), Some(2.0), Some(2.5));
        assert_eq!(r.measured_text().as_deref(), Some("1.76 m"));
        assert_eq!(r.compare_measured_text().as_deref(), Some("2.50 m").filter(|_| r.compare_counted.is_some()));
        r.unit = DepthUnit::Relative;
        r.at_truth = Some(1.912);
        assert_eq!(r.measured_text().as_deref(), Some("1.91 m"), "one has no scale");
        r.counted = None;
        assert_eq!(r.measured_text(), None, "nothing was measured here");
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
