//! Tests of whole samples: what is done to the picture is done to its depth.

#![allow(clippy::unwrap_used)]

use super::super::augment::{KittiGt, Place};
use super::*;
use crate::data::dataset::TruthSource;
use crate::data::resize::{Filter, pillow};
use crate::depth::{DepthMap, DepthUnit};

const KEY: Key = Key { seed: 1, epoch: 0, number: 0 };

/// A picture of noise.
fn frame([w, h]: [usize; 2]) -> Frame {
    let rgb = (0..3 * w * h).map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    Frame::new("noise", w, h, rgb)
}

/// Depth 1 + x + 100 y.
fn ramp([w, h]: [usize; 2]) -> GroundTruth {
    let values = (0..w * h).map(|i| (1 + i % w + 100 * (i / w)) as f32).collect();
    truth([w, h], values, TruthSource::Filled)
}

fn truth([w, h]: [usize; 2], values: Vec<f32>, source: TruthSource) -> GroundTruth {
    GroundTruth { map: DepthMap::new(w, h, DepthUnit::Metres, values), source, half_resolution: false }
}

fn config(text: &str) -> AugmentConfig {
    let far = if text.contains("far") { "" } else { "far = 1e5\n" };
    let config: AugmentConfig = toml::from_str(&format!("{far}{text}")).unwrap();
    config.check().unwrap();
    config
}

/// A sample at half-size output of an 80×60 picture with its ramp.
fn made(text: &str, size: [usize; 2], number: usize) -> Sample {
    let key = Key { number, ..KEY };
    make_sample(&frame([80, 60]), &ramp([80, 60]), None, size, output_size(size), &config(text), key).unwrap()
}

/// Rows of `w` values mirrored.
fn mirrored(values: &[f32], w: usize) -> Vec<f32> {
    values.chunks_exact(w).flat_map(|row| row.iter().rev().copied()).collect()
}

#[test]
fn without_augmentation_it_is_the_input_of_inference_bit_for_bit() {
    let frame = frame([80, 60]);
    for size in [[32, 24], [80, 60], [40, 60], [96, 64], [33, 31]] {
        let sample = made("", size, 3);
        let small = pillow(&frame.rgb, [80, 60], 3, size, Filter::Bilinear);
        let plane = |c: usize| small.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 255.0);
        let want: Vec<f32> = plane(0).chain(plane(1)).chain(plane(2)).collect();
        assert!(sample.image.iter().zip(&want).all(|(a, b)| a.to_bits() == b.to_bits()), "{size:?}");
        let [w, h] = output_size(size);
        assert_eq!(sample.depth.len(), w * h);
    }
    assert_eq!((output_size([304, 228]), output_size([513, 385])), ([152, 114], [257, 193]));
}

#[test]
fn dense_depth_is_the_pixel_under_the_centre() {
    let sample = made("", [40, 30], 0); // output 20×15 of 80×60
    for y in 0..15 {
        for x in 0..20 {
            assert_eq!(sample.depth[y * 20 + x], (1 + (4 * x + 2) + 100 * (4 * y + 2)) as f32);
        }
    }
    // Every second pixel of the picture's size: stored pixel k is at 2k + ½, not in the middle of its pair.
    let half = GroundTruth { half_resolution: true, ..ramp([40, 30]) };
    let sample = make_sample(&frame([80, 60]), &half, None, [160, 120], [80, 60], &config(""), KEY).unwrap();
    let row = |y: usize| sample.depth[80 * y..80 * y + 6].to_vec();
    assert_eq!(row(0), [1.0, 2.0, 2.0, 3.0, 3.0, 4.0], "pixel 1 lies between 0 and 2");
    assert_eq!(row(1)[0], 101.0);
}

#[test]
fn mirroring_twice_gives_the_sample_back() {
    for rest in ["", "rotation = 5.0", "zoom = [1.2, 1.4]", "crop = \"random 50x40\""] {
        let straight = made(rest, [40, 30], 2);
        let flipped = made(&format!("flip = 1.0\n{rest}"), [40, 30], 2);
        assert_ne!(straight, flipped);
        assert_eq!(mirrored(&flipped.image, 40), straight.image, "{rest}");
        assert_eq!(mirrored(&flipped.depth, 20), straight.depth, "{rest}");
    }
}

