//! `train` killed at any moment and started again: the losses are those of a run that nobody killed.

use super::train_command::{error, events, flags, lines, losses, start, train};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Any moment will do; the seed is printed for whoever wants the same moments.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        println!("seed {seed}");
        Self(seed)
    }

    /// A number in 0…1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1u64 << 24) as f64
    }
}

/// That a run which was killed ended like one that was not, and left nothing half.
#[track_caller]
fn same_end(killed: &Path, whole: &Path) {
    assert_eq!(losses(killed), losses(whole));
    let weights = |out: &Path| msfnet_studio::weights::read(&out.join("last.safetensors")).unwrap().tensors;
    assert_eq!(weights(killed), weights(whole));
    let mut names = std::fs::read_dir(killed).unwrap().flatten().map(|entry| entry.file_name());
    assert!(names.all(|name| !name.to_string_lossy().starts_with(".writing")), "nothing half is left");
}

#[test]
fn a_run_that_is_killed_between_its_saves_ends_like_one_that_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let flags = flags(dir.path());
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    let more = ["--checkpoint-every", "5"];
    let output = train(dir.path(), &flags, &whole, &more);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    let told = events(&output);
    let steps: Vec<f64> = told.iter().filter_map(|event| event["step_ms"].as_f64()).collect();
    let longest = steps.iter().fold(0.0, |longest: f64, step| longest.max(*step));
    let mut moments = Moments::new();
    let mut behind = Vec::new();
    for kill in 0..3 {
        let mut child = start(dir.path(), &flags, &more, &killed);
        // Some steps and a part of one: in the middle of a step, a validation, a save, wherever that is.
        let wanted = 1 + (3.0 * moments.next()) as usize;
        let mut made = 0;
        // Held until the end: a pipe that nobody reads would end the program in another way.
        let mut told = lines(&mut child);
        for line in told.by_ref() {
            let event: Value = serde_json::from_str(&line).unwrap();
            made += usize::from(event["event"] == "step");
            if made == wanted {
                behind.push(event["step"].as_u64().unwrap());
                break;
            }
        }
        assert_eq!(made, wanted, "kill {kill}: the run was over too soon, behind {behind:?}");
        std::thread::sleep(Duration::from_secs_f64(longest * moments.next() / 1e3));
        // The standard library kills with SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    println!("killed behind steps {behind:?} of {}", steps.len());
    let rest = train(dir.path(), &flags, &killed, &more);
    assert_eq!(rest.status.code(), Some(0), "{}", error(&rest));
    same_end(&killed, &whole);
}

/// Some minutes: `cargo test --release --test program -- --ignored killed --nocapture`.
#[test]
#[ignore = "kills the program twenty times; takes minutes"]
fn a_run_that_is_killed_twenty_times_ends_like_one_that_is_not() {
    const KILLS: usize = 20;
    let dir = tempfile::tempdir().unwrap();
    let flags = flags(dir.path());
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    // Long enough that twenty twenty-fifths of it, with every start and what is made twice, are not its end.
    let more = ["--epochs", "60"];
    let begun = Instant::now();
    let output = train(dir.path(), &flags, &whole, &more);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    let all = begun.elapsed();
    println!("uninterrupted {all:.1?}");
    let mut moments = Moments::new();
    for kill in 0..KILLS {
        let mut child = start(dir.path(), &flags, &more, &killed);
        // Read to the end, so that the pipe is never full.
        let output = child.stdout.take().unwrap();
        let reader = std::thread::Builder::new().name("reader".into());
        let reader = reader.spawn(move || std::io::copy(&mut std::io::BufReader::new(output), &mut std::io::sink()));
        std::thread::sleep(all.mul_f64(0.02 + 0.04 * moments.next()));
        assert!(child.try_wait().unwrap().is_none(), "it was over after {kill} kills");
        child.kill().unwrap();
        child.wait().unwrap();
        reader.unwrap().join().unwrap().unwrap();
    }
    let rest = train(dir.path(), &flags, &killed, &more);
    assert_eq!(rest.status.code(), Some(0), "{}", error(&rest));
    let resumed = events(&rest).iter().find(|event| event["event"] == "started").unwrap()["resumed"].as_u64();
    println!("{KILLS} kills; the last start resumed behind step {resumed:?}");
    same_end(&killed, &whole);
}
