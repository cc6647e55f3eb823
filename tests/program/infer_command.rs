//! `infer` as a user calls it, from a foreign working directory.

use super::common::{motorcycle, program, pytorch_error};
use msfnet_studio::data::npy;
use serde_json::Value;
use std::path::Path;

fn lines(output: &std::process::Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{l}: {e}"))).collect()
}

fn path(p: &Path) -> &str {
    p.to_str().unwrap()
}

#[test]
fn the_sample_with_ground_truth() {
    let dir = tempfile::tempdir().unwrap();
    let gt = motorcycle().with_file_name("depth.npy");
    let out = dir.path().join("out");
    let image = motorcycle();
    let args = ["infer", path(&image), "--out", path(&out), "--gt", path(&gt), "--json", "--device", "cpu"];
    let output = program(&args, dir.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let all = lines(&output);
    assert_eq!(all.len(), 1, "one object, one line, nothing else");
    let o = &all[0];
    assert_eq!(o["model"], "msfnet-lite0-nyu-eda");
    assert_eq!(o["compare"], "msfnet-lite0-nyu-cbam");
    assert_eq!(o["size"], serde_json::json!([741, 500]));
    assert_eq!(o["net_size"], serde_json::json!([320, 224]));
    assert_eq!(o["unit"], "metres");
    assert_eq!(o["scale_trusted"], true);
    for (metrics, network) in [("metrics", "eda"), ("compare_metrics", "cbam")] {
        let [rel, _] = pytorch_error(network);
        assert!(
            (o[metrics]["rel"].as_f64().unwrap() - rel).abs() < 1e-3,
            "{network}: {}, not {rel}",
            o[metrics]["rel"]
        );
    }
    for stage in ["decode", "preprocess", "forward", "postprocess"] {
        assert!(o["latency_ms"][stage].as_f64().unwrap() > 0.0, "{stage}");
    }
    for key in ["rel", "sq_rel", "rmse", "rmse_log", "log10", "silog", "d1", "d2", "d3", "valid"] {
        assert!(o["metrics"][key].is_number(), "{key}");
    }
    let measured = &o["measured"];
    assert_eq!(measured["pixels"], o["metrics"]["valid"]);
    assert_eq!((&measured["truth_source"], &measured["crop"]), (&"depth file".into(), &"none".into()));
    let names: Vec<String> = o["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    for name in [
        "left_depth.png",
        "left_depth16.png",
        "left_depth.npy",
        "left_eda.png",
        "left_eda.npy",
        "left_cbam.png",
        "left_cbam.npy",
        "left_error.png",
        "left_metrics.json",
        "left_metrics.csv",
        "left_figure.png",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} of {names:?}");
        assert!(out.join(name).is_file(), "{name}");
    }

    // Every number that is written is that of the array it claims to show.
    let depth = npy::read(&out.join("left_depth.npy")).unwrap();
    assert_eq!(depth.shape, [500, 741]);
    let min = depth.values.iter().copied().fold(f32::INFINITY, f32::min);
    assert!((f64::from(min) - o["depth"]["min"].as_f64().unwrap()).abs() < 1e-6);
    let png = image::open(out.join("left_depth16.png")).unwrap().into_luma16();
    for (mm, metres) in png.as_raw().iter().zip(&depth.values) {
        assert!((f32::from(*mm) / 1000.0 - metres).abs() <= 0.000_51, "{mm} mm is {metres} m");
    }
    let gate = npy::read(&out.join("left_eda.npy")).unwrap();
    assert_eq!(gate.shape, [14, 20]);
}

