//! Fuzz target: any bytes as one of the files of a data set. The first byte says which reader gets the rest; what is
//! checked of HDF5 is `data::hdf5::checks`, which the program's tests run too.
#![no_main]
#![allow(dead_code)]

#[path = "../../src/data/hdf5/checks.rs"]
mod checks;
#[path = "../../src/data/dataset/csv.rs"]
mod csv;
#[path = "../../src/depth.rs"]
mod depth;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/geometry/mod.rs"]
mod geometry;
#[path = "../../src/data/hdf5/mod.rs"]
mod hdf5;
#[path = "../../src/data/dataset/holdout.rs"]
mod holdout;
#[path = "../../src/data/dataset/split_tables.rs"]
mod split_tables;
#[path = "../../src/data/dataset/splits.rs"]
mod splits;

use geometry::calibration::Calibration;
use geometry::velodyne::ProjectOptions;
// What `checks` takes from above it.
use hdf5::{Dataset, Element, File};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let (text, path) = (String::from_utf8_lossy(rest), Path::new("input"));
    match kind {
        b'H' => {
            checks::check(rest);
        }
        b'L' => {
            if let Ok(list) = splits::parse(rest, path) {
                for frame in &list.frames {
                    // What a list names stays below the data's folder.
                    let inside = |folder: &str| folder.split('/').all(|part| !part.is_empty() && part != "..");
                    assert!(frame.kitti().is_none_or(|line| inside(line.folder)));
                    assert!(list.refuse(frame, "0").to_string().len() < 1000);
                    let _ = frame.index();
                }
            }
        }
        b'R' => {
            if let Ok(rows) = csv::parse_rows(&text, path) {
                assert!(rows.iter().all(|row| !row.rgb.starts_with('/') && !row.depth.starts_with('/')));
            }
        }
        b'S' => drop(csv::parse_scenes(&text, path)),
        b'C' => {
            if let Ok(calibration) = Calibration::parse(&text, path) {
                for camera in 0..4 {
                    let _ = (calibration.projection(camera), calibration.intrinsics(camera), calibration.size(camera));
                }
                let _ = calibration.baseline(2, 3);
                let _ = geometry::velodyne::velo_to_image(&calibration, &calibration, 2);
            }
        }
        b'V' => {
            // Twelve numbers of a projection, a switch, and a scan.
            let Some((head, scan)) = rest.split_at_checked(49) else { return };
            let number = |i: usize| f64::from(f32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]));
            let m = [0, 16, 32].map(|row| [0, 4, 8, 12].map(|column| number(row + column)));
            let options = ProjectOptions { vel_depth: head[48] & 1 != 0, strict: head[48] & 2 != 0 };
            if let Ok(points) = geometry::velodyne::parse_points(scan, path) {
                let map = geometry::velodyne::project(&points, &m, 16, 8, options);
                assert!(map.valid_count() <= points.len());
                assert!(map.values().iter().all(|v| v.is_finite() && *v >= 0.0));
            }
        }
        _ => {}
    }
});
