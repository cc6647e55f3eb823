//! Tests of the data sets made of files: layouts made here, and the real ones where they lie beside the checkout.

#![allow(clippy::unwrap_used)]

use super::*;
use image::{ImageBuffer, Luma, Rgb};
use std::path::Path;

fn picture(path: &Path, size: [u32; 2], colour: [u8; 3]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    ImageBuffer::from_pixel(size[0], size[1], Rgb(colour)).save(path).unwrap();
}

fn depth16(path: &Path, size: [u32; 2], value: u16) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    ImageBuffer::from_fn(size[0], size[1], |x, y| Luma([if (x, y) == (1, 0) { 0 } else { value }])).save(path).unwrap();
}

fn open_at(spec: &str, options: &OpenOptions) -> Result<Box<dyn Dataset>> {
    open(&spec.parse().unwrap(), options)
}

fn with(split: &str) -> OpenOptions {
    OpenOptions { split: Some(split.parse().unwrap()), ..OpenOptions::default() }
}

fn refused(spec: &str, options: &OpenOptions) -> String {
    open_at(spec, options).map(|_| ()).unwrap_err().to_string()
}

/// A small `nyu:` folder: frames 0, 2, 8 and 10, of which 10 has no depth.
fn nyu(dir: &Path) -> String {
    for i in [0u16, 2, 8, 10] {
        picture(&dir.join(format!("rgb/{i}.jpg")), [640, 480], [200, 10, 10]);
        if i != 10 {
            depth16(&dir.join(format!("depth/{i}.png")), [320, 240], 1000 + i);
        }
    }
    std::fs::write(dir.join("splits.csv"), "index0,split,scene\n0,test,kitchen_1\n2,train,office_3\n").unwrap();
    format!("nyu:{}", dir.display())
}

#[test]
fn nyu_pairs_by_index_with_scenes() {
    let dir = tempfile::tempdir().unwrap();
    let spec = nyu(dir.path());
    let data = open_at(&spec, &OpenOptions::default()).unwrap();
    assert_eq!((data.spec(), data.kind(), data.listed()), (spec.as_str(), DataKind::Nyu, false));
    assert_eq!(data.names(), ["0", "2", "8", "10"]);
    assert_eq!(
        [data.scene(0), data.scene(1), data.scene(2), data.scene(9)],
        [Some("kitchen_1"), Some("office_3"), None, None]
    );
    let frame = data.frame(1).unwrap();
    assert_eq!((frame.name.as_str(), frame.width, frame.height), ("2", 640, 480));
    let truth = data.truth(1).unwrap().unwrap();
    assert_eq!((truth.source, truth.half_resolution), (TruthSource::Filled, true));
    assert_eq!((truth.map.at(0, 0), truth.map.at(1, 0)), (Some(1.002), None));
    assert!(data.truth(3).unwrap().is_none(), "without a split a frame may have no ground truth");
    assert!(data.intrinsics(0).unwrap().is_some_and(|k| (518.0..519.0).contains(&k.fx)));
    assert!(data.frame(4).is_err() && data.truth(4).is_err() && data.intrinsics(4).is_err());
}

#[test]
fn frames_without_truth_are_left_out_on_demand_and_limits_count_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let spec = nyu(dir.path());
    let options = OpenOptions { truth_only: true, ..OpenOptions::default() };
    let data = open_at(&spec, &options).unwrap();
    assert_eq!((data.names().len(), data.without_truth()), (3, 1));
    let data = open_at(&spec, &OpenOptions { limit: Some(2), ..options }).unwrap();
    assert_eq!((data.names(), data.without_truth()), (&["0".to_owned(), "2".to_owned()][..], 1));
}

