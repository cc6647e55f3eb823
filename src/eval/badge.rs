//! [`Badge`]: the rule under which a number was made, in one line. The window shows it, and every export carries it.

use super::protocol::{Crop, Scaling, Scored, Settings};
use crate::data::truth::Truth;
use serde_json::{Value, json};

/// Ground truth, protocol, crop, cap, scaling with its factor, and pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Badge {
    /// What the ground truth is.
    pub source: String,
    /// The protocol's name; `None` for the full image.
    pub protocol: Option<&'static str>,
    /// What was changed about the protocol, one phrase each.
    pub changes: Vec<String>,
    /// The crop in force.
    pub crop: Crop,
    /// The largest depth in force, in metres.
    pub cap: Option<f32>,
    /// The scaling in force.
    pub scaling: Scaling,
    /// What the prediction was multiplied by.
    pub factor: f32,
    /// Pixels that count.
    pub pixels: usize,
    /// Sparse points are drawn so many pixels wide, for the eye only; 1 as they are.
    pub points: u8,
}

impl Badge {
    /// The badge of a frame under a protocol; `source` is what the ground truth is.
    pub fn of_scored(scored: &Scored, settings: &Settings, scaling: Scaling, source: &str) -> Self {
        Self {
            source: source.to_owned(),
            protocol: Some(settings.rules.name),
            changes: settings.changes().to_vec(),
            crop: settings.rules.crop,
            cap: settings.rules.cap(),
            scaling,
            factor: scored.factor,
            pixels: scored.sums.pixels as usize,
            points: 1,
        }
    }

    /// With points drawn larger, when that is so.
    #[must_use]
    pub fn with_points(mut self, points: u8) -> Self {
        self.points = points.max(1);
        self
    }

    /// One line: `md_eigen · LiDAR, camera z · garg crop · 80 m · median ×5.41 · 4,512 px`.
    pub fn text(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if let Some(name) = self.protocol {
            parts.push(if self.changes.is_empty() { name.to_owned() } else { format!("{name}, changed") });
        }
        parts.push(self.source.clone());
        parts.extend([crop_text(self.crop), cap_text(self.cap), self.scaling_text()]);
        parts.push(format!("{} px", grouped(self.pixels)));
        parts.extend(self.points_text());
        parts.join(" · ")
    }

    /// The line with every change spelled out.
    pub fn long(&self) -> String {
        if self.changes.is_empty() { self.text() } else { format!("{} ({})", self.text(), self.changes.join(", ")) }
    }

    /// `median ×5.41`, `no scaling`.
    pub fn scaling_text(&self) -> String {
        scaling_text(self.scaling, self.factor)
    }

    /// `points drawn 5 px wide, for the eye only`; `None` when they are drawn as they are.
    pub fn points_text(&self) -> Option<String> {
        (self.points > 1).then(|| format!("points drawn {} px wide, for the eye only", self.points))
    }

    /// The same as fields: `truth_source`, `protocol`, `changes`, `crop`, `cap`, `scaling`, `factor`, `pixels`, and the line.
    pub fn json(&self) -> Value {
        json!({
            "truth_source": self.source,
            "protocol": self.protocol,
            "changes": self.changes,
            "crop": self.crop.to_string(),
            "cap": self.cap,
            "scaling": self.scaling.to_string(),
            "factor": self.factor,
            "pixels": self.pixels,
            "badge": self.text(),
        })
    }
}

/// What a ground truth is: what its data set says, else its label; a file's name says nothing of its making.
pub fn source_text(truth: &Truth) -> String {
    let of_file = truth.path.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
    match truth.source {
        Some(source) => source.title().to_owned(),
        None if truth.label.is_empty() || of_file.is_some_and(|name| name == truth.label) => "depth file".to_owned(),
        None => truth.label.clone(),
    }
}

/// `garg crop`, `full image`.
pub fn crop_text(crop: Crop) -> String {
    match crop {
        Crop::None => "full image".to_owned(),
        Crop::Centre => "centre 304×228".to_owned(),
        crop => format!("{crop} crop"),
    }
}

/// `80 m`, `no cap`.
pub fn cap_text(cap: Option<f32>) -> String {
    cap.map_or_else(|| "no cap".to_owned(), |cap| format!("{cap} m"))
}

/// `median ×5.41`, `no scaling`.
pub fn scaling_text(scaling: Scaling, factor: f32) -> String {
    let name = match scaling {
        Scaling::None => return "no scaling".to_owned(),
        Scaling::Median => "median",
        Scaling::LeastSquares => "least squares",
        Scaling::Stereo => "stereo",
    };
    if factor >= 1.0 { format!("{name} ×{factor:.2}") } else { format!("{name} ×{factor:.3}") }
}

/// A number in groups of three digits: `4,512`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::dataset::TruthSource;
    use crate::depth::{DepthMap, DepthUnit};
    use std::path::PathBuf;

    #[test]
    fn one_line_says_it_all() {
        let plain = Badge {
            source: "LiDAR, camera z".to_owned(),
            protocol: None,
            changes: Vec::new(),
            crop: Crop::Garg,
            cap: Some(80.0),
            scaling: Scaling::Median,
            factor: 5.408,
            pixels: 4512,
            points: 1,
        };
        assert_eq!(plain.text(), "LiDAR, camera z · garg crop · 80 m · median ×5.41 · 4,512 px");
        let changed = Badge {
            protocol: Some("md_eigen"),
            changes: vec!["cap 50 m instead of 80 m".to_owned()],
            crop: Crop::None,
            cap: None,
            scaling: Scaling::None,
            factor: 1.0,
            pixels: 1_234_567,
            points: 5,
            ..plain
        };
        let line = "md_eigen, changed · LiDAR, camera z · full image · no cap · no scaling · 1,234,567 px · points drawn 5 \
                    px wide, for the eye only";
        assert_eq!(changed.text(), line);
        assert_eq!(changed.long(), format!("{line} (cap 50 m instead of 80 m)"));
        let json = changed.json();
        assert_eq!((&json["protocol"], &json["cap"]), (&json!("md_eigen"), &Value::Null));
        assert_eq!((&json["pixels"], &json["badge"]), (&json!(1_234_567), &json!(line)));
        assert_eq!([0, 999, 1000, 123_456].map(grouped), ["0", "999", "1,000", "123,456"]);
        assert_eq!(scaling_text(Scaling::LeastSquares, 0.5), "least squares ×0.500");
    }

    #[test]
    fn a_files_name_is_no_source() {
        let map = DepthMap::new(1, 1, DepthUnit::Metres, vec![1.0]);
        let truth = |label: &str, source| Truth {
            map: map.clone(),
            path: Some(PathBuf::from("/a/d.png")),
            label: label.to_owned(),
            source,
            half_resolution: false,
        };
        assert_eq!(source_text(&truth("d.png", None)), "depth file");
        assert_eq!(source_text(&truth("stereo", None)), "stereo");
        assert_eq!(source_text(&truth("d.png", Some(TruthSource::LidarZ))), "LiDAR, camera z");
    }
}
