//! The window, and the same window off-screen.

use super::args::ModelArgs;
use super::report::say;
use super::shared_args::TruthArgs;
use super::window_args::{ScreenshotArgs, ShownArgs, WindowArgs};
use crate::data::dataset::Split;
use crate::data::dataset::spec::typed;
use crate::error::{Error, Result};
use crate::figure::png;
use crate::ui::options::{CompareChoice, StudioOptions, ThemeChoice};
use image::buffer::ConvertBuffer;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long a screenshot waits for its networks: a software driver and a cold CPU are slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the probe of a screenshot stands: it shows what a cursor would.
const PROBE: [f32; 2] = [0.56, 0.57];

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When there is no display, or the arguments name what is not there.
pub fn open(args: &WindowArgs) -> Result<ExitCode> {
    let options =
        StudioOptions { camera: args.camera.clone(), ..options(&args.path, &args.data, &args.truth, &args.models)? };
    let options = args.panel.put(options);
    crate::ui::run(options)?;
    Ok(ExitCode::SUCCESS)
}

/// Renders the window off-screen and says what it shows.
///
/// # Errors
/// When no graphics driver can draw, or the PNG cannot be written.
pub fn screenshot(args: &ScreenshotArgs) -> Result<ExitCode> {
    if !(0.5..=4.0).contains(&args.scale) {
        return Err(Error::Usage(format!("--scale {} is out of range; give 0.5 to 4", args.scale)));
    }
    let [w, h] = args.size;
    if !(320..=8192).contains(&w) || !(240..=8192).contains(&h) {
        return Err(Error::Usage(format!("a window of {w}x{h} cannot be drawn; give 320x240 to 8192x8192")));
    }
    let models = ModelArgs { which: args.which.clone(), measure: args.measure.clone(), ..ModelArgs::default() };
    let theme = Some(if args.light { ThemeChoice::Light } else { ThemeChoice::Dark });
    let options = options(&args.open, &args.data, &args.truth, &models)?;
    let options = args.panel.put(options);
    let options = StudioOptions { theme, ephemeral: true, probe: Some(PROBE), ..options };
    let pixels = args.size.map(|side| (side as f32 * args.scale).round() as u32);
    let picture = crate::ui::screenshot::render(options, pixels, args.scale, PATIENCE)?;
    png::write_rgb(&args.out, &picture.convert())?;
    say(&format!("{}: the window at {w}x{h}, {}x{} pixels", args.out.display(), picture.width(), picture.height()));
    Ok(ExitCode::SUCCESS)
}

fn options(paths: &[PathBuf], data: &ShownArgs, truth: &TruthArgs, models: &ModelArgs) -> Result<StudioOptions> {
    truth.check()?;
    let is_data = |path: &&PathBuf| path.to_str().and_then(typed).is_some();
    if let Some(path) = paths.iter().filter(|p| !is_data(p)).chain(&truth.gt).find(|p| !p.exists()) {
        return Err(Error::file(path, "does not exist", "check the path"));
    }
    Ok(StudioOptions {
        paths: paths.to_vec(),
        data: data.which.data.clone(),
        split: data.which.split.as_ref().map(Split::to_string),
        frame: data.frame.clone(),
        gt: truth.gt.clone(),
        gt_scale: truth.gt_scale,
        model: models.which.model.is_some().then(|| models.main_request()),
        compare: match (&models.which.compare, models.compare_request()) {
            (None, _) => CompareChoice::Default,
            (_, None) => CompareChoice::None,
            (_, Some(request)) => CompareChoice::Model(request),
        },
        size: models.size,
        focal: models.focal.pixels()?,
        measure: models.measure.settings()?,
        points: (models.measure.points > 1).then_some(models.measure.points),
        device: models.which.device,
        ..StudioOptions::default()
    })
}
