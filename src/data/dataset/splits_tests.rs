//! Tests of the lists: counts, ends and sums of the built-in ones, and what lists in files may hold.

use super::*;

fn lines(split: &Split) -> Vec<String> {
    split.list().unwrap().unwrap().frames.into_iter().map(|f| f.line).collect()
}

#[test]
fn the_nyu_lists_are_654_and_795_and_share_nothing() {
    let (test, train) = (lines(&Split::NyuTest), lines(&Split::NyuTrain));
    assert_eq!((test.len(), train.len()), (654, 795));
    let both: HashSet<_> = test.iter().chain(&train).collect();
    assert_eq!(both.len(), NYU_FRAMES);
    assert_eq!((test[0].as_str(), test[653].as_str()), ("0", "1448"));
    // Neighbours on both sides of the edges of runs, read off the list.
    for (index, is_test) in [(1, true), (2, false), (7, false), (8, true), (1439, false), (1440, true), (1449, false)] {
        assert_eq!(is_nyu_test(index), is_test, "{index}");
    }
}

#[test]
fn the_training_frames_fall_apart_by_scene() {
    let held_out = crate::data::dataset::holdout::scenes().next();
    let sides = [Split::NyuHoldout, Split::NyuTrainRest];
    assert_eq!(sides.each_ref().map(|split| split.takes(held_out)), [true, false]);
    assert_eq!(sides.each_ref().map(|split| split.takes(Some("no such scene"))), [false, true]);
    assert_eq!(sides.each_ref().map(|split| split.takes(None)), [false, false], "a room that nobody knows");
    assert!(sides.iter().all(|split| split.needs_scenes() && lines(split) == lines(&Split::NyuTrain)));
    assert!(!Split::NyuTrain.needs_scenes() && Split::NyuTrain.takes(None));
}

#[test]
fn the_eigen_lists_are_697_and_652_in_order() {
    let (all, annotated) = (lines(&Split::Eigen), lines(&Split::EigenBenchmark));
    assert_eq!((all.len(), annotated.len()), (697, 652));
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 697);
    assert_eq!(all[0], "2011_09_26/2011_09_26_drive_0002_sync 0000000069 l");
    assert_eq!(all[696], "2011_10_03/2011_10_03_drive_0047_sync 0000000768 l");
    // Twenty-five a drive but for drive 48 (reference.md 7.6).
    assert_eq!(EIGEN.len(), 28);
    for (drive, frames) in EIGEN {
        assert_eq!(frames.len(), if drive.contains("0048") { 22 } else { 25 }, "{drive}");
    }
    // The shorter list is the longer one without the 45, which are all in it.
    assert_eq!(EIGEN_UNANNOTATED.iter().map(|(_, frames)| frames.len()).sum::<usize>(), 45);
    let kept: Vec<_> = all.iter().filter(|line| annotated.contains(line)).cloned().collect();
    assert_eq!(kept, annotated);
    assert!(!annotated.iter().any(|line| line.ends_with("_0002_sync 0000000075 l")));
}

#[test]
fn names_are_splits_and_the_rest_are_files() {
    for name in SPLITS.split(", ") {
        let split: Split = name.parse().unwrap();
        assert!(!matches!(split, Split::File(_)), "{name}");
        assert_eq!(split.to_string(), name);
    }
    assert_eq!("a/list.txt".parse(), Ok(Split::File("a/list.txt".into())));
    assert_eq!(Split::All.list().unwrap(), None);
    let error = Split::File("no such list".into()).list().unwrap_err().to_string();
    assert!(error.contains("neither a built-in split nor a file") && error.contains("eigen-benchmark"), "{error}");
}

#[test]
fn lists_in_files_of_every_known_form() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.txt");
    std::fs::write(&path, "\u{feff}# mine\r\n2011_09_26/drive_sync 473 r\r\n\n 09 12 l\nimage 7\n  42 \nmy picture\n")
        .unwrap();
    let list = Split::File(path.clone()).list().unwrap().unwrap();
    let frames = &list.frames;
    assert_eq!(frames.iter().map(|f| f.number).collect::<Vec<_>>(), [2, 4, 5, 6, 7]);
    let kitti = |folder, frame, side| Some(KittiLine { folder, frame, side });
    assert_eq!(frames[0].kitti(), kitti("2011_09_26/drive_sync", 473, Some(Side::Right)));
    assert_eq!(frames[1].kitti(), kitti("09", 12, Some(Side::Left)));
    assert_eq!(frames[2].kitti(), kitti("image", 7, None));
    assert_eq!((frames[3].kitti(), frames[3].index()), (None, Some(42)));
    assert_eq!((frames[4].kitti(), frames[4].index(), frames[4].line.as_str()), (None, None, "my picture"));
    let error = list.refuse(&frames[4], "a 1 l").to_string();
    assert!(error.contains("line 7 (\"my picture\")") && error.contains("\"a 1 l\""), "{error}");
}

#[test]
fn hostile_lists_end_in_one_sentence() {
    let message = |bytes: &[u8]| parse(bytes, Path::new("l.txt")).unwrap_err().to_string();
    assert!(message(b"").contains("names no frame"));
    assert!(message(b"\n# only\n").contains("names no frame"));
    assert!(message(b"\xff\xfe1\n").contains("is no text"));
    assert!(message(b"1\n2\n1\n").contains("twice, the second time in line 3"));
    let many: String = (0..=MAX_LINES).map(|i| format!("{i}\n")).collect();
    assert!(message(many.as_bytes()).contains("more than 1000000 frames"));
    let line = |line: &str| ListedFrame { line: line.into(), number: 1 };
    for bad in
        ["../secret 1 l", "a/../b 1 l", "/etc 1 l", "a 1 x", "a 1 l l", "a -1 l", "a 99999999999999999999 l", "a +1"]
    {
        assert_eq!(line(bad).kitti(), None, "{bad}");
    }
    assert_eq!(line("99999999999999999999").index(), None);
    assert_eq!(line("-1").index(), None);
    let long = SplitList { frames: vec![], path: None }.refuse(&line(&"x".repeat(9999)), "").to_string();
    assert!(long.len() < 300, "{long}");
}
