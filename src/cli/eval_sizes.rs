//! `eval --sizes`: networks at many input sizes, over a data set or on one picture, as one table.

use super::args::size;
use super::eval::EvalArgs;
use super::report::{print_line, say};
use super::{cancel, eval_output};
use crate::data::image;
use crate::data::samples::{self, Sample};
use crate::data::truth::{self, Truth};
use crate::device;
use crate::error::{Error, Result};
use crate::eval::protocol::MeasureSettings;
use crate::eval::sizes::{SizeTable, USUAL, run};
use crate::frame::Frame;
use crate::infer::model::Model;
use std::path::Path;
use std::process::ExitCode;

/// Sizes of a network's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes(pub Vec<[usize; 2]>);

/// Most sizes of one table: a forward pass each, on every frame.
const MOST: usize = 64;

/// Reads `256x160,320x224`, or `usual`.
///
/// # Errors
/// For any other text.
pub fn sizes(text: &str) -> Result<Sizes, String> {
    if text == "usual" {
        return Ok(Sizes(USUAL.to_vec()));
    }
    let all = text.split(',').map(|one| size(one.trim())).collect::<Result<Vec<_>, _>>()?;
    if all.len() > MOST {
        Err(format!("{} sizes are too many; give at most {MOST}", all.len()))
    } else {
        Ok(Sizes(all))
    }
}

/// Runs the command.
///
/// # Errors
/// As `eval`; and when the picture or its ground truth cannot be read, or there is none.
pub fn run(args: &EvalArgs, sizes: &[[usize; 2]]) -> Result<ExitCode> {
    let table = match &args.image {
        Some(image) => on_picture(args, image, sizes)?,
        None => on_data(args, sizes)?,
    };
    let files = args.out.as_deref().map(|out| table.write(out)).transpose()?;
    if args.json {
        print_line(&table.json());
    } else {
        say(&table.text());
        if let (Some(files), Some(out)) = (files, &args.out) {
            say(&format!("{} files in {}", files.len(), out.display()));
        }
    }
    Ok(ExitCode::from(table.exit_code()))
}

fn on_data(args: &EvalArgs, sizes: &[[usize; 2]]) -> Result<SizeTable> {
    let mut may_go_on = |_: &str| if cancel::asked() { Err(Error::Interrupted) } else { Ok(()) };
    let (mut all, places, _) = run::begin(&args.job()?, sizes, &mut may_go_on)?;
    eval_output::drive_with_bar(&mut all)?;
    places.table(all.report())
}

fn on_picture(args: &EvalArgs, image: &str, sizes: &[[usize; 2]]) -> Result<SizeTable> {
    args.truth.check()?;
    let by = MeasureSettings { protocol: args.rule.protocol, crop: args.rule.crop, cap: args.rule.cap, scaling: None };
    by.check()?;
    let (frame, truth) = picture(args, image)?;
    let (device, _) = device::open(args.device.unwrap_or_default())?;
    let models = args.requests().iter().map(|request| Model::load(request, &device)).collect::<Result<Vec<_>>>()?;
    run::picture((&frame, &truth), &by, &models, sizes, &|| !cancel::asked())
}

/// The picture and its ground truth: what --gt says, else what a sample that ships has.
fn picture(args: &EvalArgs, image: &str) -> Result<(Frame, Truth)> {
    let named = |sample: &Sample| sample.name.eq_ignore_ascii_case(image);
    let path = Path::new(image);
    let sample = if path.exists() { samples::of_image(path) } else { samples::all().into_iter().find(named) };
    let mut frame = sample.as_ref().map_or_else(|| image::decode_file(path), Sample::decode)?;
    let own = match (&args.truth.gt, &sample) {
        (Some(gt), _) => {
            let file = truth::pair(path, gt).or_else(|| gt.is_file().then(|| gt.clone()));
            file.map(|file| truth::read(&file, args.truth.gt_scale)).transpose()?
        }
        (None, Some(sample)) => sample.read_truth()?,
        (None, None) => None,
    };
    if let Some(sample) = sample {
        frame.name = sample.name;
    }
    let none = || Error::file(path, "has no ground truth to measure with", "give it with --gt FILE");
    own.map(|truth| (frame, truth)).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_sizes_are_read() {
        assert_eq!(sizes("256x160, 340x230"), Ok(Sizes(vec![[256, 160], [340, 230]])));
        assert_eq!(sizes("usual"), Ok(Sizes(USUAL.to_vec())));
        for wrong in ["", "256", "256x160,", "normal", "0x5"] {
            assert!(sizes(wrong).is_err(), "{wrong}");
        }
        assert!(sizes(&["64x64"; 65].join(",")).is_err_and(|why| why.contains("65")));
    }
}
