//! The pictures with ground truth that ship with the program, listed in `assets/samples/samples.json`.

use crate::data::truth::{self, Truth};
use crate::data::{assets, image};
use crate::error::{Error, Result};
use crate::frame::Frame;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One shipped picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What the person calls it.
    pub name: String,
    /// The picture.
    pub image: PathBuf,
    /// Its ground truth, if it has any.
    pub truth: Option<PathBuf>,
    /// Values per metre, where the ground truth is a uint16 PNG.
    pub scale: Option<f64>,
    /// What measured the ground truth: "stereo", "LiDAR".
    pub label: String,
    /// Focal length along x in pixels of the picture, where its calibration says it.
    pub focal: Option<f64>,
}

impl Sample {
    /// Decodes its picture, which then knows the focal length of its camera.
    ///
    /// # Errors
    /// As [`image::decode_file`].
    pub fn decode(&self) -> Result<Frame> {
        Ok(Frame { focal: self.focal, ..image::decode_file(&self.image)? })
    }

    /// Whether that file is its picture, by whatever path.
    pub fn is_at(&self, image: &Path) -> bool {
        assets::same_file(&self.image, image)
    }

    /// Reads its ground truth under its label; `None` when it has none.
    ///
    /// # Errors
    /// When the file is there but cannot be read.
    pub fn read_truth(&self) -> Result<Option<Truth>> {
        let Some(path) = &self.truth else { return Ok(None) };
        let truth = truth::read(path, self.scale)?;
        Ok(Some(Truth { label: self.label.clone(), ..truth }))
    }
}

/// An entry of the list: paths are relative to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    image: PathBuf,
    truth: Option<PathBuf>,
    scale: Option<f64>,
    label: Option<String>,
    focal: Option<f64>,
}

/// All shipped samples whose picture is there, the one for the first start first; empty where none were installed.
pub fn all() -> Vec<Sample> {
    let Some(list) = assets::find("assets/samples/samples.json") else { return Vec::new() };
    read_list(&list).unwrap_or_default()
}

/// The sample whose picture is `image`, so that opening that file brings its ground truth along.
pub fn of_image(image: &Path) -> Option<Sample> {
    all().into_iter().find(|sample| sample.is_at(image))
}

/// Reads a list of samples; those whose picture is missing are left out.
///
/// # Errors
/// When the file cannot be read or is no such list.
fn read_list(list: &Path) -> Result<Vec<Sample>> {
    let text = std::fs::read_to_string(list).map_err(|e| Error::reading(list, &e))?;
    let entries: Vec<Entry> = serde_json::from_str(&text)
        .map_err(|e| Error::file(list, format!("is no list of samples ({e})"), "install the program again"))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let samples = entries.into_iter().map(|e| Sample {
        name: e.name,
        image: folder.join(e.image),
        truth: e.truth.map(|t| folder.join(t)).filter(|t| t.is_file()),
        scale: e.scale,
        label: e.label.unwrap_or_else(|| "ground truth".to_owned()),
        focal: e.focal.filter(|focal| focal.is_finite() && *focal > 0.0),
    });
    Ok(samples.filter(|s| s.image.is_file()).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_sample_opens_with_its_ground_truth() {
        let samples = all();
        assert_eq!(samples.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["Motorcycle", "Road"]);
        for sample in &samples {
            let frame = sample.decode().unwrap();
            let truth = sample.read_truth().unwrap().unwrap();
            assert_eq!((truth.map.width(), truth.map.height()), (frame.width, frame.height), "{}", sample.name);
            assert_eq!(of_image(&sample.image).as_ref(), Some(sample));
            let folder = sample.image.ancestors().find(|p| p.join("SOURCES.md").is_file());
            assert!(folder.is_some_and(|p| p.starts_with(assets::find("assets/samples").unwrap())), "{}", sample.name);
        }
        assert_eq!((samples[0].label.as_str(), samples[1].label.as_str()), ("stereo", "LiDAR"));
        // Each as the calibration beside its picture says it.
        let folder = samples[0].image.parent().unwrap();
        let calibration = std::fs::read_to_string(folder.join("calibration.json")).unwrap();
        let fx = serde_json::from_str::<serde_json::Value>(&calibration).unwrap()["fx"].as_f64();
        let road =
            std::fs::read_to_string(assets::find("assets/samples/road/2026_01_01/calib_cam_to_cam.txt").unwrap());
        let road = road.unwrap().lines().find_map(|line| line.strip_prefix("P_rect_02: ").map(str::to_owned)).unwrap();
        let road = road.split_whitespace().next().unwrap().parse().ok();
        assert_eq!([samples[0].focal, samples[1].focal], [fx, road]);
        assert_eq!(samples[1].decode().unwrap().focal, road);
    }

    #[test]
    fn the_motorcycle_is_the_benchmarks_scene_in_metres() {
        // The range and share of valid pixels that the disparities and the calibration give.
        let truth = all()[0].read_truth().unwrap().unwrap();
        let [min, median, max] = truth.map.min_median_max().unwrap();
        assert!((min - 2.11).abs() < 0.005 && (median - 2.75).abs() < 0.005 && (max - 5.02).abs() < 0.005);
        let share = truth.map.valid_count() as f64 / truth.map.values().len() as f64;
        assert!((share - 0.927).abs() < 0.0005, "{share}");
    }

    #[test]
    fn a_broken_list_is_an_error_and_a_missing_picture_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("samples.json");
        std::fs::write(&list, "[{\"name\": \"x\", \"image\": \"none.png\"}]").unwrap();
        assert!(read_list(&list).unwrap().is_empty());
        std::fs::write(&list, "{}").unwrap();
        assert!(read_list(&list).unwrap_err().to_string().contains("no list of samples"));
    }
}
