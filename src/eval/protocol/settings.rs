//! A protocol as a person runs it: its own rules, what was changed about them, and the title that says so.

use super::crop::Crop;
use super::rules::{Protocol, Rules, ValidTruth};
use super::scaling::Scaling;
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a person asked for instead of what the protocol says; `None` leaves it to the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// `--crop`.
    pub crop: Option<Crop>,
    /// `--cap`: the largest depth in metres that counts and that a prediction may have.
    pub cap: Option<f32>,
    /// `--scaling`.
    pub scaling: Option<Scaling>,
    /// `--flip`: whether the mirror image is asked too.
    pub flip: Option<bool>,
    /// `--size`: the network's input, width and height.
    pub size: Option<[usize; 2]>,
}

/// A protocol with its overrides.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The rules that are in force.
    pub rules: Rules,
    /// Scaling of every model, when a person set it.
    pub scaling: Option<Scaling>,
    /// The network's input size, when a person set it.
    pub size: Option<[usize; 2]>,
    changes: Vec<String>,
}

impl Settings {
    /// The protocol with what was changed; what is asked for as the protocol has it anyway is no change.
    ///
    /// # Errors
    /// [`Error::Usage`] for a cap that is no positive length.
    pub fn new(protocol: Protocol, overrides: &Overrides) -> Result<Self> {
        let own = protocol.rules();
        let mut rules = own;
        let mut changes = Vec::new();
        if let Some(crop) = overrides.crop {
            // What Hu et al. show the network is 304×228: there is nothing around it that could count.
            let all = crop == Crop::None && own.crop == Crop::Centre;
            if crop != own.crop && !all {
                changes.push(format!("crop {crop} instead of {}", own.crop));
                rules.crop = crop;
            }
        }
        if let Some(cap) = overrides.cap.filter(|cap| Some(*cap) != own.cap()) {
            let near = own.clamp.map_or(1e-3, |[near, _]| near);
            if !(cap.is_finite() && cap > near) {
                return Err(Error::Usage(format!(
                    "--cap {cap} is no distance beyond {near} m; give metres, such as 50"
                )));
            }
            changes.push(match own.cap() {
                Some(own) => format!("cap {cap} m instead of {own} m"),
                None => format!("cap {cap} m instead of none"),
            });
            rules.clamp = Some([near, cap]);
            rules.valid = match own.valid {
                ValidTruth::Between(low, _) => ValidTruth::Between(low, cap),
                ValidTruth::Measured => ValidTruth::Between(0.0, cap),
            };
        }
        if let Some(flip) = overrides.flip.filter(|flip| *flip != own.flip) {
            changes.push(if flip { "mean with the mirror image" } else { "without the mirror image" }.to_owned());
            rules.flip = flip;
        }
        if let Some(scaling) = overrides.scaling {
            // The protocol's own depends on the model: whoever names one decides for all.
            changes.push(format!("scaling {scaling}"));
        }
        if let Some([width, height]) = overrides.size {
            changes.push(format!("network input {width}x{height}"));
        }
        Ok(Self { rules, scaling: overrides.scaling, size: overrides.size, changes })
    }

    /// A protocol as published.
    pub fn published(protocol: Protocol) -> Self {
        Self { rules: protocol.rules(), scaling: None, size: None, changes: Vec::new() }
    }

    /// What was asked for, as far as it changes anything: [`Settings::new`] of it gives the same settings.
    pub fn overrides(&self) -> Overrides {
        let (own, rules) = (self.rules.protocol.rules(), &self.rules);
        Overrides {
            crop: (rules.crop != own.crop).then_some(rules.crop),
            cap: rules.cap().filter(|cap| Some(*cap) != own.cap()),
            scaling: self.scaling,
            flip: (rules.flip != own.flip).then_some(rules.flip),
            size: self.size,
        }
    }

    /// What was changed, one phrase each; empty for a protocol as published.
    pub fn changes(&self) -> &[String] {
        &self.changes
    }

    /// `md_eigen`, or `md_eigen, changed: cap 50 m instead of 80 m`.
    pub fn title(&self) -> String {
        let name = self.rules.name;
        if self.changes.is_empty() { name.to_owned() } else { format!("{name}, changed: {}", self.changes.join(", ")) }
    }

