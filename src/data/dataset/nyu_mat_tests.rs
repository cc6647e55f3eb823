//! Tests of `nyu-mat:` on files made here, and on the small real one where it lies beside the checkout.

use super::*;
use crate::data::hdf5::writer::{Store, Values, Writer};

/// Pictures of 4×3 pixels in `count` frames, value 100·frame-free pattern: red is x, green is y, blue the frame.
fn labelled(count: usize, depth: Values) -> Vec<u8> {
    let (width, height) = (4, 3);
    let mut images = Vec::new();
    for i in 0..count {
        for channel in 0..3 {
            for x in 0..width {
                (0..height).for_each(|y| images.push([x as u8, y as u8, i as u8][channel]));
            }
        }
    }
    let n = count as u64;
    let one = |sides: &[u64]| Store::Chunks { sides: sides.to_vec(), fan: 32, shuffle: false, deflate: true };
    let mut w = Writer::matlab();
    w.array("images", &[n, 3, 4, 3], &Values::U8(images), &one(&[1, 3, 4, 3]));
    w.array("depths", &[n, 4, 3], &depth, &one(&[1, 4, 3]));
    let raw = (0..count * 12).map(|i| if i % 12 == 5 { 0.0 } else { 2.5 }).collect();
    w.array("rawDepths", &[n, 4, 3], &Values::F32(raw), &one(&[2, 4, 3]));
    let names: Vec<u64> = (0..count.min(3))
        .map(|i| {
            let units: Vec<u16> = format!("scene_{i}").encode_utf16().collect();
            w.hidden(&[units.len() as u64, 1], &Values::U16(units), &Store::Contiguous)
        })
        .collect();
    w.array(
        "scenes",
        &[1, n],
        &Values::References((0..count).map(|i| names[i % names.len()]).collect()),
        &Store::Contiguous,
    );
    w.finish()
}

/// Metres that say where they are: frame + x / 10 + y / 100, in columns.
fn metres(count: usize) -> Vec<f32> {
    let at = |i: usize| (i / 12) as f32 + (i % 12 / 3) as f32 / 10.0 + (i % 3) as f32 / 100.0 + 1.0;
    (0..count * 12).map(at).collect()
}

fn open_bytes(bytes: Vec<u8>, depth: NyuDepth, options: &OpenOptions) -> Result<NyuMat> {
    open_file(File::from_bytes(bytes, Path::new("nyu.mat"))?, depth, "nyu-mat:nyu.mat".into(), options)
}

fn with(split: Split) -> OpenOptions {
    OpenOptions { split: Some(split), ..OpenOptions::default() }
}

#[test]
fn pictures_and_depth_stand_upright() {
    for depth in [Values::F32(metres(3)), Values::F64(metres(3).into_iter().map(f64::from).collect())] {
        let data = open_bytes(labelled(3, depth), NyuDepth::Filled, &OpenOptions::default()).unwrap();
        assert_eq!(data.names(), ["0", "1", "2"]);
        assert!(!data.listed() && data.without_truth() == 0);
        let frame = data.frame(2).unwrap();
        assert_eq!((frame.width, frame.height, frame.name.as_str()), (4, 3, "2"));
        assert_eq!((frame.pixel(0, 0), frame.pixel(3, 1)), (Some([0, 0, 2]), Some([3, 1, 2])));
        let truth = data.truth(1).unwrap().unwrap();
        assert_eq!((truth.source, truth.half_resolution), (TruthSource::Filled, false));
        assert_eq!((truth.map.width(), truth.map.height()), (4, 3));
        assert!((truth.map.at(3, 2).unwrap() - 2.32).abs() < 1e-6);
        assert!((truth.map.at(0, 1).unwrap() - 2.01).abs() < 1e-6);
        assert_eq!((data.scene(0), data.scene(2), data.scene(3)), (Some("scene_0"), Some("scene_2"), None));
        assert_eq!(data.intrinsics(0).unwrap(), None, "the camera is known at 640x480 only");
        for beyond in [3, usize::MAX] {
            assert!(data.frame(beyond).is_err() && data.truth(beyond).is_err() && data.intrinsics(beyond).is_err());
        }
    }
}

#[test]
fn raw_depth_has_holes() {
    let bytes = labelled(3, Values::F32(metres(3)));
    let data = open_bytes(bytes, NyuDepth::Raw, &OpenOptions::default()).unwrap();
    for i in [0, 2, 1] {
        let truth = data.truth(i).unwrap().unwrap();
        assert_eq!((truth.source, truth.map.valid_count()), (TruthSource::Raw, 11));
        // The sixth value of the columns: x 1, y 2.
        assert_eq!((truth.map.at(1, 2), truth.map.at(2, 1)), (None, Some(2.5)));
    }
}

