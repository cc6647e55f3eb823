//! The network's input size: which sizes keep a network's scale (issue of metric depth from one picture:
//! an object looks nearer when it is larger) and how one is chosen for a picture.

use crate::error::{Error, Result};
use crate::net::config::ModelConfig;

/// Area in pixels that the default sizes of a network trained at 304×228 aim at.
const AREA: f64 = 73_000.0;

/// Largest network input, in pixels: an input of 2048×2048 takes more than a gigabyte of intermediates.
const MAX_INPUT: usize = 2048 * 2048;

/// A size that a network can run at: from one cell of its coarsest stage up to what memory holds.
///
/// # Errors
/// [`Error::Usage`] for any other.
pub fn checked([w, h]: [usize; 2]) -> Result<[usize; 2]> {
    if w < 32 || h < 32 || w.saturating_mul(h) > MAX_INPUT {
        return Err(Error::Usage(format!(
            "the network cannot run at {w}x{h}; give --size a width and height from 32 and at most 2048x2048 pixels"
        )));
    }
    Ok([w, h])
}

/// The multiples of 32 that minimise |ln((w/h)/(W/H))| + |ln(w·h/A)| for a picture of `width`×`height`, where A is 73000
/// for a network trained at 304×228 and as many times that as its training area is larger.
/// At 304×228: 320×224 for 4:3, 512×160 for KITTI, 352×192 for 16:9.
pub fn default_size(width: usize, height: usize, [tw, th]: [usize; 2]) -> [usize; 2] {
    let area = AREA * (tw * th) as f64 / (304 * 228) as f64;
    let aspect = width.max(1) as f64 / height.max(1) as f64;
    // Widening at one height trades shape for area one to one, so sizes can tie exactly: the better shape wins, and
    // rounding must not decide.
    let cost = |[w, h]: [usize; 2]| {
        let (w, h) = (w as f64, h as f64);
        let shape = (w / h / aspect).ln().abs();
        let sum = shape + (w * h / area).ln().abs();
        [sum, shape].map(|part| (part * 1e9).round())
    };
    let multiples = || (1..=64).map(|n| 32 * n);
    let sizes = multiples().flat_map(|w| multiples().map(move |h| [w, h]));
    let best = sizes.min_by(|a, b| {
        let (a, b) = (cost(*a), cost(*b));
        a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1]))
    });
    best.unwrap_or([320, 224])
}

/// Whether a network keeps its scale at `size`: an area within 0.75–1.33 of the training area, or within those that
/// training drew from; and multiples of 32, or of what training's sizes were, or the training size itself (elsewhere the
/// adaptive pooling behind the Up-blocks mixes phases).
pub fn scale_trusted(size: [usize; 2], config: &ModelConfig) -> bool {
    warning(size, config).is_none()
}

/// Why the scale cannot be trusted, in words; `None` when it can.
pub fn warning(size: [usize; 2], config: &ModelConfig) -> Option<String> {
    if size == config.train_size {
        return None;
    }
    let ([w, h], [tw, th]) = (size, config.train_size);
    let multiple = config.trained_sizes.map_or(32, |sizes| sizes.multiple.clamp(1, 32));
    if w % multiple != 0 || h % multiple != 0 {
        return Some(format!(
            "{w}x{h} is no multiple of {multiple} and not the training size {tw}x{th}: depth can be badly wrong at such sizes"
        ));
    }
    let (area, trained) = (w * h, tw * th);
    let drawn = config.trained_sizes.map(|sizes| sizes.area);
    let ratio = area as f64 / trained as f64;
    if drawn.is_some_and(|[low, high]| (low..=high).contains(&area)) || (0.75..=1.33).contains(&ratio) {
        return None;
    }
    let direction = if ratio > 1.0 { "nearer" } else { "farther" };
    // Depth for one focal length is another target at another size: which way it errs there, nobody knows.
    let how = match config.canonical_focal {
        Some(_) => "its metres are unproven there".to_owned(),
        None => format!("it sees everything {direction} than it is"),
    };
    Some(match drawn {
        Some([low, high]) => {
            format!("{w}x{h} has {area} pixels, and the network was trained at {low} to {high}: {how}")
        }
        None => format!("{w}x{h} has {ratio:.2} times the area the network was trained at ({tw}x{th}): {how}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::DepthUnit;
    use crate::net::config::{MsfnetConfig, TrainedSizes};

    #[test]
    fn default_sizes() {
        let nyu = [304, 228];
        assert_eq!(default_size(640, 480, nyu), [320, 224]);
        assert_eq!(default_size(741, 500, nyu), [320, 224]);
        assert_eq!(default_size(1242, 375, nyu), [512, 160]);
        assert_eq!(default_size(1920, 1080, nyu), [352, 192]);
        assert_eq!(default_size(0, 0, nyu), default_size(1, 1, nyu));
        assert_eq!(default_size(1242, 375, [640, 192]), [640, 192]);
    }

    fn config(train_size: [usize; 2]) -> ModelConfig {
        ModelConfig::new(MsfnetConfig::default(), DepthUnit::TenOverMetres, train_size)
    }

    #[test]
    fn sizes_away_from_training_are_not_trusted_and_say_why() {
        let train = &config([304, 228]);
        assert!(scale_trusted([304, 228], train));
        assert!(scale_trusted([320, 224], train));
        assert!(scale_trusted([512, 160], train));
        assert!(!scale_trusted([338, 228], train));
        assert!(warning([640, 480], train).is_some_and(|w| w.contains("nearer")));
        assert!(warning([160, 128], train).is_some_and(|w| w.contains("farther")));
        assert!(warning([340, 230], train).is_some_and(|w| w.contains("32")));
    }

    #[test]
    fn sizes_that_training_drew_are_trusted() {
        let sizes = TrainedSizes { area: [35_000, 140_000], multiple: 2 };
        let drawn = &ModelConfig { trained_sizes: Some(sizes), ..config([320, 224]) };
        assert!([[224, 160], [340, 230], [416, 320]].into_iter().all(|size| scale_trusted(size, drawn)));
        assert!(warning([341, 230], drawn).is_some_and(|w| w.contains("multiple of 2")));
        let said = "640x480 has 307200 pixels, and the network was trained at 35000 to 140000: it sees everything nearer than it is";
        assert_eq!(warning([640, 480], drawn).as_deref(), Some(said));
        let canonical = &ModelConfig { canonical_focal: Some(180.0), ..drawn.clone() };
        assert!(warning([640, 480], canonical).is_some_and(|w| w.contains("unproven") && !w.contains("nearer")));
        let hostile = TrainedSizes { area: [9, 3], multiple: 0 };
        assert!(!scale_trusted([640, 480], &ModelConfig { trained_sizes: Some(hostile), ..config([320, 224]) }));
    }
}
