//! `train`: a run without a window, the same trainer as under the panel.

use super::cancel;
use super::report::{print_line, say};
use super::train_args::{TABLE3, TrainArgs};
use super::train_output::{Show, dry_json, dry_line, dry_text, duration};
use crate::device::{self, DeviceChoice};
use crate::error::{Error, Result};
use crate::train::control::Summary;
use crate::train::dry_run::{DryRun, dry_run};
use crate::train::{Control, TrainConfig, Trainer, table3};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// Runs the command.
///
/// # Errors
/// When the configuration makes no sense or is another run's than the folder's, when data or weights cannot be read, and when
/// the run cannot go on: the sentence says how to resume it. [`Error::Interrupted`] behind Ctrl-C, with all saved.
pub fn run(args: &TrainArgs) -> Result<ExitCode> {
    let config = args.train_config()?;
    let is_table = args.preset.as_deref() == Some(TABLE3);
    if is_table {
        // Not behind days of training.
        table3::check(&config)?;
    }
    let choice: DeviceChoice = config.run.device.parse().map_err(Error::Usage)?;
    let (device, info) = device::open(choice)?;
    if args.dry_run && is_table {
        if !args.json {
            say(&info.label());
        }
        dry_table(args, &config, &|config| dry_run(config, &device))?;
        return Ok(ExitCode::SUCCESS);
    }
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
    if is_table {
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

/// Tries each row of the table once and adds up the time of all its runs, those of further seeds too.
fn dry_table(args: &TrainArgs, config: &TrainConfig, tried: &dyn Fn(&TrainConfig) -> Result<DryRun>) -> Result<()> {
    let runs = table3::runs(config, args.seeds);
    let mut rows: BTreeMap<usize, Duration> = BTreeMap::new();
    let mut total = Duration::ZERO;
    for run in &runs {
        if let Some(time) = rows.get(&run.row) {
            total += *time;
            continue;
        }
        let (name, dry) = (table3::PARTS[run.row].name, tried(&run.config)?);
        if args.json {
            let mut object = dry_json(&dry);
            object["row"] = json!(name);
            print_line(&object);
        } else {
            say(&format!("{name}: {}", dry_line(&dry)));
        }
        total += dry.total();
        rows.insert(run.row, dry.total());
    }
    if args.json {
        print_line(&json!({ "event": "dry_run_of_all", "runs": runs.len(), "total_s": total.as_secs_f64() }));
    } else {
        say(&format!("all {} runs: {}", runs.len(), duration(total)));
    }
    Ok(())
}
