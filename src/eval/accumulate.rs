//! From images to a table: the three ways in which published codes average (reference.md 8.2).

use super::sums::{Metric, Scores, Sums};

/// How the images of a table become one number a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregation {
    /// Every metric of every image, then their mean: the root of RMSE is taken image by image (MD2, BTS, AdaBins).
    PerImage,
    /// Means of every image, averaged over images, and the root taken once at the end (Hu et al.).
    ImageMeans,
    /// One sum over all pixels of all images (DenseDepth, FCRN).
    Pixels,
}

impl Aggregation {
    /// In words, for tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::PerImage => "mean over images",
            Self::ImageMeans => "means pooled over images",
            Self::Pixels => "pooled over all pixels",
        }
    }
}

/// Takes images in any order and gives the metrics of all so far. A few numbers, however many the images.
#[derive(Debug, Clone, Copy)]
pub struct Accumulator {
    aggregation: Aggregation,
    images: usize,
    sums: Sums,
    scores: [f64; Metric::ALL.len()],
}

impl Accumulator {
    /// Without an image.
    pub fn new(aggregation: Aggregation) -> Self {
        Self { aggregation, images: 0, sums: Sums::default(), scores: [0.0; Metric::ALL.len()] }
    }

    /// Adds an image; one without a pixel changes nothing.
    pub fn add(&mut self, image: &Sums) {
        let Some(scores) = image.scores() else { return };
        self.images += 1;
        self.sums = match self.aggregation {
            Aggregation::ImageMeans => self.sums.plus(&image.averaged()),
            Aggregation::PerImage | Aggregation::Pixels => self.sums.plus(image),
        };
        for (sum, metric) in self.scores.iter_mut().zip(Metric::ALL) {
            *sum += metric.of(&scores);
        }
    }

    /// Images so far.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Pixels so far.
    pub fn pixels(&self) -> u64 {
        self.sums.pixels
    }

    /// The metrics of all images so far; `None` without one.
    pub fn scores(&self) -> Option<Scores> {
        if self.images == 0 {
            return None;
        }
        if self.aggregation != Aggregation::PerImage {
            return self.sums.scores();
        }
        let [rel, sq_rel, rmse, rmse_log, log10, mae, silog, irmse, d1, d2, d3] =
            self.scores.map(|sum| sum / self.images as f64);
        Some(Scores { rel, sq_rel, rmse, rmse_log, log10, mae, silog, irmse, d1, d2, d3 })
    }
}

/// Indices of the images from the worst to the best by a metric; those without a number last. Equal ones keep their order.
pub fn worst_first(images: &[Option<Scores>], metric: Metric) -> Vec<usize> {
    let badness = |i: usize| {
        let value = images[i].as_ref().map(|scores| metric.of(scores)).filter(|v| v.is_finite());
        let value = value.map(|v| if metric.larger_is_better() { -v } else { v });
        value.unwrap_or(f64::NEG_INFINITY)
    };
    let mut order: Vec<usize> = (0..images.len()).collect();
    order.sort_by(|a, b| badness(*b).total_cmp(&badness(*a)));
    order
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::eval::sums::Convention;

    /// An image of pixels with truth 1 and the given predictions.
    fn image(predictions: &[f32]) -> Sums {
        let mut sums = Sums::default();
        predictions.iter().for_each(|p| sums.push(*p, 1.0, Convention::default()));
        sums
    }

    #[test]
    fn three_ways_three_numbers() {
        // |error| 3 on one pixel; 0 and 1 on two pixels.
        let images = [image(&[4.0]), image(&[1.0, 2.0])];
        let of = |aggregation| {
            let mut all = Accumulator::new(aggregation);
            images.iter().for_each(|image| all.add(image));
            all.add(&Sums::default());
            assert_eq!((all.images(), all.pixels()), (2, 3));
            all.scores().unwrap()
        };
        let (each, means, pixels) = (of(Aggregation::PerImage), of(Aggregation::ImageMeans), of(Aggregation::Pixels));
        let half = 0.5f64;
        assert!((each.rmse - (3.0 + half.sqrt()) / 2.0).abs() < 1e-12);
        assert!((means.rmse - ((9.0 + half) / 2.0).sqrt()).abs() < 1e-12);
        assert!((pixels.rmse - (10.0f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!([each.rel, means.rel], [1.75, 1.75]);
        assert!((pixels.rel - 4.0 / 3.0).abs() < 1e-12);
        assert!((pixels.d1 - 1.0 / 3.0).abs() < 1e-12 && each.d1 == 0.25);
        assert_eq!(Accumulator::new(Aggregation::PerImage).scores(), None);
    }

    #[test]
    fn the_worst_come_first_whichever_way_the_metric_runs() {
        let scores = |rel, d1| Some(Scores { rel, d1, ..Default::default() });
        let images = [scores(0.2, 0.5), None, scores(0.3, 0.9), scores(0.1, 0.5)];
        assert_eq!(worst_first(&images, Metric::Rel), [2, 0, 3, 1]);
        assert_eq!(worst_first(&images, Metric::D1), [0, 3, 2, 1]);
    }
}
