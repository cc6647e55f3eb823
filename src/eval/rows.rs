//! [`RowMedians`]: the baseline that knows no picture. Every row of the depth it gives is constant: the median of the
//! ground truth that other frames have in that row. A road is near below and far above, so it is hard to beat there.

use super::evaluation::Network;
use super::protocol::Settings;
use super::protocol::rules::Resample;
use super::report::ModelFacts;
use crate::data::dataset::{GroundTruth, OpenOptions, Sources};
use crate::depth::{DepthMap, DepthUnit, median};
use crate::error::{Error, Result};
use crate::frame::Frame;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Rows of the baseline's own grid, from the top to the bottom of what a protocol shows a network.
pub const ROWS: usize = 64;

/// Depth values that the medians are taken of, at most; of more, every so many columns are left out.
const VALUES: usize = 1 << 25;

/// A baseline as `eval --baseline` names it: `rows:SPEC`, with one data set or several as for a training.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline(pub Sources);

impl FromStr for Baseline {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let sources = text.strip_prefix("rows:").ok_or_else(|| {
            Error::Usage(format!("`{text}` is no baseline; give rows:SPEC, such as rows:kitti-raw:DIR"))
        })?;
        sources.parse().map(Self)
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rows:{}", self.0)
    }
}

/// Constant depth for each row; see the head of this file.
#[derive(Debug, Clone)]
pub struct RowMedians {
    facts: ModelFacts,
    depth: DepthMap,
}

impl RowMedians {
    /// The medians over all frames of the baseline's data that have ground truth; broken ones are left out. `open` says how
    /// depth is projected; frames are chosen by the baseline's own split and limit.
    ///
    /// # Errors
    /// When the data cannot be opened, the protocol does not take their ground truth, or none of it counts.
    pub fn of(baseline: &Baseline, open: &OpenOptions, settings: &Settings) -> Result<Self> {
        let data = baseline.0.open(&OpenOptions { split: None, limit: None, ..open.clone() })?;
        let frames = data.names().len();
        let mut rows = Rows::new(settings);
        let mut why = None;
        for index in 0..frames {
            match data.truth(index) {
                Ok(Some(truth)) => rows.add(&truth, frames).unwrap_or_else(|error| why = Some(error)),
                Ok(None) => {}
                Err(error) => why = Some(error),
            }
        }
        let name = format!("rows:{}", baseline.0.told());
        let (frames, depth) = rows.medians().ok_or_else(|| {
            let why = why.map_or_else(|| "no pixel of it counts".to_owned(), |error| error.to_string());
            Error::Failed(format!("{name} has no ground truth for a baseline ({why}); give other data"))
        })?;
        let bytes: Vec<u8> = depth.iter().flat_map(|value| value.to_le_bytes()).collect();
        let facts = ModelFacts {
            scaling: settings.scaling_of(&name, DepthUnit::Metres, false)?,
            name,
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            title: format!("no network: the median depth of each row over {frames} frames"),
            relative: false,
            data: None,
            random_layers: 0,
        };
        // Two columns, so that a resize has two corners to keep.
        let values = depth.iter().flat_map(|value| [*value; 2]).collect();
        Ok(Self { facts, depth: DepthMap::new(2, ROWS, DepthUnit::Metres, values) })
    }
}

impl Network for RowMedians {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn depth(&self, _: &Frame, _: Option<[usize; 2]>) -> Result<DepthMap> {
        Ok(self.depth.clone())
    }
}

/// Ground truth by relative row.
struct Rows<'a> {
    settings: &'a Settings,
    values: Vec<Vec<f32>>,
    frames: usize,
}

impl<'a> Rows<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self { settings, values: vec![Vec::new(); ROWS], frames: 0 }
    }

    /// Takes in one frame of `frames`.
    fn add(&mut self, truth: &GroundTruth, frames: usize) -> Result<()> {
        let truth = self.settings.counted_truth(truth)?;
        let (w, h) = (truth.width(), truth.height());
        let step = (truth.values().len().saturating_mul(frames)).div_ceil(VALUES).clamp(1, w.max(1));
        for y in 0..h {
            let row = relative(y, h, self.settings.rules.resample);
            let there = (0..w).step_by(step).map(|x| y * w + x).filter(|i| truth.valid()[*i]);
            self.values[row].extend(there.map(|i| truth.values()[i]));
        }
        self.frames += 1;
        Ok(())
    }

    /// Frames and the median of each row; a row where nothing was measured, such as the sky, has that of the nearest one
    /// where something was, the lower one of two.
    fn medians(mut self) -> Option<(usize, Vec<f32>)> {
        let medians: Vec<Option<f32>> = self.values.iter_mut().map(|values| median(values)).collect();
        let nearest = |row: usize| (0..ROWS).rev().filter(|i| medians[*i].is_some()).min_by_key(|i| i.abs_diff(row));
        let rows: Option<Vec<f32>> = (0..ROWS).map(|row| medians[nearest(row)?]).collect();
        Some((self.frames, rows?))
    }
}

