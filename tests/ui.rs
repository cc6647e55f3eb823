//! The whole window with its workers and the shipped networks, off-screen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use msfnet_studio::device::DeviceChoice;
use msfnet_studio::infer::model::ModelRequest;
use msfnet_studio::net::config::GateKind;
use msfnet_studio::ui::{CompareChoice, StudioApp, StudioOptions, bench, screenshot};
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

fn options() -> StudioOptions {
    StudioOptions { ephemeral: true, device: Some(DeviceChoice::Cpu), ..StudioOptions::default() }
}

/// A window without a renderer: everything but the pixels.
fn window(options: StudioOptions) -> Harness<'static, StudioApp> {
    let mut harness =
        Harness::builder().with_size(egui::vec2(1600.0, 900.0)).build_eframe(move |cc| StudioApp::new(cc, options));
    settle(&mut harness);
    harness
}

fn settle(harness: &mut Harness<'static, StudioApp>) {
    let deadline = Instant::now() + PATIENCE;
    let mut still = 0;
    while still < 4 {
        harness.step();
        match harness.state().unsettled() {
            None => still += 1,
            Some(what) => {
                assert!(Instant::now() < deadline, "the window still waits for {what}");
                still = 0;
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

#[test]
fn the_first_start_shows_the_sample_with_its_error_and_models_can_be_switched() {
    let mut harness = window(options());
    let prediction = harness.state().studio.prediction().expect("the sample is predicted").clone();
    let metrics = prediction.main.metrics.expect("the sample has ground truth");
    let parity = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity_msfnet_lite0_nyu_eda.safetensors");
    let rel: f64 = msfnet_studio::weights::read(Path::new(parity)).unwrap().metadata["rel"].parse().unwrap();
    assert!((metrics.rel - rel).abs() <= 0.002, "REL {}, in PyTorch {rel}", metrics.rel);
    assert!(prediction.gate(GateKind::Eda).is_some() && prediction.gate(GateKind::CbamS).is_some());
    harness.check_accessibility();

    // Compare with nothing: the sixth view says so instead of showing something untrained.
    harness.get_by_label("Compared model").click();
    harness.run_steps(3);
    harness.get_by_label("none").click();
    settle(&mut harness);
    assert!(harness.state().studio.prediction().unwrap().compare.is_none());

    harness.get_by_label("Model").click();
    harness.run_steps(3);
    harness.get_by_label("msfnet-lite0-nyu-cbam").click();
    harness.run_steps(3);
    settle(&mut harness);
    let prediction = harness.state().studio.prediction().unwrap().clone();
    assert_eq!(prediction.main.info.name, "msfnet-lite0-nyu-cbam");
    assert!(prediction.gate(GateKind::Eda).is_none() && prediction.gate(GateKind::CbamS).is_some());
    assert_eq!(harness.state().studio.settings.model.as_deref(), Some("msfnet-lite0-nyu-cbam"));

    // The next sample of the list.
    harness.key_press(egui::Key::ArrowRight);
    settle(&mut harness);
    let studio = &harness.state().studio;
    assert_eq!(studio.source.sample, 1);
    assert_ne!(studio.views.as_ref().unwrap().job.frame.id, prediction.frame.id);

    // Every tap of the network, channel by channel.
    harness.key_press(egui::Key::I);
    settle(&mut harness);
    let inspect = &harness.state().studio.inspect;
    let taps: Vec<String> = inspect.inspection.as_ref().unwrap().taps.iter().map(|t| t.name.clone()).collect();
    assert!(taps.len() > 5, "{taps:?}");
    let (page, _) = inspect.page.as_ref().expect("a page is drawn");
    let tap = &inspect.inspection.as_ref().unwrap().taps[page.tap];
    assert_eq!(page.values.as_ref(), &tap.values[..tap.width * tap.height]);
}

#[test]
fn errors_are_sentences_and_the_window_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.png"), "no picture").unwrap();
    std::fs::write(folder.path().join("b.png"), "").unwrap();
    let missing = ModelRequest::named("no-such-model");
    let options = StudioOptions {
        paths: vec![folder.path().to_owned()],
        model: Some(missing),
        compare: CompareChoice::None,
        ..options()
    };
    let mut harness = window(options);
    let studio = &harness.state().studio;
    assert!(
        studio.main.failed.as_ref().is_some_and(|why| why.contains("msfnet-lite0-nyu-eda")),
        "known names are listed"
    );
    assert!(studio.frame_failed.as_ref().is_some_and(|why| why.contains("a.png")), "{:?}", studio.frame_failed);
    assert_eq!(studio.source.files.len(), 2);
    assert!(studio.source.files[0].failed.is_some() && studio.views.is_none());
    harness.key_press(egui::Key::ArrowRight);
    settle(&mut harness);
    assert!(harness.state().studio.source.files[1].failed.is_some());
    // The sample still opens.
    harness.get_by_label("Motorcycle").click();
    harness.run_steps(2);
    settle(&mut harness);
    assert_eq!(harness.state().studio.views.as_ref().unwrap().job.frame.width, 741);
}

#[test]
fn the_window_can_be_drawn_off_screen() {
    let options = StudioOptions { no_model: true, ..options() };
    let picture = screenshot::render(options, [1280, 720], 1.0, PATIENCE).expect("a Vulkan driver is installed");
    assert_eq!(picture.dimensions(), (1280, 720));
    let colours: std::collections::BTreeSet<[u8; 4]> = picture.pixels().map(|p| p.0).collect();
    assert!(colours.len() > 1000, "the sample is in the picture: {} colours", colours.len());
}

#[test]
fn the_ui_thread_stays_free_while_the_network_runs() {
    let times = bench::window_time(Duration::from_secs(3), None).expect("the sample is predicted");
    println!("{times}");
    assert!(times.frames > 60 && times.predictions > 0, "{times}");
    // The limit is on p99 and belongs to `bench` on a quiet machine; other tests run beside this one.
    assert!(times.total_ms.p50 <= 4.0, "{times}");
}
