//! The worst and the best images of a table as figures, with the protocol that they were measured by.

use super::badge::Badge;
use super::evaluation::{Network, predict};
use super::protocol::{Scored, Settings};
use super::report::Report;
use super::sums::{Metric, Scores};
use crate::data::dataset::Dataset;
use crate::depth::DepthMap;
use crate::error::{Error, Result};
use crate::figure::paper::{FigureInput, MetricsRow, paper_figure};
use crate::figure::png::write_rgb;
use crate::frame::Frame;
use image::RgbImage;
use std::path::{Path, PathBuf};

/// One image under a protocol: picture, depth, ground truth and error of the pixels that count, metrics, and the badge.
/// `source` is what the ground truth is.
pub fn figure(frame: &Frame, scored: &Scored, model: &str, settings: &Settings, source: &str) -> RgbImage {
    // What does not count is no ground truth in this figure: the error is that of the table.
    let kept = scored.truth.values().iter().zip(&scored.mask).map(|(g, counts)| if *counts { *g } else { 0.0 });
    let truth = DepthMap::new(scored.truth.width(), scored.truth.height(), scored.truth.unit(), kept.collect());
    let mut input = FigureInput::new(frame, model);
    input.depth = Some(&scored.prediction);
    input.truth = Some((&truth, source));
    input.at_truth = Some(&scored.prediction);
    let badge = Badge::of_scored(scored, settings, source);
    input.worst = Some(scored.worst);
    input.crop = scored.region.part([truth.width(), truth.height()]);
    input.error_note = format!("{}, the ring marks the worst pixel", badge.scaling_text());
    input.metrics = vec![MetricsRow { name: model.to_owned(), colour: None, values: values(&scored.scores, scored) }];
    input.notes = vec![badge.long()];
    paper_figure(&input)
}

fn values(scores: &Scores, scored: &Scored) -> Vec<(String, String)> {
    let shown =
        [Metric::Rel, Metric::SqRel, Metric::Rmse, Metric::RmseLog, Metric::Log10, Metric::D1, Metric::D2, Metric::D3];
    let mut values: Vec<_> =
        shown.iter().map(|metric| (metric.title().to_owned(), format!("{:.3}", metric.of(scores)))).collect();
    values.push(("pixels".to_owned(), scored.sums.pixels.to_string()));
    values
}

/// Writes the `count` worst and best images by REL of every model as `figures/MODEL/worst-01-FRAME.png` and so on below
/// `out`; `more` is asked before each and ends it when false. Frames are read and computed again: a run keeps no maps.
///
/// # Errors
/// When a frame cannot be read any more, a network fails, or a file cannot be written.
pub fn write_extremes<N: Network>(
    dataset: &dyn Dataset,
    report: &Report,
    networks: &[N],
    out: &Path,
    count: usize,
    more: &mut dyn FnMut() -> bool,
) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for (i, network) in networks.iter().enumerate() {
        let order = report.worst_first(i, Metric::Rel);
        let worst = order.iter().take(count).enumerate().map(|(n, row)| ("worst", n, *row));
        let best = order.iter().rev().take(count).enumerate().map(|(n, row)| ("best", n, *row));
        for (kind, n, row) in worst.chain(best) {
            if !more() {
                return Err(Error::Interrupted);
            }
            let name = &report.rows[row].frame;
            let Some(index) = dataset.names().iter().position(|other| other == name) else { continue };
            let frame = dataset.frame(index)?;
            let Some(truth) = dataset.truth(index)? else { continue };
            let shown = report.settings.prepare(&frame)?;
            let depth = predict(network, &report.settings, &shown)?;
            let facts = network.facts();
            let scored = report.settings.score(&depth, &truth, facts.scaling)?;
            // A figure of other numbers than the row's would be a lie; devices differ by far less.
            let before =
                report.rows[row].results.get(i).and_then(|result| result.sums.scores()).map(|scores| scores.rel);
            if before.is_some_and(|rel| (rel - scored.scores.rel).abs() > 1e-3 * rel.max(1e-3)) {
                let what = format!("{name} measures otherwise than in the table: were the data changed since?");
                return Err(Error::Failed(what));
            }
            let image = figure(&frame, &scored, &facts.name, &report.settings, truth.source.title());
            let folder = out.join("figures").join(file_name(&facts.name));
            let path = folder.join(format!("{kind}-{:02}-{}.png", n + 1, file_name(name)));
            write_rgb(&path, &image)?;
            files.push(path);
        }
    }
    Ok(files)
}

/// A name as the name of a file: letters, digits, dots, dashes and underscores; everything else becomes a dash.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = name.chars().map(safe).take(120).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "frame".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::dataset::{GroundTruth, TruthSource};
    use crate::depth::DepthUnit;
    use crate::eval::protocol::{Protocol, Scaling};

    #[test]
    fn the_badge_and_the_table_are_those_of_the_scored_pixels() {
        let frame = Frame::new("f", 320, 240, vec![90; 3 * 320 * 240]);
        let map = DepthMap::new(320, 240, DepthUnit::Metres, vec![2.0; 320 * 240]);
        let truth = GroundTruth { map, source: TruthSource::Filled, half_resolution: true };
        let depth = DepthMap::new(8, 6, DepthUnit::Metres, vec![4.0; 48]);
        let settings = Settings::published(Protocol::BtsNyu);
        let scored = settings.score(&depth, &truth, Scaling::Median).unwrap();
        assert_eq!(
            Badge::of_scored(&scored, &settings, truth.source.title()).text(),
            "bts_nyu · Kinect, filled · nyu-bts crop · 10 m · median ×0.500 · 59,640 px"
        );
        let values = values(&scored.scores, &scored);
        assert_eq!(values.last().unwrap().1, (280 * 213).to_string());
        let image = figure(&frame, &scored, "m", &settings, "Kinect, filled");
        assert!(image.width() > 600 && image.height() > 240);
    }

    #[test]
    fn names_of_frames_are_no_paths() {
        assert_eq!(
            file_name("2011_09_26_drive_0002_sync/image_02/0000000069"),
            "2011_09_26_drive_0002_sync-image_02-0000000069"
        );
        assert_eq!(
            (file_name("../../x").as_str(), file_name("").as_str(), file_name("ü").as_str()),
            ("-..-x", "frame", "-")
        );
    }
}
