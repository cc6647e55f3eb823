//! `weights`: the doctor on the command line.

use super::report::{print_line, say};
use super::weights_args::{ConvertArgs, WeightsCommand};
use crate::error::{Error, Result};
use crate::infer::start;
use crate::weights::arch::Arch;
use crate::weights::doctor::{self, Check, ConvertOptions, KeyFault, KeyRow, Report, TensorInfo, Verdict};
use crate::weights::metadata::Answers;
use crate::weights::{catalog, keys, open, write_safetensors};
use std::path::Path;
use std::process::ExitCode;

/// Rows of each fault that are printed before the rest is counted.
const SHOWN: usize = 20;

/// Runs the command. `inspect` ends with 0 where the weights can be run or started from, `check` where every tensor
/// fits; 1 otherwise.
///
/// # Errors
/// When nothing can be said at all: no such file, a wrong name, an output that cannot be written.
pub fn run(command: &WeightsCommand) -> Result<ExitCode> {
    match command {
        WeightsCommand::Inspect { file, all, json } => inspect(file, *all, *json),
        WeightsCommand::Check { file, arch, json } => check(file, arch, *json),
        WeightsCommand::Archs { json } => archs(*json),
        WeightsCommand::Convert(args) => convert(args),
        WeightsCommand::New { arch, seed, out } => new(arch, *seed, out),
    }
}

fn inspect(file: &str, all: bool, json: bool) -> Result<ExitCode> {
    let report = doctor::inspect(&catalog::resolve(file)?);
    if json {
        print_line(&serde_json::to_value(&report).unwrap_or_default());
    } else {
        print_report(&report, all);
    }
    Ok(ExitCode::from(u8::from(matches!(report.verdict, Verdict::Foreign | Verdict::Refused))))
}

fn print_report(report: &Report, all: bool) {
    let name = report.path.display();
    if report.verdict == Verdict::Refused {
        say(&report.sentence);
        return;
    }
    say(&format!("{name}: {}", report.sentence));
    let format = report.format.map_or("", |format| format.title());
    let size = report.bytes as f64 / 1e6;
    let (tensors, parameters) = (report.tensors.len(), report.parameters as f64 / 1e6);
    say(&format!(
        "  {format}, {size:.1} MB, {tensors} tensors, {parameters:.2} M parameters, SHA-256 {}",
        report.sha256
    ));
    if !report.missing.is_empty() {
        let flags: Vec<String> = report.missing.iter().map(|flag| format!("--{flag}")).collect();
        say(&format!("  say it with {}", flags.join(", ")));
    }
    for note in &report.notes {
        say(&format!("  note: {note}"));
    }
    say("resembles");
    for fit in &report.fits {
        say(&format!(
            "  {:<22} {:>4} of {:>4} tensors fit, {} of another shape, {} unexpected",
            fit.arch, fit.matched, fit.expected, fit.misshaped, fit.unexpected
        ));
    }
    if let Some(check) = report.check.as_ref().filter(|check| !check.exact()) {
        print_check(check);
    }
    let wrong = |tensor: &&TensorInfo| all || tensor.nan + tensor.infinite > 0;
    let listed: Vec<&TensorInfo> = report.tensors.iter().filter(wrong).collect();
    if !listed.is_empty() {
        say("tensors");
    }
    for tensor in listed {
        let TensorInfo { name, dtype, shape, min, max, nan, infinite } = tensor;
        let bad = if nan + infinite > 0 { format!("  {nan} NaN, {infinite} infinite") } else { String::new() };
        say(&format!("  {name:<48} {:<5} {:<18} {min:.4e} … {max:.4e}{bad}", dtype.name(), format!("{shape:?}")));
    }
    if !report.metadata.is_empty() {
        say("metadata");
    }
    for (key, value) in &report.metadata {
        say(&format!("  {key}: {value}"));
    }
}

fn check(file: &str, arch: &str, json: bool) -> Result<ExitCode> {
    let arch = Arch::named(arch)?;
    let opened = open(&catalog::resolve(file)?)?;
    let check = doctor::check(&arch, &opened)?;
    if json {
        print_line(&serde_json::to_value(&check).unwrap_or_default());
    } else {
        let fit = &check.fit;
        say(&format!("{file}: {} of the {} tensors of {} fit", fit.matched, fit.expected, fit.title));
        print_check(&check);
    }
    Ok(ExitCode::from(u8::from(!check.exact())))
}

