//! `train` as a user calls it: begun, refused, resumed; five rows in one; a full disk.

use super::common::{motorcycle, program};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub(super) fn path(p: &Path) -> &str {
    p.to_str().unwrap()
}

pub(super) fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One object an event.
pub(super) fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// A room of six frames and the flags of a run over them that takes seconds.
pub(super) fn flags(dir: &Path) -> Vec<String> {
    let room = dir.join("room");
    let made = program(&["data", "synth", "room", "--frames", "6", "--out", path(&room)], dir);
    assert!(made.status.success(), "{}", error(&made));
    let list: String = (0..6).map(|i| format!("{i},train,room_{:04}\n", i / 2)).collect();
    std::fs::write(room.join("splits.csv"), format!("index0,split,scene\n{list}")).unwrap();
    let data = format!("nyu:{}", path(&room));
    let flags = [
        "--preset",
        "nyu-ours",
        "--data",
        &data,
        "--val-fraction",
        "0.2",
        "--val-limit",
        "1",
        "--sizes",
        "range 2048..6144 aspect 1.0..2.0",
        "--batch",
        "2",
        "--usf-width",
        "2",
        "--epochs",
        "6",
        "--checkpoint-every",
        "3",
        "--device",
        "cpu",
        "--threads",
        "1",
    ];
    flags.map(str::to_owned).to_vec()
}

pub(super) fn train(dir: &Path, flags: &[String], out: &Path, more: &[&str]) -> Output {
    let mut args = vec!["train"];
    args.extend(flags.iter().map(String::as_str));
    args.extend(["--out", path(out), "--json"]);
    args.extend(more);
    program(&args, dir)
}

/// Bits of the loss of every step.
pub(super) fn losses(out: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(out.join("history.csv")).unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap().to_bits()).collect()
}