#[test]
fn zooming_by_two_shows_half_of_the_picture_and_halves_depth() {
    let zoomed = made("zoom = [2.0, 2.0]\nzoom_place = \"center\"", [40, 30], 0);
    for y in 0..15 {
        for x in 0..20 {
            assert_eq!(zoomed.depth[y * 20 + x], (1 + (20 + 2 * x + 1) + 100 * (15 + 2 * y + 1)) as f32 / 2.0);
        }
    }
    // At the stored scale the picture is its middle, and a crop of it is the same without the halves.
    let cropped = made("crop = \"center 40x30\"", [40, 30], 0);
    assert_eq!(zoomed.image, cropped.image);
    assert_eq!(zoomed.depth.iter().map(|v| v * 2.0).collect::<Vec<_>>(), cropped.depth);
    let rgb = &frame([80, 60]).rgb;
    assert_eq!(zoomed.image[0], f32::from(rgb[3 * (15 * 80 + 20)]) / 255.0);
}

#[test]
fn a_rotation_turns_depth_with_the_picture_and_its_corners_are_unknown() {
    assert_eq!(made("rotation = 0.0", [40, 30], 0), made("", [40, 30], 0));
    // Where the picture is white its depth is 1000 and elsewhere 1: after any geometry both still agree.
    let size = [160, 120];
    let inside = |i: usize| (40..120).contains(&(i % 160)) && (30..90).contains(&(i / 160));
    let rgb = (0..3 * 160 * 120).map(|i| if inside(i / 3) { 255 } else { 0 }).collect();
    let picture = Frame::new("square", 160, 120, rgb);
    let values = (0..160 * 120).map(|i| if inside(i) { 1000.0 } else { 1.0 }).collect();
    let depth = truth(size, values, TruthSource::Filled);
    let mut invalid = 0;
    for number in 0..12 {
        let key = Key { number, ..KEY };
        let config = config("rotation = 20.0\nflip = 0.5\nzoom = [1.0, 1.3]\ncrop = \"random 150x110\"");
        let sample = make_sample(&picture, &depth, None, size, size, &config, key).unwrap();
        let zoom = Placement::draw(&config, size, size, key).unwrap().zoom as f32;
        let agree = (0..160 * 120).filter(|i| match sample.image[*i] {
            v if v > 0.75 => sample.depth[*i] * zoom > 900.0,
            v if v < 0.25 => sample.depth[*i] * zoom < 1.1,
            _ => true,
        });
        assert_eq!(agree.count(), 160 * 120);
        let corners: Vec<bool> = [0, 159, 119 * 160, 119 * 160 + 159].iter().map(|i| sample.depth[*i] == 0.0).collect();
        for (i, dark) in corners.iter().enumerate() {
            let at = [0, 159, 119 * 160, 119 * 160 + 159][i];
            assert!(!dark || sample.image[at] == 0.0, "no depth only where there is no picture");
        }
        invalid += usize::from(corners.contains(&true));
    }
    assert!(invalid >= 6, "{invalid} of 12 rotations show what is beyond the picture");
}