    /// How a model is scaled: as asked, else as the protocol does with a model of that kind. `metres_by_baseline` is true
    /// for Monodepth2 trained with stereo pairs, whose metres have [`super::scaling::STEREO_FACTOR`] in them already.
    ///
    /// # Errors
    /// [`Error::Usage`] when a model without a scale would be measured as metres, and when metres would be scaled by a
    /// baseline that is not theirs.
    pub fn scaling_of(&self, model: &str, unit: DepthUnit, metres_by_baseline: bool) -> Result<Scaling> {
        let metric = matches!(unit, DepthUnit::Metres | DepthUnit::TenOverMetres);
        let protocol = if self.rules.median_for_relative && !metric { Scaling::Median } else { Scaling::None };
        match self.scaling.unwrap_or(protocol) {
            Scaling::None if !metric => Err(Error::Usage(format!(
                "{model} gives depth without a scale, which {} does not measure; add --scaling median or --scaling lsq",
                self.rules.name
            ))),
            Scaling::Stereo if metric && metres_by_baseline => Ok(Scaling::None),
            Scaling::Stereo if metric => Err(Error::Usage(format!(
                "{model} gives metres and was not trained with Monodepth2's stereo baseline; leave --scaling stereo away"
            ))),
            scaling => Ok(scaling),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_changed_stands_in_the_title() {
        let asked = Overrides {
            crop: Some(Crop::None),
            cap: Some(50.0),
            scaling: Some(Scaling::Median),
            flip: Some(true),
            size: Some([640, 192]),
        };
        let settings = Settings::new(Protocol::MdEigen, &asked).unwrap();
        assert_eq!(
            settings.title(),
            "md_eigen, changed: crop none instead of garg, cap 50 m instead of 80 m, mean with the mirror image, \
             scaling median, network input 640x192"
        );
        assert_eq!(settings.rules.valid, ValidTruth::Between(1e-3, 50.0));
        assert_eq!(settings.overrides(), asked);
        assert_eq!(settings.rules.clamp, Some([1e-3, 50.0]));
    }

    #[test]
    fn asking_for_what_is_so_anyway_changes_nothing() {
        let asked = Overrides { crop: Some(Crop::Garg), cap: Some(80.0), flip: Some(false), ..Default::default() };
        assert_eq!(Settings::new(Protocol::MdEigen, &asked).unwrap(), Settings::published(Protocol::MdEigen));
        let all = Overrides { crop: Some(Crop::None), ..Default::default() };
        assert_eq!(Settings::new(Protocol::HuNyu, &all).unwrap().title(), "hu_nyu");
        let hu = Settings::new(Protocol::HuNyu, &Overrides { cap: Some(8.0), ..Default::default() }).unwrap();
        assert_eq!((hu.rules.valid, hu.rules.clamp), (ValidTruth::Between(0.0, 8.0), Some([1e-3, 8.0])));
        for cap in [0.0, -1.0, f32::NAN, f32::INFINITY, 0.05] {
            let asked = Overrides { cap: Some(cap), ..Default::default() };
            assert_eq!(Settings::new(Protocol::DdNyu, &asked).unwrap_err().exit_code(), 2, "{cap}");
        }
    }

    #[test]
    fn models_without_a_scale_are_scaled_or_refused() {
        use DepthUnit::{Disparity, Metres, Relative, TenOverMetres};
        let md = Settings::published(Protocol::MdEigen);
        assert_eq!(md.scaling_of("m", Relative, false).unwrap(), Scaling::Median);
        assert_eq!(md.scaling_of("m", Disparity, false).unwrap(), Scaling::Median);
        assert_eq!(md.scaling_of("m", Metres, true).unwrap(), Scaling::None);
        let msf = Settings::published(Protocol::MsfKitti);
        assert_eq!(msf.scaling_of("m", TenOverMetres, false).unwrap(), Scaling::None);
        assert!(msf.scaling_of("mono", Relative, false).unwrap_err().to_string().contains("--scaling median"));
        let asked = |scaling| Overrides { scaling: Some(scaling), ..Default::default() };
        let none = Settings::new(Protocol::MdEigen, &asked(Scaling::None)).unwrap();
        assert_eq!(none.scaling_of("mono", Relative, false).unwrap_err().exit_code(), 2);
        let stereo = Settings::new(Protocol::MdEigen, &asked(Scaling::Stereo)).unwrap();
        assert_eq!(stereo.scaling_of("m", Relative, false).unwrap(), Scaling::Stereo);
        assert_eq!(stereo.scaling_of("m", Metres, true).unwrap(), Scaling::None);
        assert!(stereo.scaling_of("m", Metres, false).is_err());
    }
}
