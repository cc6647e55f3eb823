//! `train`: a run without a window, the same trainer as under the panel.

use super::cancel;
use super::report::{print_line, say};
use super::train_args::{TABLE3, TrainArgs};
use super::train_output::{Show, dry_json, dry_text};
use crate::device::{self, DeviceChoice};
use crate::error::{Error, Result};
use crate::train::control::Summary;
use crate::train::dry_run::dry_run;
use crate::train::{Control, TrainConfig, Trainer, table3};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Runs the command.
///
/// # Errors
/// When the configuration makes no sense or is another run's than the folder's, when data or weights cannot be read, and when
/// the run cannot go on: the sentence says how to resume it. [`Error::Interrupted`] behind Ctrl-C, with all saved.
pub fn run(args: &TrainArgs) -> Result<ExitCode> {
    let config = args.train_config()?;
    let choice: DeviceChoice = config.run.device.parse().map_err(Error::Usage)?;
    let (device, info) = device::open(choice)?;
    if args.dry_run {
        let dry = dry_run(&config, &device)?;
        if args.json {
            print_line(&dry_json(&dry));
        } else {
            say(&format!("{}\n{}", info.label(), dry_text(&dry)));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let out = args.out.as_deref().ok_or_else(|| Error::Usage("give --out, the run's folder".into()))?;
    cancel::listen()?;
    let train = |config: TrainConfig, out: &Path| -> Result<Summary> {
        let mut show = Show::new(args.json);
        let mut trainer = Trainer::begin(config, out, &device)?;
        let summary = trainer.run(&Control::headless(cancel::asked), &mut |event| show.event(&event))?;
        if summary.step < summary.steps { Err(Error::Interrupted) } else { Ok(summary) }
    };
    if args.preset.as_deref() == Some(TABLE3) {
        let mut measured = table3::Measured::default();
        let runs = table3::runs(&config, args.seeds);
        for (i, run) in runs.iter().enumerate() {
            let (name, seed) = (table3::PARTS[run.row].name, run.config.run.seed);
            if args.json {
                print_line(&json!({ "event": "run", "run": i + 1, "of": runs.len(), "row": name, "seed": seed }));
            } else {
                say(&format!("run {} of {}: {name}, seed {seed}", i + 1, runs.len()));
            }
            let summary = train(run.config.clone(), &out.join(&run.folder))?;
            if let Some((_, scores)) = summary.last {
                measured.add(run.row, scores);
            }
            crate::atomic::write_atomic_bytes(out.join("table3.md"), measured.table().as_bytes())?;
        }
        if args.json {
            print_line(&measured.json());
        } else {
            say(&measured.table());
        }
        return Ok(ExitCode::SUCCESS);
    }
    train(config, out)?;
    Ok(ExitCode::SUCCESS)
}
