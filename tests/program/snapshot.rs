//! One picture of the whole window, beside the one that was looked at and approved.

use super::common::repository;
use image::buffer::ConvertBuffer;
use image::{Rgb, RgbImage};
use msfnet_studio::device::DeviceChoice;
use msfnet_studio::ui::{StudioOptions, ThemeChoice, screenshot};
use std::time::Duration;

/// Largest difference of a channel that drivers may have in rounding.
const ROUNDING: u8 = 24;
/// Share of pixels that may differ more: the latencies in the status bar and the glyphs' edges.
const SHARE: f64 = 0.01;

/// `UPDATE_SNAPSHOTS=1 cargo test --release snapshot` writes it anew; look at it before it is committed.
#[test]
fn the_window_is_the_approved_one() {
    let options = StudioOptions {
        ephemeral: true,
        device: Some(DeviceChoice::Cpu),
        theme: Some(ThemeChoice::Dark),
        ..StudioOptions::default()
    };
    let ours: RgbImage = screenshot::render(options, [1280, 720], 1.0, Duration::from_secs(120)).unwrap().convert();
    let path = repository().join("tests/snapshots/window.png");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        ours.save(&path).unwrap();
    }
    let approved = image::open(&path).unwrap().into_rgb8();
    assert_eq!(ours.dimensions(), approved.dimensions());
    let differs = |(a, b): (&Rgb<u8>, &Rgb<u8>)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > ROUNDING);
    let share = ours.pixels().zip(approved.pixels()).filter(|pair| differs(*pair)).count() as f64
        / f64::from(ours.width() * ours.height());
    println!("{:.3} % of the pixels differ", 100.0 * share);
    if share > SHARE {
        let here = std::env::temp_dir().join("msfnet-studio-window.png");
        ours.save(&here).unwrap();
        panic!(
            "{:.2} % of the window's pixels differ from {}; ours is {}",
            100.0 * share,
            path.display(),
            here.display()
        );
    }
}