#[test]
fn a_run_is_begun_resumed_refused_and_its_weights_open() {
    let dir = tempfile::tempdir().unwrap();
    let (flags, out) = (flags(dir.path()), dir.path().join("run"));
    let first = train(dir.path(), &flags, &out, &["--max-steps", "2"]);
    assert_eq!(first.status.code(), Some(0), "{}", error(&first));
    let told = events(&first);
    assert_eq!((told[0]["event"].as_str(), &told[0]["resumed"]), (Some("started"), &Value::Null));
    assert!(told.iter().any(|event| event["event"] == "validated"));
    assert_eq!(told.last().unwrap()["step"], 2);

    // Without a preset the folder's own recipe goes on; with another one it is refused.
    let out_text = path(&out).to_owned();
    let rest = program(&["train", "--out", &out_text, "--max-steps", "4", "--json"], dir.path());
    assert_eq!(events(&rest)[0]["resumed"], 2, "{}", error(&rest));
    assert_eq!(losses(&out).len(), 4);
    let other = train(dir.path(), &flags, &out, &["--max-steps", "9", "--rate", "1e-3"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(error(&other).contains("--rate was 0.0005 and is now 0.001"), "{}", error(&other));

    let weights = out.join("last.safetensors");
    let results = dir.path().join("results");
    let args = ["infer", path(&motorcycle()), "--model", path(&weights), "--compare", "none", "--device", "cpu"]
        .map(str::to_owned);
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--size", "64x64", "--out", path(&results)]).collect();
    let seen = program(&args, dir.path());
    assert_eq!(seen.status.code(), Some(0), "{}", error(&seen));
    assert!(std::fs::read_dir(&results).unwrap().count() > 0);
    let dry = train(dir.path(), &flags, &out, &["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", error(&dry));
    assert!(events(&dry)[0]["total_s"].as_f64().unwrap() > 0.0);
    let nothing = program(&["train", "--out", path(&dir.path().join("new"))], dir.path());
    assert!(nothing.status.code() == Some(2) && error(&nothing).contains("nyu-ours"), "{}", error(&nothing));
}

/// A run that goes on by itself, with a line of JSON for each of its events.
pub(super) fn start(dir: &Path, flags: &[String], more: &[&str], out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msfnet-studio"));
    command.arg("train").args(flags).args(more).args(["--json", "--out", path(out)]);
    command.env("XDG_RUNTIME_DIR", dir).current_dir(dir);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The lines of its output, as they come.
pub(super) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok)
}

#[test]
fn the_table_of_five_rows_is_killed_in_the_third_and_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let (mut flags, out) = (flags(dir.path()), dir.path().join("table"));
    flags[1] = "table3".into();
    let size = flags.iter().position(|flag| flag == "--sizes").unwrap() + 1;
    flags[size] = "fixed 64x64".into();
    // Seven runs lie on the disk at once: without moments of the encoder and in half precision they take half of it.
    let more = ["--max-steps", "2", "--checkpoint-every", "1", "--seeds", "2", "--freeze-encoder", "--half"];
    let mut child = start(dir.path(), &flags, &more, &out);
    let mut row = String::new();
    let in_the_third = lines(&mut child).any(|line| {
        let event: Value = serde_json::from_str(&line).unwrap();
        if let Some(name) = event["row"].as_str() {
            row = name.to_owned();
        }
        row == "+USF+CBAM-S" && event["event"] == "step"
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(in_the_third, "it never came to the third row");
    assert!(out.join("row3/checkpoint.safetensors").is_file() && !out.join("row4").exists());
    let first = losses(&out.join("row1"));

    let mut args = vec!["train"];
    args.extend(flags.iter().map(String::as_str));
    args.extend(more);
    args.extend(["--out", path(&out)]);
    let rest = program(&args, dir.path());
    let said = String::from_utf8(rest.stdout.clone()).unwrap();
    assert_eq!(rest.status.code(), Some(0), "{said}{}", error(&rest));
    assert!(said.contains("row3: resumes behind step") && said.contains("run 8 of 8"), "{said}");
    // No terminal: a line a step and a validation, and no bar.
    assert!(said.contains("step 1 of 2: loss ") && said.contains(" left\n") && said.contains("step 2: REL "), "{said}");
    for (name, here) in [
        ("baseline", "baseline, here |"),
        ("+USF", "+USF, here |"),
        ("+USF+CBAM-S", "+USF+CBAM-S, here, 2 seeds |"),
        ("+USF+EDA", "+USF+EDA, here, 2 seeds |"),
        ("+USF+EDA+batch-loss", "+USF+EDA+batch-loss, here, 2 seeds |"),
    ] {
        let row = |start: &str| said.lines().find(|line| line.starts_with(&format!("| {start}"))).unwrap().to_owned();
        let (here, paper) = (row(here), row(&format!("{name}, paper |")));
        assert!([&here, &paper].iter().all(|row| row.matches('|').count() == 8 && !row.contains('–')), "{here}{paper}");
    }
    assert!(said.contains("EDA against CBAM-S: REL ") && said.contains("Batch loss against L1: REL "), "{said}");
    assert_eq!(
        std::fs::read_to_string(out.join("table3.md")).unwrap().trim(),
        said[said.find("| row |").unwrap()..].trim()
    );
    assert_eq!(losses(&out.join("row1")), first, "what was done is not done again");
    assert_ne!(losses(&out.join("row4")), losses(&out.join("row4-seed1")));
}

#[test]
fn a_table_without_frames_to_measure_on_is_refused_and_its_dry_run_adds_up_all_runs() {
    let dir = tempfile::tempdir().unwrap();
    let (mut flags, out) = (flags(dir.path()), dir.path().join("table"));
    flags[1] = "table3".into();
    let data = flags[3].clone();
    let none = program(&["train", "--preset", "table3", "--data", &data, "--out", path(&out)], dir.path());
    let said = error(&none);
    assert_eq!(none.status.code(), Some(2), "{said}");
    assert!(said.contains("--val nyu:DIR --val-split nyu-test") && said.contains("--val-scenes"), "{said}");
    assert!(!out.exists(), "nothing is begun");

    let dry = train(dir.path(), &flags, &out, &["--max-steps", "2", "--seeds", "3", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", error(&dry));
    let told = events(&dry);
    let time = |event: &Value| event["total_s"].as_f64().unwrap();
    assert_eq!(told.len(), 6);
    assert_eq!((told[0]["row"].as_str(), told[5]["runs"].as_u64()), (Some("baseline"), Some(11)));
    let all: f64 = told[..5].iter().map(time).sum::<f64>() + 2.0 * told[2..5].iter().map(time).sum::<f64>();
    assert!((time(&told[5]) - all).abs() < 1e-6 * all, "{told:?}");
    assert!(!out.exists());
}

/// A disk that takes no more than so many bytes of a file, by the system's own limit.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_run_with_its_reason_and_the_same_command_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let flags = flags(dir.path());
    let (whole, full) = (dir.path().join("whole"), dir.path().join("full"));
    let more = ["--max-steps", "4"];
    let output = train(dir.path(), &flags, &whole, &more);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    // The first checkpoint, which has no moments yet, is about half as large as the last one.
    let blocks = std::fs::metadata(whole.join("checkpoint.safetensors")).unwrap().len() * 3 / 4 / 512;
    let mut command = Command::new("sh");
    // Without the trap the signal of the limit would end the process before it could say anything.
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", &blocks.to_string()]);
    command.arg(env!("CARGO_BIN_EXE_msfnet-studio")).arg("train").args(&flags).args(more);
    command.args(["--json", "--out", path(&full)]).env("XDG_RUNTIME_DIR", dir.path()).current_dir(dir.path());
    let stopped = command.output().unwrap();
    let said = error(&stopped);
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    assert!(said.contains("checkpoint.safetensors") && said.contains("cannot be written"), "{said}");
    assert!(said.contains("paused behind step ") && said.contains("go on from step 0"), "{said}");
    let left = std::fs::read_dir(&full).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let left: Vec<String> = left.collect();
    assert!(left.iter().all(|name| !name.starts_with(".writing")), "{left:?}");

    let rest = train(dir.path(), &flags, &full, &more);
    assert_eq!(rest.status.code(), Some(0), "{}", error(&rest));
    assert_eq!(events(&rest).iter().find(|event| event["event"] == "started").unwrap()["resumed"], 0);
    assert_eq!(losses(&full), losses(&whole));
    let weights = |out: &Path| msfnet_studio::weights::read(&out.join("last.safetensors")).unwrap().tensors;
    assert_eq!(weights(&full), weights(&whole));
}