/// The baseline's row that a row of the ground truth belongs to: the one whose resized place is nearest.
fn relative(y: usize, height: usize, resample: Resample) -> usize {
    let row = match resample {
        Resample::DepthCorners => y as f64 / (height.max(2) - 1) as f64 * (ROWS - 1) as f64 + 0.5,
        Resample::DepthCentres | Resample::DisparityCentres => (y as f64 + 0.5) / height.max(1) as f64 * ROWS as f64,
    };
    (row as usize).min(ROWS - 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::dataset::TruthSource;
    use crate::eval::protocol::{Overrides, Protocol, Scaling};

    fn truth(width: usize, rows: &[&[f32]]) -> GroundTruth {
        let values = rows.iter().flat_map(|row| row.iter().copied()).collect();
        let map = DepthMap::new(width, rows.len(), DepthUnit::Metres, values);
        GroundTruth { map, source: TruthSource::LidarX, half_resolution: false }
    }

    #[test]
    fn medians_by_hand() {
        let settings = Settings::new(Protocol::MsfKitti, &Overrides::default()).unwrap();
        let mut rows = Rows::new(&settings);
        // Two rows stand for the first and the last of 64; between them nothing is measured. 0 is no value.
        rows.add(&truth(3, &[&[0.0, 40.0, 20.0], &[5.0, 7.0, 0.0]]), 2).unwrap();
        rows.add(&truth(3, &[&[30.0, 0.0, 0.0], &[6.0, 12.0, 5.0]]), 2).unwrap();
        let (frames, medians) = rows.medians().unwrap();
        assert_eq!(frames, 2);
        // {40, 20, 30} and {5, 7, 6, 12, 5}.
        assert_eq!((medians[0], medians[ROWS - 1]), (30.0, 6.0));
        assert_eq!(medians[1..32].to_vec(), [30.0; 31]);
        assert_eq!(medians[32..63].to_vec(), [6.0; 31]);
        let mut none = Rows::new(&settings);
        none.add(&truth(1, &[&[0.0], &[0.0]]), 1).unwrap();
        assert!(none.medians().is_none());
    }

    #[test]
    fn on_frames_whose_rows_are_constant_it_is_right() {
        let settings = Settings::new(Protocol::MsfKitti, &Overrides::default()).unwrap();
        let height = 2 * ROWS - 1;
        let depth = |y: usize| 3.0 + 0.5 * (height - 1 - y) as f32;
        let lines: Vec<[f32; 5]> = (0..height).map(|y| [depth(y); 5]).collect();
        let lines: Vec<&[f32]> = lines.iter().map(|line| &line[..]).collect();
        let truth = truth(5, &lines);
        let mut rows = Rows::new(&settings);
        rows.add(&truth, 1).unwrap();
        let (_, medians) = rows.medians().unwrap();
        let values = medians.iter().flat_map(|value| [*value; 2]).collect();
        let map = DepthMap::new(2, ROWS, DepthUnit::Metres, values);
        let scored = settings.score(&map, &truth, Scaling::None).unwrap();
        // A row of its own grid is one of the truth's or the mean of two neighbours, a quarter metre off at most.
        assert!(scored.scores.rmse <= 0.25 + 1e-5, "{}", scored.scores.rmse);
        assert_eq!(relative(0, 375, Resample::DepthCentres), 0);
        assert_eq!(relative(374, 375, Resample::DisparityCentres), ROWS - 1);
        assert_eq!([0, 187, 374].map(|y| relative(y, 375, Resample::DepthCorners)), [0, 32, 63]);
    }

    #[test]
    fn it_is_a_network_like_others_and_named_without_folders() {
        let settings = Settings::new(Protocol::MsfKitti, &Overrides::default()).unwrap();
        let baseline: Baseline = "rows:synthetic:road,limit=1".parse().unwrap();
        assert_eq!(baseline.to_string(), "rows:synthetic:road,limit=1");
        let rows = RowMedians::of(&baseline, &OpenOptions::default(), &settings).unwrap();
        assert_eq!((rows.facts().name.as_str(), rows.facts().sha256.len()), ("rows:synthetic:road,limit=1", 64));
        let depth = rows.depth(&Frame::new("f", 4, 4, vec![0; 48]), None).unwrap();
        let middle = |row: usize| depth.values()[2 * row];
        assert!(middle(ROWS / 2 + 4) > 2.0 * middle(ROWS - 1), "a road is far above and near below");
        assert!("medians:synthetic:road".parse::<Baseline>().unwrap_err().to_string().contains("rows:SPEC"));
        let missing: Baseline = "rows:nyu:/nowhere".parse().unwrap();
        assert!(RowMedians::of(&missing, &OpenOptions::default(), &settings).is_err());
    }
}