#[test]
fn a_folder_with_bad_files_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("in");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    let picture = image::RgbImage::from_fn(96, 64, |x, y| image::Rgb([x as u8, y as u8, 90]));
    picture.save(folder.join("good.png")).unwrap();
    picture.save(folder.join("sub/good.png")).unwrap();
    std::fs::write(folder.join("empty.png"), b"").unwrap();
    std::fs::write(folder.join("text.png"), b"no picture at all").unwrap();
    let mut bytes = std::fs::read(folder.join("good.png")).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(folder.join("half.png"), &bytes).unwrap();
    std::fs::write(folder.join("huge.bmp"), huge_bmp()).unwrap();
    let out = dir.path().join("out");
    let args = ["infer", path(&folder), "--out", path(&out), "--json", "--compare", "none", "--device", "cpu"];
    let output = program(&args, dir.path());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let all = lines(&output);
    assert_eq!(all.len(), 6);
    for o in &all {
        let input = o["input"].as_str().unwrap();
        if input.ends_with("good.png") {
            assert!(o.get("error").is_none(), "{o}");
            assert!(o.get("metrics").is_none() && o["compare"].is_null(), "{o}");
        } else {
            let error = o["error"].as_str().unwrap();
            assert!(error.contains(input.rsplit('/').next().unwrap()), "{error} names the file");
            assert_eq!(o.as_object().unwrap().len(), 2, "{o}");
        }
    }
    assert!(out.join("good_depth.npy").is_file() && out.join("sub/good_depth.npy").is_file());
    assert!(
        out.join("good_eda.png").is_file() && !out.join("good_cbam.png").exists(),
        "only the gates that are loaded"
    );
    assert!(!out.join("good_error.png").exists());
}

/// A BMP header that declares 100,000 × 100,000 pixels.
fn huge_bmp() -> Vec<u8> {
    let mut b = b"BM".to_vec();
    b.extend([0u8; 8]);
    b.extend(54u32.to_le_bytes());
    b.extend(40u32.to_le_bytes());
    b.extend(100_000i32.to_le_bytes());
    b.extend(100_000i32.to_le_bytes());
    b.extend(1u16.to_le_bytes());
    b.extend(24u16.to_le_bytes());
    b.extend([0u8; 24]);
    b
}

#[test]
fn wrong_usage_ends_with_two_and_says_what_is_right() {
    let dir = tempfile::tempdir().unwrap();
    let image = motorcycle();
    let run = |args: &[&str]| {
        let mut all = vec!["infer", path(&image), "--out", "out"];
        all.extend(args);
        let output = program(&all, dir.path());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text) = run(&["--model", "msfnet-lite0-nyu-edda"]);
    assert_ne!(code, Some(0));
    assert!(text.contains("msfnet-lite0-nyu-eda") && text.contains("msfnet-lite0-nyu-cbam"), "{text}");
    for wrong in [["--size", "320"], ["--device", "cuda"], ["--gt-scale", "-1"], ["--scaling", "mean"]] {
        assert_eq!(run(&wrong).0, Some(2), "{wrong:?}");
    }
    let (code, text) = run(&["--size", "8x8"]);
    assert!(code == Some(2) && text.contains("8x8"), "{text}");
    let (code, text) = run(&["--gt", "nowhere"]);
    assert!(code == Some(1) && text.contains("nowhere"), "{text}");
    assert_eq!(text.lines().count(), 1, "one sentence: {text}");
}

#[test]
fn bare_weights_are_asked_what_they_are() {
    let Some(shared) = super::common::shared("a bare .pth") else { return };
    let dir = tempfile::tempdir().unwrap();
    let pth = shared.join("weights/msfnet-lite0-nyu-cbam.pth");
    let image = motorcycle();
    let base = ["infer", path(&image), "--out", "out", "--model", path(&pth), "--compare", "none", "--device", "cpu"];
    let output = program(&base, dir.path());
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for flag in ["--gate", "--unit", "--train-size"] {
        assert!(text.contains(flag), "{text}");
    }
    let mut args = base.to_vec();
    args.extend(["--gate", "cbam_s", "--unit", "ten_over_metres", "--train-size", "304x228", "--json"]);
    let output = program(&args, dir.path());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(dir.path().join("out/left_cbam.npy").is_file());
}

#[test]
fn two_bare_checkpoints_each_say_their_own_gate() {
    let Some(shared) = super::common::shared("two bare .pth") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (eda, cbam) =
        (shared.join("weights/msfnet-lite0-nyu-eda.pth"), shared.join("weights/msfnet-lite0-nyu-cbam.pth"));
    let image = motorcycle();
    let mut args = vec!["infer", path(&image), "--out", "out", "--model", path(&eda), "--compare", path(&cbam)];
    args.extend(["--gate", "eda", "--unit", "ten_over_metres", "--train-size", "304x228", "--device", "cpu"]);
    let output = program(&args, dir.path());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("--compare-gate"), "{text}");
    args.extend(["--compare-gate", "cbam_s", "--json"]);
    assert!(program(&args, dir.path()).status.success());
    let read = |name: &str| npy::read(&dir.path().join("out").join(name)).unwrap().values;
    assert_ne!(read("left_eda.npy"), read("left_cbam.npy"));
}