#[test]
fn frames_that_a_split_asks_for_stay_in_the_list() {
    let dir = tempfile::tempdir().unwrap();
    let spec = nyu(dir.path());
    let data = open_at(&spec, &with("nyu-test")).unwrap();
    assert_eq!((data.names().len(), data.listed()), (654, true));
    assert_eq!(data.names()[..3], ["0", "1", "8"]);
    assert!(data.frame(0).is_ok() && data.truth(2).unwrap().is_some());
    let error = data.frame(1).unwrap_err().to_string();
    assert!(error.contains("1.jpg"), "{error}");
    assert!(data.truth(1).is_err());
    assert_eq!(open_at(&spec, &with("nyu-train")).unwrap().names().len(), 795);
    assert!(refused(&spec, &with("eigen")).contains("other data"));
    let list = dir.path().join("list.txt");
    std::fs::write(&list, "0008\n2\n").unwrap();
    let data = open_at(&spec, &with(list.to_str().unwrap())).unwrap();
    assert_eq!((data.names(), data.listed()), (&["8".to_owned(), "2".to_owned()][..], true));
    std::fs::write(&list, "5\n6\n").unwrap();
    assert!(refused(&spec, &with(list.to_str().unwrap())).contains("none of the 2 frames"));
}

#[test]
fn the_held_out_scenes_and_the_rest_are_taken_by_scene() {
    let dir = tempfile::tempdir().unwrap();
    let spec = nyu(dir.path());
    picture(&dir.path().join("rgb/3.jpg"), [640, 480], [10, 200, 10]);
    let held_out = holdout::scenes().next().unwrap();
    let table = format!("index0,split,scene\n0,test,{held_out}\n2,train,{held_out}\n3,train,office_3\n");
    std::fs::write(dir.path().join("splits.csv"), table).unwrap();
    // 0 is a test frame, and nobody knows the rooms of the other training frames.
    for (split, name) in [("nyu-holdout", "2"), ("nyu-train-rest", "3")] {
        let data = open_at(&spec, &with(split)).unwrap();
        assert_eq!((data.names(), data.listed()), (&[name.to_owned()][..], true), "{split}");
    }
    std::fs::remove_file(dir.path().join("splits.csv")).unwrap();
    assert!(refused(&spec, &with("nyu-holdout")).contains("goes by scenes"));
}

#[test]
fn broken_folders_are_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let spec = format!("nyu:{}", dir.path().display());
    assert!(refused(&spec, &OpenOptions::default()).contains("neither the folders rgb and depth"));
    assert!(refused("nyu:/no/such", &OpenOptions::default()).contains("is no folder"));
    std::fs::create_dir(dir.path().join("rgb")).unwrap();
    assert!(refused(&spec, &OpenOptions::default()).contains("missing beside rgb"));
    std::fs::create_dir(dir.path().join("depth")).unwrap();
    assert!(refused(&spec, &OpenOptions::default()).contains("has no picture"));
    let spec = nyu(dir.path());
    for (text, what) in [
        ("a,b\n1,2\n", "no column index0"),
        ("index0,scene\n1\n", "too few columns in line 2"),
        ("index0,scene\nx,y\n", "no index in line 2"),
        ("scene,index0\na,-1\n", "no index in line 2"),
        ("index0,scene\n1,a\n\n1,b\n", "twice, the second time in line 4"),
        ("", "no column index0"),
    ] {
        std::fs::write(dir.path().join("splits.csv"), text).unwrap();
        let error = refused(&spec, &OpenOptions::default());
        assert!(error.contains(what) && error.contains("splits.csv"), "{error}");
    }
    std::fs::write(dir.path().join("splits.csv"), [0xff, 0xfe]).unwrap();
    assert!(refused(&spec, &OpenOptions::default()).contains("is no text"));
}

/// DenseDepth's archive: two training rows with 8-bit depth, one test row with 16-bit depth.
fn dense(dir: &Path) {
    for i in [1, 2] {
        picture(&dir.join(format!("data/nyu2_train/den_0001_out/{i}.jpg")), [8, 6], [0, 200, 0]);
        let depth = ImageBuffer::from_fn(8, 6, |x, _| Luma([if x == 0 { 0u8 } else { 51 * i }]));
        depth.save(dir.join(format!("data/nyu2_train/den_0001_out/{i}.png"))).unwrap();
    }
    picture(&dir.join("data/nyu2_test/00000_colors.png"), [8, 6], [0, 0, 200]);
    depth16(&dir.join("data/nyu2_test/00000_depth.png"), [8, 6], 2500);
    let rows = [1, 2].map(|i| format!("data/nyu2_train/den_0001_out/{i}.jpg,data/nyu2_train/den_0001_out/{i}.png\r\n"));
    std::fs::write(dir.join("data/nyu2_train.csv"), rows.concat()).unwrap();
    let row = "data/nyu2_test/00000_colors.png,data/nyu2_test/00000_depth.png\n";
    std::fs::write(dir.join("data/nyu2_test.csv"), row).unwrap();
}

