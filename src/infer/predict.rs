//! One frame through one or two models, with metrics where there is ground truth: what window and command line share.

use super::model::Model;
use super::prediction::{ModelOutput, Prediction};
use super::scale::resized;
use crate::data::truth::Truth;
use crate::depth::{DepthMap, DepthUnit};
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

/// Brings the network's own map straight to the truth's size, scales it if asked, and measures it. Depth of unknown
/// scale is metres only after median scaling: without it nothing is measured.
fn measure(output: &mut ModelOutput, truth: &Truth, scaling: Scaling) {
    let (raw, map) = (&output.raw, &truth.map);
    if raw.unit() != DepthUnit::Metres && scaling == Scaling::None {
        return;
    }
    let values = resized(raw, &output.info.config.network, map.width(), map.height());
    let at_truth = DepthMap::new(map.width(), map.height(), DepthUnit::Metres, values);
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::infer::prediction::{ModelInfo, Timing};
    use crate::net::config::{ModelConfig, MsfnetConfig};

    fn output(unit: DepthUnit) -> ModelOutput {
        let map = DepthMap::new(2, 2, unit, vec![1.0, 2.0, 3.0, 4.0]);
        let config = ModelConfig { network: MsfnetConfig::default().into(), unit, train_size: [304, 228] };
        let info = ModelInfo {
            name: "made up".into(),
            path: "made-up.pth".into(),
            sha256: String::new(),
            config,
            metadata: Default::default(),
            parameters: 0,
            random: Vec::new(),
            notes: Vec::new(),
        };
        ModelOutput {
            info: Arc::new(info),
            net_size: [32, 32],
            scale_trusted: true,
            raw: map.clone(),
            depth: map,
            at_truth: None,
            scale: 1.0,
            gate: None,
            metrics: None,
            timing: Timing::default(),
        }
    }

    #[test]
    fn relative_depth_is_measured_only_after_median_scaling() {
        let map = DepthMap::new(2, 2, DepthUnit::Metres, vec![2.0, 4.0, 6.0, 8.0]);
        let truth = Truth { map, path: None, label: String::new(), source: None, half_resolution: false };
        let mut plain = output(DepthUnit::Relative);
        measure(&mut plain, &truth, Scaling::None);
        assert!(plain.metrics.is_none() && plain.at_truth.is_none());
        let mut scaled = output(DepthUnit::Relative);
        measure(&mut scaled, &truth, Scaling::Median);
        assert_eq!(scaled.scale, 2.0);
        assert_eq!(scaled.at_truth.as_ref().unwrap().unit(), DepthUnit::Metres);
        assert!(scaled.metrics.unwrap().rel < 1e-12);
        let mut metric = output(DepthUnit::Metres);
        measure(&mut metric, &truth, Scaling::None);
        assert!((metric.metrics.unwrap().rel - 0.5).abs() < 1e-12);
    }
}
