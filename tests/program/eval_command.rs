//! `eval` as a user calls it: a procedural room written as NYU pairs, measured, stopped half-way and gone on with.

use super::common::{CBAM, EDA, motorcycle, program, pytorch_error};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn path(p: &Path) -> &str {
    p.to_str().unwrap()
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_table_of_two_networks_that_was_stopped_half_way() {
    let dir = tempfile::tempdir().unwrap();
    let room = dir.path().join("room");
    let made = program(&["data", "synth", "room", "--frames", "3", "--out", path(&room)], dir.path());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let spec = format!("nyu:{}", path(&room));
    let eval = |more: &[&str]| {
        let mut args = vec!["eval", "--data", &spec, "--protocol", "hu_nyu", "--device", "cpu", "--json"];
        args.extend(["--model", EDA, "--model", CBAM]);
        args.extend(more);
        program(&args, dir.path())
    };

    let out = dir.path().join("out");
    let whole = eval(&["--out", path(&out), "--figures", "1"]);
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stderr));
    let report = json(&whole);
    for (key, value) in [("data", spec.as_str()), ("protocol", "hu_nyu"), ("scaling", "none")] {
        assert_eq!(report[key], value);
    }
    assert_eq!(
        (report["frames"].as_u64(), &report["cap"], &report["skipped"]),
        (Some(3), &Value::Null, &Value::Array(vec![]))
    );
    let models = report["models"].as_array().unwrap();
    assert_eq!(models.len(), 2);
    for model in models {
        let rows = model["rows"].as_array().unwrap();
        let mean: f64 = rows.iter().map(|row| row["rel"].as_f64().unwrap()).sum::<f64>() / 3.0;
        assert_eq!(rows.len(), 3);
        assert!((model["mean"]["rel"].as_f64().unwrap() - mean).abs() < 1e-9);
        assert!(mean > 0.01 && mean < 2.0 && rows.iter().all(|row| row["pixels"] == 304 * 228));
    }
    for file in ["report.json", "images.csv", "metrics.csv", "table.csv", "distances.csv", "report.md", "table.tex"] {
        assert!(out.join(file).is_file(), "{file}");
    }
    assert_eq!(std::fs::read_dir(out.join("figures").join(EDA)).unwrap().count(), 2);

    // As if it had been killed while it wrote the third frame: the third alone is done again, to the same numbers.
    let journal = out.join("journal.jsonl");
    let bytes = std::fs::read(&journal).unwrap();
    std::fs::write(&journal, &bytes[..bytes.len() - 20]).unwrap();
    let again = eval(&["--out", path(&out), "--figures", "0"]);
    assert_eq!(json(&again), report);
    assert_eq!(std::fs::read(&journal).unwrap(), bytes);

    // Another command is not gone on with.
    let other = eval(&["--out", path(&out), "--cap", "5"]);
    assert_eq!(other.status.code(), Some(2));
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(said.contains("--protocol was hu_nyu and is now hu_nyu, changed: cap 5 m instead of none"), "{said}");

    // A frame that is broken is named, and the table is of fewer frames than asked for.
    let depth = room.join("depth");
    let first = std::fs::read_dir(&depth).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&first, b"\x89PNG\r\n\x1a\nno picture").unwrap();
    let fewer = eval(&[]);
    assert_eq!(fewer.status.code(), Some(1));
    let report = json(&fewer);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 1);
    assert!(report["title"].as_str().unwrap().contains("only 2 of 3 frames"), "{}", report["title"]);
}

#[test]
fn a_picture_at_many_sizes_is_one_table() {
    let dir = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let args = [&["eval", "--device", "cpu", "--model", EDA, "--sizes", "64x64,16x16"][..], more].concat();
        program(&args, dir.path())
    };
    let out = dir.path().join("sizes");
    let done = run(&["--image", "Motorcycle", "--json", "--out", path(&out)]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let table = json(&done);
    let rows = table["models"][0]["rows"].as_array().unwrap();
    let sizes: Vec<_> = rows.iter().map(|row| row["size"].to_string()).collect();
    assert_eq!(sizes, ["[16,16]", "[64,64]", "[320,224]"]);
    assert!(rows[0]["refused"].as_str().unwrap().contains("16x16") && rows[0]["median"].is_null());
    assert_eq!(rows[2]["ratio"], 1.0);
    assert!((rows[2]["raw"]["rel"].as_f64().unwrap() - pytorch_error("eda")[0]).abs() < 1e-3, "{}", rows[2]["raw"]);
    assert!(std::fs::read_to_string(out.join("sizes.md")).unwrap().contains("| 320×224 (training) | 1.00 |"));
    let text = String::from_utf8(run(&["--image", path(&motorcycle())]).stdout).unwrap();
    assert!(text.contains("full image · Motorcycle") && text.contains("cannot run at 16x16"), "{text}");
    for (more, word) in [
        (vec!["--data", "nyu:d"], "--protocol"),
        (vec!["--image", "Motorcycle", "--data", "nyu:d"], "--image"),
        (vec!["--image", "Motorcycle", "--size", "64x64"], "--size"),
        (vec!["--image", "nowhere.png"], "nowhere.png"),
    ] {
        let wrong = run(&more);
        assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains(word), "{more:?}");
    }
}

#[test]
fn data_and_protocol_must_fit() {
    let dir = tempfile::tempdir().unwrap();
    let run = |data: &str, protocol: &str, more: &[&str]| {
        let args =
            [&["eval", "--data", data, "--protocol", protocol, "--device", "cpu", "--limit", "1"][..], more].concat();
        let output = program(&args, dir.path());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("synthetic:road", "hu_nyu", &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("the protocols for these data are md_eigen, msf_kitti"), "{said}");
    let (code, said) = run("synthetic:road", "bts_kitti", &[]);
    assert!(code == Some(2) && said.contains("kitti-depth:"), "{said}");
    let (code, said) = run("nyu", "hu_nyu", &[]);
    assert!(code == Some(2) && said.contains("pairs:DIR"), "{said}");
    let (code, said) = run("synthetic:road", "msf_kitti", &["--cap", "-1"]);
    assert!(code == Some(2) && said.contains("--cap -1"), "{said}");
}
