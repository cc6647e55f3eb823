//! [`MeasureSettings`]: how the picture on the screen, or one of `infer`, is measured. Plain data that a window keeps.

use super::crop::Crop;
use super::rules::{Protocol, ValidTruth};
use super::scaling::Scaling;
use super::settings::{Overrides, Settings};
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// A protocol, or none, and what is to be otherwise than it says.
///
/// Without a protocol every pixel with ground truth counts, nothing is capped and nothing scaled, unless asked for here.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MeasureSettings {
    /// The published way of measuring; `None` takes the full image.
    pub protocol: Option<Protocol>,
    /// Another crop.
    pub crop: Option<Crop>,
    /// Another largest depth, in metres.
    pub cap: Option<f32>,
    /// Another scaling.
    pub scaling: Option<Scaling>,
}

impl MeasureSettings {
    /// As a protocol has it; `None` is the full image.
    pub fn of(protocol: Option<Protocol>) -> Self {
        Self { protocol, ..Self::default() }
    }

    /// The protocol with what was changed about it, `size` being the network's input if a person set that; `None` without
    /// a protocol.
    ///
    /// # Errors
    /// As [`Settings::new`].
    pub fn settings(&self, size: Option<[usize; 2]>) -> Result<Option<Settings>> {
        let Some(protocol) = self.protocol else { return Ok(None) };
        let overrides = Overrides { crop: self.crop, cap: self.cap, scaling: self.scaling, flip: None, size };
        Settings::new(protocol, &overrides).map(Some)
    }

    /// The crop in force.
    pub fn crop_in_force(&self) -> Crop {
        match (self.crop, self.protocol.map(|protocol| protocol.rules().crop)) {
            // What Hu et al. show the network has nothing around it.
            (Some(Crop::None), Some(Crop::Centre)) | (None, Some(Crop::Centre)) => Crop::Centre,
            (Some(crop), _) | (None, Some(crop)) => crop,
            (None, None) => Crop::None,
        }
    }

    /// The largest depth in force, in metres; `None` without one.
    pub fn cap_in_force(&self) -> Option<f32> {
        self.cap.or_else(|| self.protocol?.rules().cap())
    }

    /// Which depths of the ground truth count without a protocol, ends exclusive.
    ///
    /// # Errors
    /// [`Error::Usage`] for a cap that is no positive length.
    pub fn valid_truth(&self) -> Result<ValidTruth> {
        match self.cap {
            None => Ok(ValidTruth::Measured),
            Some(cap) if cap.is_finite() && cap > NEAREST => Ok(ValidTruth::Between(0.0, cap)),
            Some(cap) => {
                Err(Error::Usage(format!("--cap {cap} is no distance beyond {NEAREST} m; give metres, such as 50")))
            }
        }
    }

    /// Refuses a cap that is no length, before anything is computed.
    ///
    /// # Errors
    /// [`Error::Usage`], as [`Settings::new`] and [`MeasureSettings::valid_truth`] do.
    pub fn check(&self) -> Result<()> {
        if self.protocol.is_some() { self.settings(None).map(drop) } else { self.valid_truth().map(drop) }
    }

    /// How a model is scaled without a protocol. `metres_by_baseline` as in [`Settings::scaling_of`].
    ///
    /// # Errors
    /// [`Error::Usage`] as there: for depth without a scale that nothing brings to metres, and for a foreign baseline.
    pub fn scaling_of(&self, model: &str, unit: DepthUnit, metres_by_baseline: bool) -> Result<Scaling> {
        let metric = matches!(unit, DepthUnit::Metres | DepthUnit::TenOverMetres);
        match self.scaling.unwrap_or(Scaling::None) {
            Scaling::None if !metric => Err(Error::Usage(format!(
                "the scale of {model}'s depth is unknown; choose median or lsq scaling to measure"
            ))),
            Scaling::Stereo if metric && metres_by_baseline => Ok(Scaling::None),
            Scaling::Stereo if metric => Err(Error::Usage(format!(
                "{model} gives metres and was not trained with Monodepth2's stereo baseline; leave stereo scaling away"
            ))),
            scaling => Ok(scaling),
        }
    }
}

/// A prediction is clamped between this and the cap, in metres, as the published protocols do.
pub const NEAREST: f32 = 1e-3;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_for_is_the_full_image() {
        let plain = MeasureSettings::default();
        assert!(plain.settings(None).unwrap().is_none());
        assert_eq!((plain.crop_in_force(), plain.cap_in_force()), (Crop::None, None));
        assert_eq!(plain.valid_truth().unwrap(), ValidTruth::Measured);
        assert_eq!(plain.scaling_of("m", DepthUnit::TenOverMetres, false).unwrap(), Scaling::None);
        assert!(plain.scaling_of("m", DepthUnit::Relative, false).unwrap_err().to_string().contains("median"));
        let stereo = MeasureSettings { scaling: Some(Scaling::Stereo), ..plain };
        assert_eq!(stereo.scaling_of("m", DepthUnit::Relative, false).unwrap(), Scaling::Stereo);
        assert_eq!(stereo.scaling_of("m", DepthUnit::Metres, true).unwrap(), Scaling::None);
        assert!(stereo.scaling_of("m", DepthUnit::Metres, false).is_err());
        for cap in [0.0, -3.0, f32::NAN, f32::INFINITY] {
            let asked = MeasureSettings { cap: Some(cap), ..plain };
            assert_eq!(asked.check().unwrap_err().exit_code(), 2, "{cap}");
            let asked = MeasureSettings { protocol: Some(Protocol::DdNyu), ..asked };
            assert_eq!(asked.check().unwrap_err().exit_code(), 2, "{cap}");
        }
    }

    #[test]
    fn what_is_in_force_is_what_the_protocol_settles_on() {
        for protocol in Protocol::ALL {
            for crop in [None, Some(Crop::None), Some(Crop::Garg)] {
                for cap in [None, Some(50.0)] {
                    let asked = MeasureSettings { crop, cap, ..MeasureSettings::of(Some(protocol)) };
                    let rules = asked.settings(None).unwrap().unwrap().rules;
                    assert_eq!((asked.crop_in_force(), asked.cap_in_force()), (rules.crop, rules.cap()), "{asked:?}");
                }
            }
        }
    }

    #[test]
    fn it_is_kept_by_the_names_of_the_command_line() {
        for protocol in Protocol::ALL {
            assert_eq!(serde_json::to_string(&protocol).unwrap(), format!("\"{protocol}\""));
        }
        for crop in [Crop::None, Crop::Garg, Crop::Eigen, Crop::NyuDd, Crop::NyuBts] {
            assert_eq!(serde_json::to_string(&crop).unwrap(), format!("\"{crop}\""));
        }
        for scaling in Scaling::ALL {
            assert_eq!(serde_json::to_string(&scaling).unwrap(), format!("\"{scaling}\""));
        }
        let asked = MeasureSettings {
            protocol: Some(Protocol::MdEigen),
            crop: Some(Crop::NyuDd),
            cap: Some(50.0),
            scaling: Some(Scaling::LeastSquares),
        };
        let text = toml::to_string(&asked).unwrap();
        assert_eq!(toml::from_str::<MeasureSettings>(&text).unwrap(), asked);
        assert_eq!(toml::from_str::<MeasureSettings>("").unwrap(), MeasureSettings::default());
    }
}
