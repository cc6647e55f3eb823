//! Tests of the sequences against themselves: what one sensor sees, the others see too.
#![allow(clippy::unwrap_used)]

use super::super::layout::{self, DATE, Layout};
use super::*;
use crate::data::truth;
use crate::geometry::calibration::Calibration;

fn small(kind: Kind) -> Sequence {
    Sequence::new(kind, 3, kind.size().map(|v| v / 6)).unwrap()
}

/// Share of the pixels of one camera whose point, carried to another camera, lies at the depth that this one sees there.
fn agreeing(sequence: &Sequence, from: (usize, bool), to: (usize, bool)) -> f64 {
    let rig = sequence.rig();
    let (a, b) = (rig.camera(&sequence.pose(from.0), from.1), rig.camera(&sequence.pose(to.0), to.1));
    let (depth_a, depth_b) = (sequence.depth(from.0, from.1), sequence.depth(to.0, to.1));
    let (mut near, mut all) = (0u32, 0u32);
    for y in 0..depth_a.height() {
        for x in 0..depth_a.width() {
            let Some(d) = depth_a.at(x, y).filter(|d| *d < 50.0) else { continue };
            let [right, down, forward] = rig.intrinsics.unproject(x as f64, y as f64, f64::from(d));
            let point = a.position + a.axes[0] * right + a.axes[1] * down + a.axes[2] * forward;
            let seen = b.axes.map(|axis| (point - b.position).dot(axis));
            let Some([u, v]) = rig.intrinsics.project(seen) else { continue };
            if u < 0.0 || v < 0.0 {
                continue;
            }
            let Some(want) = depth_b.at(u.round() as usize, v.round() as usize) else { continue };
            all += 1;
            near += u32::from((f64::from(want) - seen[2]).abs() < 0.05 * seen[2]);
        }
    }
    assert!(all > 1000, "{all} points are seen by both");
    f64::from(near) / f64::from(all)
}

#[test]
fn both_cameras_and_the_next_moment_see_the_same_world() {
    for (kind, least) in [(Kind::Room, 0.86), (Kind::Road, 0.80)] {
        let sequence = small(kind);
        let stereo = agreeing(&sequence, (4, false), (4, true));
        let motion = agreeing(&sequence, (4, false), (5, false));
        // The rest is hidden to the other, lies on an edge, or drives.
        assert!(stereo > least && motion > least, "{kind:?}: {stereo} {motion}");
        assert!(agreeing(&sequence, (4, false), (5, true)) > least);
    }
}

#[test]
fn every_picture_of_the_room_has_depth_everywhere_and_the_walk_is_free() {
    let sequence = small(Kind::Room);
    for index in (0..MAX_FRAMES).step_by(7) {
        let depth = sequence.depth(index, false);
        assert_eq!(depth.valid_count(), depth.values().len(), "frame {index} sees the sky");
        let [near, median, far] = depth.min_median_max().unwrap();
        assert!(near > 0.3 && (1.0..6.0).contains(&median) && far < 25.0, "frame {index}: {near} {median} {far}");
    }
}

#[test]
fn the_road_is_free_to_its_end() {
    let sequence = small(Kind::Road);
    for index in [0, 20, 41, 80, MAX_FRAMES - 1] {
        let depth = sequence.depth(index, false);
        let [near, _, _] = depth.min_median_max().unwrap();
        assert!(near > 2.0, "frame {index}: {near}");
    }
}

#[test]
fn the_scan_turns_with_the_rig() {
    for kind in [Kind::Room, Kind::Road] {
        let sequence = small(kind);
        let index = 30;
        let (exact, map) = (sequence.depth(index, false), sequence.lidar(&sequence.points(index)));
        let (mut near, mut all) = (0u32, 0u32);
        for (i, d) in map.values().iter().enumerate().filter(|(i, _)| map.valid()[*i]) {
            let (x, y) = (i % map.width(), i / map.width());
            let around = (-1i64..=1).flat_map(|dy| (-1i64..=1).map(move |dx| (x as i64 + dx, y as i64 + dy)));
            let span: Vec<f32> =
                around.filter_map(|(x, y)| exact.at(usize::try_from(x).ok()?, usize::try_from(y).ok()?)).collect();
            let (low, high) = span.iter().fold((f32::INFINITY, 0.0f32), |(l, h), v| (l.min(*v), h.max(*v)));
            all += 1;
            near += u32::from((low * 0.98..=high * 1.02).contains(d));
        }
        assert!(all > 500 && f64::from(near) > 0.9 * f64::from(all), "{kind:?}: {near} of {all}");
    }
}

#[test]
fn poses_are_written_as_numbers_that_lead_back() {
    let dir = tempfile::tempdir().unwrap();
    let sequence = Sequence::new(Kind::Road, 1, [64, 24]).unwrap();
    let mut done = Vec::new();
    layout::write(&sequence, Layout::KittiRaw, 2, dir.path(), &mut |i, n| {
        done.push((i, n));
        true
    })
    .unwrap();
    assert_eq!(done, [(1, 2), (2, 2)]);
    let text = std::fs::read_to_string(dir.path().join(format!("{DATE}/{DATE}_drive_0001_sync/poses.txt"))).unwrap();
    let rows: Vec<Vec<f64>> = text.lines().map(|line| line.split(' ').map(|v| v.parse().unwrap()).collect()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1], sequence.pose(1).relative_to(&sequence.pose(0)));
    assert!((rows[1][11] - 0.8).abs() < 1e-3, "forward by a step");
    let cam = Calibration::read(&dir.path().join(DATE).join("calib_cam_to_cam.txt")).unwrap();
    assert_eq!(cam.size(2).unwrap(), [64, 24]);
}

#[test]
fn nyus_pairs_hold_every_second_pixel_in_millimetres() {
    let dir = tempfile::tempdir().unwrap();
    let sequence = Sequence::new(Kind::Room, 1, [64, 48]).unwrap();
    layout::write(&sequence, Layout::Nyu, 2, dir.path(), &mut |_, _| true).unwrap();
    let map = truth::read(&dir.path().join("depth/1.png"), Some(1000.0)).unwrap().map;
    let exact = sequence.depth(1, false);
    assert_eq!((map.width(), map.height()), (32, 24));
    for (x, y) in [(0, 0), (31, 23), (5, 20)] {
        assert!((map.at(x, y).unwrap() - exact.at(2 * x, 2 * y).unwrap()).abs() <= 0.0005001);
    }
    let list = std::fs::read_to_string(dir.path().join("splits.csv")).unwrap();
    assert_eq!(list, "index0,split,scene\n0,train,synthetic_room_0001\n1,train,synthetic_room_0001\n");
}

#[test]
fn what_cannot_be_made_is_refused() {
    assert!(Sequence::new(Kind::Room, 1, [4, 48]).is_err());
    assert!(Sequence::new(Kind::Room, 1, [64, 100_000]).is_err());
    let (dir, sequence) = (tempfile::tempdir().unwrap(), Sequence::new(Kind::Road, 1, [16, 8]).unwrap());
    for frames in [0, MAX_FRAMES + 1] {
        let error = layout::write(&sequence, Layout::KittiRaw, frames, dir.path(), &mut |_, _| true).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
    let stopped = layout::write(&sequence, Layout::KittiRaw, 3, dir.path(), &mut |_, _| false).unwrap_err();
    assert_eq!(stopped.exit_code(), 130);
}
