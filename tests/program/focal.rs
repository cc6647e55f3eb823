//! Networks that were trained for a canonical focal length: `infer` and `eval` undo it where the camera is known, and say
//! so where it is not.

use super::common::{EDA, motorcycle, program};
use msfnet_studio::data::npy;
use msfnet_studio::net::config::ModelConfig;
use msfnet_studio::weights::catalog::resolve;
use msfnet_studio::weights::metadata::{CONFIG_KEY, config_entries};
use msfnet_studio::weights::{read, write_safetensors};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// f₀ of the weights that are made here.
const CANONICAL: f64 = 200.0;

fn path(p: &Path) -> &str {
    p.to_str().unwrap()
}

/// The shipped network as if it had been trained for depth as it is, or for a canonical focal length, by one camera or by
/// several.
fn weights(folder: &Path, canonical_focal: Option<f64>, own_focal: Option<f64>) -> PathBuf {
    let file = read(&resolve(EDA).unwrap()).unwrap();
    let config: ModelConfig = serde_json::from_str(&file.metadata[CONFIG_KEY]).unwrap();
    let config = ModelConfig { canonical_focal, own_focal, ..config };
    let name = [canonical_focal, own_focal].map(|focal| if focal.is_some() { "known" } else { "none" }).join("-");
    let to = folder.join(name + ".safetensors");
    write_safetensors(&to, &file.tensors, &config_entries(&config).unwrap()).unwrap();
    to
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn depth_goes_by_the_focal_length_and_without_one_is_not_trusted() {
    let dir = tempfile::tempdir().unwrap();
    // A copy: the sample itself knows its camera.
    let (model, image) = (weights(dir.path(), Some(CANONICAL), None), dir.path().join("left.png"));
    std::fs::copy(motorcycle(), &image).unwrap();
    let camera = dir.path().join("camera.txt");
    std::fs::write(&camera, "[[1000, 0, 370], [0, 1000, 250], [0, 0, 1]]").unwrap();
    let infer = |model: &str, out: &str, more: &[&str]| {
        let out = dir.path().join(out);
        let mut args = vec!["infer", path(&image), "--out", path(&out), "--model", model, "--compare", "none"];
        args.extend(["--device", "cpu", "--json"]);
        args.extend(more);
        let output = program(&args, dir.path());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (json(&output), npy::read(&out.join("left_depth.npy")).unwrap().values)
    };
    let (plain, depth) = infer(path(&weights(dir.path(), None, None)), "plain", &["--focal", "500"]);
    assert!(plain["focal"].is_null() && plain["scale_trusted"] == true, "it knows of no focal length: {plain}");

    let (known, at_500) = infer(path(&model), "a", &["--focal", "500"]);
    assert_eq!(known["scale_trusted"], true);
    // 500 pixels of 741 columns at an input of 320 columns.
    let factor = 500.0 * 320.0 / 741.0 / CANONICAL;
    assert!((known["focal"]["net"].as_f64().unwrap() / CANONICAL - factor).abs() < 1e-9);
    assert!(depth.iter().zip(&at_500).all(|(a, b)| (f64::from(*a) * factor - f64::from(*b)).abs() < 1e-4));
    let (_, at_1000) = infer(path(&model), "b", &["--calib", path(&camera)]);
    assert!(at_500.iter().zip(&at_1000).all(|(a, b)| (2.0 * a - b).abs() < 1e-4));

    let sample = motorcycle();
    let whose = |image: &Path, more: &[&str]| {
        let out = dir.path().join("sample");
        let args = ["infer", path(image), "--out", path(&out), "--model", path(&model), "--compare", "none", "--json"];
        json(&program(&[&args[..], &["--device", "cpu"], more].concat(), dir.path()))["focal"].clone()
    };
    let own = whose(&sample, &[]);
    assert!(own["picture"] == 994.978 && own["known"] == true, "as the calibration beside it says: {own}");
    assert_eq!(whose(&sample, &["--focal", "500"])["picture"], 500.0, "what is said goes before it");

    let (unknown, _) = infer(path(&model), "c", &[]);
    assert_eq!((&unknown["scale_trusted"], &unknown["focal"]["known"]), (&Value::Bool(false), &Value::Bool(false)));
    let why = unknown["scale_warnings"][0].as_str().unwrap();
    assert!(why.starts_with("scale untrusted: focal length unknown"), "{why}");

    // A network that learnt from one camera takes every picture as that one's.
    let own = weights(dir.path(), Some(CANONICAL), Some(500.0 / 741.0));
    for more in [&[][..], &["--focal", "900"]] {
        let (said, at_own) = infer(path(&own), "d", more);
        assert!(said["scale_trusted"] == true && said["focal"]["source"] == "own", "{said}");
        assert!(at_own.iter().zip(&at_500).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    let out = dir.path().join("text");
    let args = ["infer", path(&image), "--out", path(&out), "--model", path(&model), "--device", "cpu"];
    let said = String::from_utf8(program(&args, dir.path()).stdout).unwrap();
    assert!(said.contains("do not trust the scale: scale untrusted: focal length unknown"), "{said}");
    let wrong = program(&[&args[..], &["--focal", "-1"]].concat(), dir.path());
    assert_eq!(wrong.status.code(), Some(2));
    let args = ["infer", path(&image), "--out", path(&out), "--model", path(&own), "--device", "cpu", "--focal", "500"];
    let said = String::from_utf8(program(&[&args[..], &["--compare", "none"]].concat(), dir.path()).stderr).unwrap();
    assert!(said.contains("the focal length changes nothing: the metres of "), "{said}");
}

#[test]
fn a_table_takes_the_datas_focal_length_and_has_a_line_for_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (model, road) = (weights(dir.path(), Some(CANONICAL), None), dir.path().join("road"));
    let made = program(&["data", "synth", "road", "--frames", "2", "--out", path(&road)], dir.path());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let spec = format!("kitti-raw:{}", path(&road));
    let eval = |spec: &str, more: &[&str]| {
        let mut args = vec!["eval", "--data", spec, "--protocol", "msf_kitti", "--device", "cpu", "--cache", "none"];
        args.extend(["--model", path(&model), "--json"]);
        args.extend(more);
        program(&args, dir.path())
    };
    let report = json(&eval(&spec, &["--baseline", &format!("rows:{spec}")]));
    let models = report["models"].as_array().unwrap();
    assert_eq!((models.len(), &models[1]["model"]), (2, &"rows:kitti-raw:road".into()));
    let rel = |i: usize| models[i]["mean"]["rel"].as_f64().unwrap();
    // Its rows are those of the very frames that are measured; a network of rooms knows nothing of them.
    assert!(rel(1) < 0.5 && rel(1) < rel(0), "{} {}", rel(1), rel(0));

    // The same pictures as pairs, of whose camera nobody says anything.
    let pairs = dir.path().join("pairs");
    for folder in ["image", "depth"] {
        std::fs::create_dir_all(pairs.join(folder)).unwrap();
    }
    std::fs::copy(motorcycle(), pairs.join("image/a.png")).unwrap();
    std::fs::copy(motorcycle().with_file_name("depth.npy"), pairs.join("depth/a.npy")).unwrap();
    let spec = format!("pairs:{}", path(&pairs));
    let refused = eval(&spec, &[]);
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && why.contains("focal length of a is not known"), "{why}");
    assert!(eval(&format!("{spec},f=500"), &[]).status.success());
    assert!(eval(&spec, &["--scaling", "median"]).status.success());
    let own = weights(dir.path(), Some(CANONICAL), Some(0.8));
    let args = ["eval", "--data", &spec, "--protocol", "msf_kitti", "--device", "cpu", "--cache", "none", "--json"];
    let measured = program(&[&args[..], &["--model", path(&own)]].concat(), dir.path());
    assert!(measured.status.success(), "{}", String::from_utf8_lossy(&measured.stderr));
}
