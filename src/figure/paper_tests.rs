//! The paper figure: panels exact, nothing lost, nothing panics.

#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use crate::depth::DepthUnit;
use crate::figure::colormap::{depth_colour, map_scalar};

fn frame(width: usize, height: usize) -> Frame {
    Frame::new("test", width, height, vec![120; 3 * width * height])
}

fn contains(image: &RgbImage, colour: [u8; 3]) -> usize {
    image.pixels().filter(|p| p.0 == colour).count()
}

#[test]
fn all_six_panels_are_there_pixel_for_pixel() {
    let frame = frame(500, 300);
    let depth = DepthMap::new(500, 300, DepthUnit::Metres, vec![2.0; 150_000]);
    let truth = DepthMap::new(500, 300, DepthUnit::Metres, vec![4.0; 150_000]);
    let gates = [0.25, 0.75];
    let gate = Some(GateInput { width: 2, height: 1, values: &gates, model: "m" });
    let mut input = FigureInput::new(&frame, "model");
    (input.depth, input.truth, input.at_truth) = (Some(&depth), Some((&truth, "stereo")), Some(&depth));
    (input.eda, input.cbam, input.range) = (gate, gate, Range::Manual([2.0, 4.0]));
    let image = paper_figure(&input);
    assert_eq!(image.get_pixel(0, 0).0, PAPER);
    assert!(contains(&image, [120; 3]) >= 150_000, "RGB");
    assert!(contains(&image, depth_colour(Colormap::Turbo, 0.0)) >= 150_000, "depth at its near end");
    assert!(contains(&image, depth_colour(Colormap::Turbo, 1.0)) >= 150_000, "truth at its far end");
    let low = map_scalar(0.25, [0.0, 1.0], Colormap::Inferno, false);
    assert!(contains(&image, low) >= 150_000, "half of each gate");
    assert!(contains(&image, Colormap::Diverging.lut()[0]) >= 150_000, "2 m too near on a range of ±2 m");
}

#[test]
fn absent_parts_leave_no_hole() {
    let frame = frame(500, 300);
    let alone = paper_figure(&FigureInput::new(&frame, "m"));
    let depth = DepthMap::new(50, 30, DepthUnit::Relative, vec![2.0; 1500]);
    let mut input = FigureInput::new(&frame, "m");
    input.depth = Some(&depth);
    let two = paper_figure(&input);
    assert!(two.width() > 2 * 500 && alone.width() < 600);
    input.metrics = vec![MetricsRow { name: "m".into(), colour: None, values: vec![("REL".into(), "0.1".into())] }];
    assert!(paper_figure(&input).height() > two.height());
}

#[test]
fn grids_suit_the_shape_of_the_picture() {
    assert_eq!(columns(6, [741, 500]), 3);
    assert_eq!(columns(6, [1242, 375]), 2);
    assert_eq!(columns(2, [1242, 375]), 1);
    assert_eq!(columns(4, [741, 500]), 2);
    assert_eq!(picture_size(741, 500), [741, 500]);
    assert_eq!(picture_size(160, 120), [480, 360]);
    assert_eq!(picture_size(2600, 1000), [1300, 500]);
    assert_eq!(picture_size(0, 0)[0], 480);
}

#[test]
fn odd_sizes_and_texts_do_not_panic() {
    let long = "x".repeat(500);
    for (width, height) in [(1, 1), (1, 5000), (5000, 1), (3, 2000), (640, 480)] {
        let frame = frame(width, height);
        let depth = DepthMap::new(1, 1, DepthUnit::Metres, vec![f32::NAN]);
        let mut input = FigureInput::new(&frame, long.clone());
        (input.depth, input.truth, input.at_truth) = (Some(&depth), Some((&depth, "")), Some(&depth));
        input.eda = Some(GateInput { width: 9, height: 9, values: &[], model: &long });
        let values = (0..40).map(|i| (format!("metric {i}"), "1234.5678".to_owned())).collect();
        input.metrics = vec![MetricsRow { name: long.clone(), colour: Some(EDA_COLOUR), values }];
        input.notes = vec![long.clone()];
        for mode in ErrorMode::ALL {
            input.error_mode = mode;
            let image = paper_figure(&input);
            assert!(image.width() < 4200 && image.height() < 4200, "{:?}", image.dimensions());
        }
    }
}