#[test]
fn results_never_replace_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let picture = image::RgbImage::from_fn(96, 64, |x, y| image::Rgb([x as u8, y as u8, 90]));
    for name in ["x.png", "x_depth.png"] {
        picture.save(dir.path().join(name)).unwrap();
    }
    let before = std::fs::read(dir.path().join("x_depth.png")).unwrap();
    let output = program(&["infer", ".", "--out", ".", "--compare", "none", "--device", "cpu"], dir.path());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("would be replaced"));
    assert_eq!(std::fs::read(dir.path().join("x_depth.png")).unwrap(), before);
}

#[test]
fn relative_depth_is_not_measured_in_metres() {
    let Some(shared) = super::common::shared("a bare .pth taken as relative") else { return };
    let dir = tempfile::tempdir().unwrap();
    let pth = shared.join("weights/msfnet-lite0-nyu-eda.pth");
    let (image, gt) = (motorcycle(), motorcycle().with_file_name("depth.npy"));
    let mut args = vec!["infer", path(&image), "--out", "out", "--model", path(&pth), "--compare", "none"];
    args.extend(["--gate", "eda", "--unit", "disparity", "--train-size", "304x228"]);
    args.extend(["--gt", path(&gt), "--json", "--device", "cpu"]);
    let plain = program(&args, dir.path());
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    let plain = &lines(&plain)[0];
    assert!(plain.get("metrics").is_none() && plain["unit"] == "relative", "{plain}");
    assert!(!dir.path().join("out/left_error.png").exists() && !dir.path().join("out/left_depth16.png").exists());
    args.extend(["--scaling", "median", "--crop", "garg", "--cap", "5"]);
    let scaled = program(&args, dir.path());
    let object = &lines(&scaled)[0];
    assert!(object["metrics"]["rel"].as_f64().unwrap() < 0.5);
    let badge = object["measured"]["badge"].as_str().unwrap();
    assert!(badge.starts_with("depth file · garg crop · 5 m · median ×"), "{badge}");
    // The error's file carries the line below a picture that keeps the truth's size.
    let error = image::open(dir.path().join("out/left_error.png")).unwrap();
    assert!(error.width() == 741 && error.height() > 500, "{}x{}", error.width(), error.height());
    args.extend(["--protocol", "hu_nyu"]);
    let refused = program(&args[..args.len()], dir.path());
    let why = lines(&refused)[0]["unmeasured"].as_str().unwrap().to_owned();
    assert!(refused.status.success() && why.contains("640x480"), "{why}");
}

/// Twenty pictures, interrupted after the first line: what is finished stays whole, and the status says why it ended.
#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_finished_and_ends_with_130() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().unwrap();
    let picture = image::RgbImage::from_fn(96, 64, |x, y| image::Rgb([x as u8, y as u8, 90]));
    for i in 0..20 {
        picture.save(dir.path().join(format!("{i}.png"))).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_msfnet-studio"))
        .args(["infer", ".", "--out", "out", "--compare", "none", "--device", "cpu", "--json"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest = reader.lines().count();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest < 19, "it stopped early");
    let mut finished = 0;
    for entry in std::fs::read_dir(dir.path().join("out")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.starts_with('.'), "{name} is half a file");
        finished += usize::from(name.ends_with("_depth.npy") && npy::read(&file).is_ok());
    }
    assert_eq!(finished, rest + 1);
}

/// `msfnet-studio devices | true`: nobody reads, nothing panics.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_panic() {
    let program = env!("CARGO_BIN_EXE_msfnet-studio");
    let script = format!("'{program}' devices 2>err | true; cat err");
    let dir = tempfile::tempdir().unwrap();
    let output = std::process::Command::new("sh").args(["-c", &script]).current_dir(dir.path()).output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains("panicked"));
}

#[test]
fn devices_lists_the_cpu_first() {
    let dir = tempfile::tempdir().unwrap();
    let output = program(&["devices", "--json"], dir.path());
    assert!(output.status.success());
    assert_eq!(lines(&output)[0]["kind"], "cpu");
}
