//! One frame through one or two models, with metrics where there is ground truth: what window and command line share.

use super::model::Model;
use super::prediction::{ModelOutput, Prediction};
use crate::data::resize::bilinear_align_corners;
use crate::data::truth::Truth;
use crate::depth::DepthMap;
use crate::error::Result;
use crate::eval::metrics::{median_scale, metrics};
use crate::frame::Frame;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How a prediction is brought to the ground truth's scale before it is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Not at all.
    #[default]
    None,
    /// By median(truth) / median(prediction) over the valid pixels.
    Median,
}

/// Settings of a run that are not the model's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Network width and height; `None` chooses by the picture's shape.
    pub size: Option<[usize; 2]>,
    /// Scaling before measuring.
    pub scaling: Scaling,
}

/// Runs `main` and `compare` on a frame.
///
/// # Errors
/// When the size is impossible or a device fails.
pub fn predict(
    frame: Arc<Frame>,
    truth: Option<Arc<Truth>>,
    main: &Model,
    compare: Option<&Model>,
    options: RunOptions,
) -> Result<Prediction> {
    let one = |model: &Model| -> Result<ModelOutput> {
        let mut output = model.run(&frame, options.size)?;
        if let Some(truth) = &truth {
            measure(&mut output, truth, options.scaling);
        }
        Ok(output)
    };
    let main = one(main)?;
    let compare = compare.map(one).transpose()?;
    Ok(Prediction { frame, truth, main, compare })
}

/// Brings the network's own map straight to the truth's size, scales it if asked, and measures it.
fn measure(output: &mut ModelOutput, truth: &Truth, scaling: Scaling) {
    let (raw, map) = (&output.raw, &truth.map);
    let values = bilinear_align_corners(raw.values(), raw.width(), raw.height(), map.width(), map.height());
    let at_truth = DepthMap::new(map.width(), map.height(), raw.unit(), values);
    let (scale, at_truth) = match scaling {
        Scaling::None => (1.0, at_truth),
        Scaling::Median => {
            let scale = median_scale(&at_truth, map);
            (scale, at_truth.scaled(scale))
        }
    };
    output.metrics = metrics(&at_truth, map);
    output.scale = scale;
    output.at_truth = Some(at_truth);
}