#[test]
fn dense_depths_archive_by_its_lists() {
    let dir = tempfile::tempdir().unwrap();
    dense(dir.path());
    let root = dir.path().display();
    for spec in [format!("nyu:{root}"), format!("nyu:{root}/data")] {
        let data = open_at(&spec, &OpenOptions::default()).unwrap();
        let names = ["nyu2_train/den_0001_out/1", "nyu2_train/den_0001_out/2", "nyu2_test/00000_colors"];
        assert_eq!((data.names(), data.listed()), (&names.map(str::to_owned)[..], true));
        assert_eq!((data.scene(0), data.scene(2)), (Some("den_0001"), None));
        let map = data.truth(1).unwrap().unwrap().map;
        assert_eq!((map.at(0, 0), map.at(1, 0)), (None, Some(4.0)));
        let truth = data.truth(2).unwrap().unwrap();
        assert_eq!((truth.map.at(0, 0), truth.half_resolution), (Some(2.5), false));
        assert_eq!(data.frame(2).unwrap().pixel(0, 0), Some([0, 0, 200]));
    }
    let spec = format!("nyu:{root}");
    assert_eq!(open_at(&spec, &with("nyu-train")).unwrap().names().len(), 2);
    assert_eq!(open_at(&spec, &with("nyu-test")).unwrap().names().len(), 1);
    assert_eq!(open_at(&format!("nyu:{root}/data/nyu2_test.csv"), &OpenOptions::default()).unwrap().names().len(), 1);
    let list = dir.path().join("list.txt");
    std::fs::write(&list, "nyu2_test/00000_colors\nnyu2_train/gone\n").unwrap();
    let data = open_at(&spec, &with(list.to_str().unwrap())).unwrap();
    assert_eq!(data.names().len(), 2);
    assert!(data.truth(0).is_ok() && data.frame(1).is_err() && data.truth(1).is_err());
    assert!(refused(&spec, &with("eigen")).contains("other data"));
}

#[test]
fn hostile_csv_lists_end_in_one_sentence() {
    let parse = |text: &str| csv::parse_rows(text, Path::new("l.csv")).unwrap_err().to_string();
    assert!(parse("").contains("names no frame"));
    assert!(parse("a.jpg\n").contains("1 columns in line 1"));
    assert!(parse("a,b,c\n").contains("3 columns"));
    for bad in ["../../etc/passwd,b", "a,/etc/passwd", "a/../../b,c", ",b", "a,", "a\\..\\b,c", "./a,b/../c"] {
        let error = parse(&format!("fine.jpg,fine.png\n{bad}\n"));
        assert!(error.contains("outside the archive in line 2"), "{bad}: {error}");
    }
    let dir = tempfile::tempdir().unwrap();
    dense(dir.path());
    let spec = format!("nyu:{}", dir.path().display());
    let list = dir.path().join("data/nyu2_test.csv");
    std::fs::write(&list, "data/none.png,data/none.png\n").unwrap();
    assert!(refused(&spec, &with("nyu-test")).contains("not there, the first of them data/none.png"));
    let row = "data/nyu2_test/00000_colors.png,data/nyu2_test/00000_depth.png\n";
    std::fs::write(&list, row.repeat(2)).unwrap();
    assert!(refused(&spec, &with("nyu-test")).contains("twice"));
}

