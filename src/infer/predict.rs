//! One frame through one or two models, with metrics where there is ground truth: what window and command line share.

use super::measure::measure;
use super::model::Model;
use super::prediction::{ModelOutput, Prediction};
use crate::data::truth::Truth;
use crate::error::Result;
use crate::eval::protocol::MeasureSettings;
use crate::frame::Frame;
use std::sync::Arc;

/// Settings of a run that are not the model's.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RunOptions {
    /// Network width and height; `None` chooses by the picture's shape.
    pub size: Option<[usize; 2]>,
    /// How the outputs are measured where there is ground truth.
    pub measure: MeasureSettings,
    /// Focal length along x in pixels of the picture, for frames that do not know their own.
    pub focal: Option<f64>,
}

/// Runs `main` and `compare` on a frame.
///
/// # Errors
/// When the size is impossible or a device fails.
pub fn predict(
    mut frame: Arc<Frame>,
    truth: Option<Arc<Truth>>,
    main: &Model,
    compare: Option<&Model>,
    options: RunOptions,
) -> Result<Prediction> {
    if frame.focal.is_none() && options.focal.is_some() {
        Arc::make_mut(&mut frame).focal = options.focal;
    }
    let one = |model: &Model| -> Result<ModelOutput> {
        let mut output = model.run(&frame, options.size)?;
        if let Some(truth) = &truth {
            measure(&mut output, Some(model), &frame, truth, &options.measure, options.size);
        }
        Ok(output)
    };
    let main = one(main)?;
    let compare = compare.map(one).transpose()?;
    Ok(Prediction { frame, truth, main, compare })
}

/// The same prediction measured by another rule. A network runs again only where the rule shows it something else than
/// the frame as it is and it has not seen that yet.
pub fn remeasure(prediction: &Prediction, [main, compare]: [Option<&Model>; 2], options: RunOptions) -> Prediction {
    let mut again = prediction.clone();
    if let Some(truth) = &prediction.truth {
        let frame = &prediction.frame;
        measure(&mut again.main, main, frame, truth, &options.measure, options.size);
        if let Some(output) = &mut again.compare {
            measure(output, compare, frame, truth, &options.measure, options.size);
        }
    }
    again
}