fn print_check(check: &Check) {
    for fault in [KeyFault::Missing, KeyFault::Misshaped, KeyFault::Unexpected, KeyFault::Unneeded] {
        let rows: Vec<&KeyRow> = check.rows.iter().filter(|row| row.fault == fault).collect();
        if rows.is_empty() {
            continue;
        }
        say(&format!("{} ({})", fault.title(), rows.len()));
        // What is not needed is of interest to few.
        let shown = if fault == KeyFault::Unneeded { 3 } else { SHOWN };
        for row in rows.iter().take(shown) {
            say(&format!("  {}", describe(row)));
        }
        if rows.len() > shown {
            say(&format!("  … and {} more (--json lists all)", rows.len() - shown));
        }
    }
    if !check.random.is_empty() {
        say(&format!("layers that would stay at their random start ({})", check.random.len()));
        say(&format!("  {}", shortened(&check.random, SHOWN)));
    }
    if !check.renamed.is_empty() {
        let pairs: Vec<String> = check.renamed.iter().map(|(old, new)| format!("{old} → {new}")).collect();
        say(&format!("read under another name ({})", pairs.len()));
        say(&format!("  {}", shortened(&pairs, 3)));
    }
}

fn describe(row: &KeyRow) -> String {
    let shape = |shape: &Option<Vec<usize>>| shape.as_ref().map(|shape| format!("{shape:?}")).unwrap_or_default();
    let likeliest = match (&row.likeliest, row.fault) {
        (Some(name), KeyFault::Missing) => format!("  likeliest: {name} in the file"),
        (Some(name), _) => format!("  likeliest: {name}"),
        (None, _) => String::new(),
    };
    match row.fault {
        KeyFault::Misshaped => format!("{} has {}, wants {}", row.name, shape(&row.found), shape(&row.expected)),
        KeyFault::Missing => format!("{} {}{likeliest}", row.name, shape(&row.expected)),
        KeyFault::Unexpected | KeyFault::Unneeded => format!("{} {}{likeliest}", row.name, shape(&row.found)),
    }
}

fn shortened(items: &[String], most: usize) -> String {
    let rest = items.len().saturating_sub(most);
    let more = if rest > 0 { format!(", … and {rest} more") } else { String::new() };
    format!("{}{more}", items[..items.len() - rest].join(", "))
}

fn archs(json: bool) -> Result<ExitCode> {
    for arch in Arch::all() {
        let shapes = arch.shapes()?;
        let trained = shapes.iter().filter(|(name, _)| !keys::is_statistic(name));
        let parameters: usize = trained.map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let (name, title) = (arch.name(), arch.title());
        if json {
            let tensors = shapes.len();
            let row = serde_json::json!({ "arch": name, "title": title, "parameters": parameters, "tensors": tensors });
            print_line(&row);
        } else {
            say(&format!("{name:<22} {:>8.2} M parameters  {title}", parameters as f64 / 1e6));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn convert(args: &ConvertArgs) -> Result<ExitCode> {
    let answers = Answers { gate: args.answers.gate, unit: args.answers.unit, train_size: args.answers.train_size };
    let accuracy_of = args.accuracy_of.as_deref().map(catalog::resolve).transpose()?;
    let options = ConvertOptions { half: args.half, keys: args.keys, answers, accuracy_of };
    let done = doctor::convert(&catalog::resolve(&args.file)?, &args.out, &options)?;
    let half = if args.half { format!(", {} in half precision", done.halved) } else { String::new() };
    let name = args.out.display();
    say(&format!("{name}: {} tensors{half}, {} under another name", done.tensors, done.renamed));
    if !done.missing.is_empty() {
        let flags: Vec<String> = done.missing.iter().map(|flag| format!("--{flag}")).collect();
        eprintln!("{name}: does not say its {}; convert it again with {}", done.missing.join(", "), flags.join(" "));
    }
    Ok(ExitCode::SUCCESS)
}

fn new(arch: &str, seed: u64, out: &Path) -> Result<ExitCode> {
    let arch = Arch::named(arch)?;
    let (weights, metadata) = start::new_weights(&arch, seed)?;
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| Error::writing(folder, &e))?;
    }
    write_safetensors(out, &weights, &metadata)?;
    say(&format!("{}: {} with random weights, {} tensors", out.display(), arch.title(), weights.len()));
    Ok(ExitCode::SUCCESS)
}