#[test]
fn depth_out_of_range_is_none_and_the_range_is_of_what_was_measured() {
    let values = vec![0.05, 0.1, 5.0, 10.0, 10.1, 0.0, f32::NAN, -1.0];
    let truth = truth([8, 1], values, TruthSource::Filled);
    let with =
        |text: &str| make_sample(&frame([8, 1]), &truth, None, [16, 2], [8, 1], &config(text), KEY).unwrap().depth;
    assert_eq!(with("near = 0.1\nfar = 10.0"), [0.0, 0.1, 5.0, 10.0, 0.0, 0.0, 0.0, 0.0]);
    let half = with("near = 0.1\nfar = 10.0\nzoom = [2.0, 2.0]\nzoom_place = \"center\"");
    assert_eq!(half, [2.5, 2.5, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn sparse_depth_by_its_three_rules() {
    // One return in seven of a 26×10 picture, the network at the picture's size.
    let values: Vec<f32> = (0..260).map(|i| if i % 7 == 3 { 2.0 + i as f32 } else { 0.0 }).collect();
    let sparse = truth([26, 10], values.clone(), TruthSource::LidarX);
    let with = |text: &str, size| {
        make_sample(&frame([26, 10]), &sparse, None, size, output_size(size), &config(text), KEY).unwrap().depth
    };
    let value = |x: usize, y: usize| if x < 26 && y < 10 { values[y * 26 + x] } else { 0.0 };
    let cell = |i: usize, j: usize| {
        let all = [value(2 * i, 2 * j), value(2 * i + 1, 2 * j), value(2 * i, 2 * j + 1), value(2 * i + 1, 2 * j + 1)];
        all.into_iter().filter(|v| *v > 0.0).fold(f32::INFINITY, f32::min)
    };
    let (second, least, cells) =
        (with("", [26, 10]), with("kitti_gt = \"min2x2\"", [26, 10]), with("kitti_gt = \"min_cell\"", [26, 10]));
    for (n, v) in second.iter().enumerate() {
        assert_eq!(*v, value(2 * (n % 13), 2 * (n / 13)));
        let want = cell(n % 13, n / 13);
        assert_eq!(least[n], if want.is_finite() { want } else { 0.0 });
    }
    assert_eq!(least, cells, "at the stored size both look at the same four pixels");
    let count = |v: &[f32]| v.iter().filter(|v| **v > 0.0).count();
    assert!(count(&least) > 3 * count(&second));
    // Where much is shrunk the cells lose no return: here every cell has one.
    assert_eq!(count(&with("kitti_gt = \"min_cell\"", [12, 4])), 12);
    assert!(count(&with("kitti_gt = \"min2x2\"", [12, 4])) < 12);
}

#[test]
fn mirrored_sparse_depth_is_that_of_the_mirrored_picture() {
    // An odd width: no centre falls between two stored pixels, where left and right would round apart.
    let size = [27, 10];
    let values: Vec<f32> = (0..270).map(|i| if i % 7 == 3 { 2.0 + i as f32 } else { 0.0 }).collect();
    let turned = (0..270).map(|i| values[i / 27 * 27 + 26 - i % 27]).collect();
    let (sparse, turned) = (truth(size, values, TruthSource::LidarZ), truth(size, turned, TruthSource::LidarZ));
    for net in [[26, 10], [25, 10], [14, 6]] {
        for rule in ["every_second", "min2x2", "min_cell"] {
            let make = |flip: &str, truth: &GroundTruth| {
                let config = config(&format!("{flip}kitti_gt = \"{rule}\""));
                make_sample(&frame(size), truth, None, net, output_size(net), &config, KEY).unwrap().depth
            };
            let got = make("flip = 1.0\n", &sparse);
            assert!(got.iter().any(|v| *v > 0.0));
            assert_eq!(got, make("", &turned), "{rule} {net:?}");
        }
    }
}

#[test]
fn the_canonical_focal_length_undoes_the_camera_and_the_zoom() {
    let camera = Intrinsics { fx: 160.0, fy: 160.0, cx: 40.0, cy: 30.0 };
    let make = |text: &str, camera| {
        make_sample(&frame([80, 60]), &ramp([80, 60]), camera, [40, 30], [20, 15], &config(text), KEY)
    };
    // f is 80 at half the width; depth times 40 / 80.
    let got = make("canonical_focal = 40.0", Some(&camera)).unwrap().depth;
    let plain = make("", None).unwrap().depth;
    assert!(got.iter().zip(&plain).all(|(a, b)| *a == b * 0.5));
    let zoomed =
        make("zoom = [2.0, 2.0]\nzoom_place = \"center\"\ncanonical_focal = 40.0", Some(&camera)).unwrap().depth;
    let cropped = make("zoom = [2.0, 2.0]\nzoom_place = \"center\"", None).unwrap().depth;
    assert!(zoomed.iter().zip(&cropped).all(|(a, b)| *a == b * 0.5));
    assert!(make("canonical_focal = 40.0", None).unwrap_err().to_string().starts_with("noise: "));
    // Twice the width is 160 pixels, whatever is known of the camera.
    let own = "canonical_focal = 40.0\nown_focal = 2.0";
    let other = Intrinsics { fx: 80.0, ..camera };
    assert!([None, Some(&other)].into_iter().all(|camera| make(own, camera).unwrap().depth == got));
}

#[test]
fn everything_at_once_depends_on_the_key_alone_and_stays_in_range() {
    let geometry = "flip = 0.5\nzoom = [1.0, 1.4]\nrotation = 5.0\ncrop = \"random 70x50\"";
    let colour = "channel_permutation = 0.5\nbrightness = 0.4\ncontrast = 0.4\nsaturation = 0.4\ngamma = 0.2";
    let text = &format!("{geometry}\n{colour}");
    for number in 0..20 {
        let a = made(text, [48, 32], number);
        assert_eq!(a, made(text, [48, 32], number));
        assert_ne!(a, made(text, [48, 32], number + 1));
        assert!(a.image.iter().all(|v| (0.0..=1.0).contains(v)) && a.depth.iter().all(|v| v.is_finite() && *v >= 0.0));
        // A switch leaves the other draws alone.
        let less = made(&text.replace("gamma = 0.2", "").replace("contrast = 0.4", ""), [48, 32], number);
        assert_eq!(a.depth, less.depth);
    }
    let error = make_sample(&frame([8, 8]), &ramp([8, 8]), None, [0, 4], [1, 1], &config(""), KEY).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert_eq!((Place::default(), KittiGt::default()), (Place::Random, KittiGt::EverySecond));
}