#[test]
fn the_official_split_is_of_1449_frames() {
    let bytes = labelled(NYU_FRAMES, Values::F32(metres(NYU_FRAMES)));
    let data = open_bytes(bytes.clone(), NyuDepth::Filled, &OpenOptions::default()).unwrap();
    assert_eq!((data.names().len(), data.listed()), (654, true));
    assert_eq!((data.names()[2].as_str(), data.names()[653].as_str()), ("8", "1448"));
    assert_eq!(data.frame(2).unwrap().pixel(0, 0), Some([0, 0, 8]));
    assert_eq!(data.truth(653).unwrap().unwrap().map.at(0, 0), Some(1449.0));
    let train = open_bytes(bytes.clone(), NyuDepth::Filled, &with(Split::NyuTrain)).unwrap();
    assert_eq!((train.names().len(), train.names()[0].as_str()), (795, "2"));
    let all = OpenOptions { limit: Some(10), ..with(Split::All) };
    let all = open_bytes(bytes, NyuDepth::Filled, &all).unwrap();
    assert_eq!((all.names().len(), all.listed()), (10, false));
}

#[test]
fn splits_that_do_not_fit_are_refused() {
    let small = labelled(3, Values::F32(metres(3)));
    let refused =
        |split| open_bytes(small.clone(), NyuDepth::Filled, &with(split)).map(|_| ()).unwrap_err().to_string();
    assert!(refused(Split::NyuTest).contains("has 3 frames, and the official split is of 1449"));
    assert!(refused(Split::Eigen).contains("other data"));
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("list.txt");
    std::fs::write(&list, "2\n0\n").unwrap();
    let data = open_bytes(small.clone(), NyuDepth::Filled, &with(Split::File(list.clone()))).unwrap();
    assert_eq!((data.names(), data.listed()), (&["2".to_owned(), "0".to_owned()][..], true));
    std::fs::write(&list, "2\n3\n").unwrap();
    assert!(refused(Split::File(list)).contains("line 2"));
}

#[test]
fn other_shapes_are_refused_before_anything_is_read() {
    let file = |images: &[u64], depths: &[u64], values: Values| {
        let mut w = Writer::matlab();
        let count = images.iter().product::<u64>().min(1000) as usize;
        w.array("images", images, &Values::U8(vec![0; count]), &Store::Contiguous);
        w.array("depths", depths, &values, &Store::Contiguous);
        open_bytes(w.finish(), NyuDepth::Filled, &OpenOptions::default()).map(|_| ()).unwrap_err().to_string()
    };
    let some = || Values::F32(vec![1.0; 12]);
    assert!(file(&[1, 4, 4, 3], &[1, 4, 3], some()).contains("images of shape [1, 4, 4, 3]"));
    assert!(file(&[1, 3, 4], &[1, 4, 3], some()).contains("images of shape"));
    assert!(file(&[1, 3, 4, 3], &[1, 3, 4], some()).contains("depth of shape [1, 3, 4]"));
    assert!(file(&[1, 3, 4, 3], &[1, 4, 3], Values::U8(vec![1; 12])).contains("not floats"));
    assert!(file(&[1, 3, 1 << 40, 3], &[1, 1 << 40, 3], some()).contains("declares 1 images"));
    assert!(file(&[0, 3, 4, 3], &[0, 4, 3], some()).contains("declares 0 images"));
    let empty = open_bytes(Writer::matlab().finish(), NyuDepth::Filled, &OpenOptions::default());
    assert!(empty.map(|_| ()).unwrap_err().to_string().contains("has no array images"));
}

/// Values that h5py reads from the small real file: frame, x, y, red green blue, filled and raw metres.
type Seen = (usize, usize, usize, [u8; 3], f32, f32);

#[test]
fn the_real_file_is_read_as_h5py_reads_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/nyu_labeled_mini.mat");
    if !path.is_file() {
        println!("left out, ../shared is not here: the labelled file of four frames");
        return;
    }
    let open = |depth| open(&path, depth, "nyu-mat:mini".into(), &OpenOptions::default()).unwrap();
    let (filled, raw) = (open(NyuDepth::Filled), open(NyuDepth::Raw));
    assert_eq!(filled.names(), ["0", "1", "2", "3"]);
    let scenes: Vec<_> = (0..4).map(|i| filled.scene(i).unwrap()).collect();
    assert_eq!(scenes, ["office_0003", "conference_room_0001", "bathroom_0028", "bedroom_0067"]);
    assert_eq!(filled.intrinsics(0).unwrap(), Some(COLOUR_CAMERA));
    for (i, x, y, rgb, metres, measured) in SEEN {
        assert_eq!(filled.frame(i).unwrap().pixel(x, y), Some(rgb), "frame {i}, {x}, {y}");
        assert_eq!(filled.truth(i).unwrap().unwrap().map.at(x, y), Some(metres), "frame {i}, {x}, {y}");
        let measured = (measured > 0.0).then_some(measured);
        assert_eq!(raw.truth(i).unwrap().unwrap().map.at(x, y), measured, "frame {i}, {x}, {y}");
    }
}

const SEEN: [Seen; 6] = [
    (0, 320, 240, [205, 185, 196], 1.79, 1.79),
    (1, 0, 0, [252, 252, 252], 3.063, 0.0),
    (2, 639, 479, [254, 255, 255], 0.879, 0.879),
    (3, 100, 300, [48, 24, 37], 2.47, 2.47),
    (0, 320, 0, [248, 255, 255], 1.76, 0.0),
    (3, 320, 0, [254, 254, 254], 4.345, 0.0),
];