#[test]
fn pairs_by_stem_with_a_scale() {
    let dir = tempfile::tempdir().unwrap();
    for (stem, extension) in [("b 10", "png"), ("b 9", "jpg"), ("lonely", "png")] {
        picture(&dir.path().join(format!("images/{stem}.{extension}")), [6, 4], [9, 9, 9]);
    }
    depth16(&dir.path().join("gt/b 10.png"), [6, 4], 512);
    crate::data::npy::write(&dir.path().join("gt/b 9.npy"), &[4, 6], &[3.0; 24]).unwrap();
    let root = dir.path().display();
    let data = open_at(&format!("pairs:{root}@256"), &OpenOptions::default()).unwrap();
    assert_eq!(data.names(), ["b 9", "b 10", "lonely"]);
    assert_eq!((data.kind(), data.scene(0), data.intrinsics(0).unwrap()), (DataKind::Other, None, None));
    assert_eq!(data.truth(1).unwrap().unwrap().map.at(0, 0), Some(2.0));
    assert_eq!(data.truth(0).unwrap().unwrap().source, TruthSource::File);
    assert!(data.truth(2).unwrap().is_none());
    // Without a scale only what needs none can be read, and nothing is guessed.
    let data = open_at(&format!("pairs:{root}"), &OpenOptions::default()).unwrap();
    assert!(data.truth(0).unwrap().is_some());
    assert!(data.truth(1).unwrap_err().to_string().contains("pairs:DIR@SCALE"));
    std::fs::write(dir.path().join("intrinsics.json"), r#"{"b 9": {"fx": 5, "fy": 5, "cx": 3, "cy": 2}}"#).unwrap();
    let list = dir.path().join("list.txt");
    std::fs::write(&list, "b 9\nlonely\n").unwrap();
    let data = open_at(&format!("pairs:{root}@256"), &with(list.to_str().unwrap())).unwrap();
    assert_eq!((data.names().len(), data.listed()), (2, true));
    assert!(data.intrinsics(0).unwrap().is_some() && data.intrinsics(1).unwrap().is_none());
    assert!(data.truth(1).unwrap_err().to_string().contains("has no depth map"));
    let spec = format!("pairs:{root}");
    assert!(refused(&spec, &with("nyu-test")).contains("other data"));
    std::fs::remove_dir_all(dir.path().join("gt")).unwrap();
    assert!(refused(&spec, &OpenOptions::default()).contains("no folder of depth maps"));
}

/// A folder of real data, or a line that says what was left out.
fn shared(what: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(what);
    if path.exists() {
        return Some(path.display().to_string());
    }
    println!("left out, ../shared is not here: {what}");
    None
}

#[test]
fn the_real_pairs_open() {
    if let Some(dir) = shared("nyu") {
        let data = open_at(&format!("nyu:{dir}"), &OpenOptions::default()).unwrap();
        assert_eq!(data.names().len(), 795);
        let train = open_at(&format!("nyu:{dir}"), &with("nyu-train")).unwrap();
        assert_eq!(train.names(), data.names(), "the folder holds the official training frames");
        assert!((0..795).all(|i| data.scene(i).is_some()));
        let truth = data.truth(794).unwrap().unwrap();
        assert!(truth.half_resolution && truth.map.valid_count() == 320 * 240);
        assert_eq!(data.frame(794).unwrap().width, 640);
    }
    if let Some(dir) = shared("kitti_pairs") {
        let data = open_at(&format!("pairs:{dir}@256"), &OpenOptions::default()).unwrap();
        assert_eq!(data.names().len(), 6);
        let [low, _, high] = data.truth(0).unwrap().unwrap().map.min_median_max().unwrap();
        assert!(low > 1.0 && high < 256.0, "{low} {high}");
    }
    if let Some(dir) = shared("road") {
        let data = open_at(&format!("pairs:{dir}@256"), &OpenOptions::default()).unwrap();
        assert_eq!(data.names().len(), 9);
        assert!((0..9).all(|i| data.intrinsics(i).unwrap().is_some()));
    }
    // The same frame from both forms: what `nyu:` stores is every second pixel of the labelled file, in millimetres.
    if let (Some(dir), Some(file)) = (shared("nyu"), shared("nyu_labeled_mini.mat")) {
        let pairs = open_at(&format!("nyu:{dir}"), &OpenOptions::default()).unwrap();
        let mat = open_at(&format!("nyu-mat:{file}"), &OpenOptions::default()).unwrap();
        for (position, index) in ["2", "339", "690", "1030"].iter().enumerate() {
            let i = pairs.names().iter().position(|name| name == index).unwrap();
            assert_eq!(pairs.scene(i), mat.scene(position));
            let (half, whole) = (pairs.truth(i).unwrap().unwrap().map, mat.truth(position).unwrap().unwrap().map);
            for (x, y) in (0..320 * 240).map(|i| (i % 320, i / 320)) {
                let (a, b) = (half.at(x, y).unwrap(), whole.at(2 * x, 2 * y).unwrap());
                assert!((a - b).abs() < 1.1e-3, "frame {index} at {x}, {y}: {a} and {b}");
            }
        }
    }
}
