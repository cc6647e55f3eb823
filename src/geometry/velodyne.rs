//! A LiDAR scan to a sparse depth map, as Monodepth and Monodepth2 do it (reference.md 7.4, golden values B.4).

use crate::depth::{DepthMap, DepthUnit};
use crate::error::{Error, Result};
use crate::geometry::calibration::Calibration;
use std::io::Read;
use std::path::Path;

/// Bytes of a scan that is still read: four million points. KITTI's have 2 MB.
const MAX_BYTES: u64 = 64 << 20;

const REMEDY: &str = "give a Velodyne .bin of four 32-bit floats a point";

fn too_large(path: &Path) -> Error {
    Error::file(path, "is larger than 64 MB", REMEDY)
}

/// A 3×4 projection from homogeneous scanner coordinates to homogeneous pixels.
pub type Projection = [[f64; 4]; 3];

/// How points become pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProjectOptions {
    /// Store the scanner's forward coordinate x instead of the camera's z (reference.md 8.4).
    pub vel_depth: bool,
    /// Reproduce the reference's pixel key `v·(W-1)+u-1`, in which (v, W-1) and (v+1, 0) collide, bit for bit.
    /// Without it every pixel simply holds its nearest point.
    pub strict: bool,
}

/// Reads a scan: little-endian f32 x (forward), y (left), z (up) in metres and reflectance, point after point.
///
/// # Errors
/// When the file cannot be read, is no regular file, is larger than 64 MB, or does not hold whole points.
pub fn read_points(path: &Path) -> Result<Vec<[f32; 4]>> {
    let metadata = std::fs::metadata(path).map_err(|e| Error::reading(path, &e))?;
    if !metadata.is_file() {
        return Err(Error::file(path, "is no file", REMEDY));
    }
    if metadata.len() > MAX_BYTES {
        return Err(too_large(path));
    }
    let file = std::fs::File::open(path).map_err(|e| Error::reading(path, &e))?;
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| Error::reading(path, &e))?;
    parse_points(&bytes, path)
}

/// The points in the bytes of a scan; `path` is for messages.
///
/// # Errors
/// When there are more than 64 MB, or no whole points.
pub fn parse_points(bytes: &[u8], path: &Path) -> Result<Vec<[f32; 4]>> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(path));
    }
    let (points, rest) = bytes.as_chunks::<16>();
    if points.is_empty() || !rest.is_empty() {
        let what = format!("has {} bytes, which is no number of whole points", bytes.len());
        return Err(Error::file(path, what, REMEDY));
    }
    let float = |p: &[u8; 16], i: usize| f32::from_le_bytes([p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]]);
    Ok(points.iter().map(|p| [float(p, 0), float(p, 1), float(p, 2), float(p, 3)]).collect())
}

/// M = P_rect · R_rect_00 · \[R|T\] from scanner to the pixels (counted from 1) of a rectified camera, in f64.
///
/// # Errors
/// When one of the files lacks a matrix.
pub fn velo_to_image(cam_to_cam: &Calibration, velo_to_cam: &Calibration, camera: u8) -> Result<Projection> {
    let r = velo_to_cam.numbers::<9>("R")?;
    let t = velo_to_cam.numbers::<3>("T")?;
    let v = [[r[0], r[1], r[2], t[0]], [r[3], r[4], r[5], t[1]], [r[6], r[7], r[8], t[2]], [0.0, 0.0, 0.0, 1.0]];
    let r0 = cam_to_cam.numbers::<9>("R_rect_00")?;
    let r0 = [[r0[0], r0[1], r0[2], 0.0], [r0[3], r0[4], r0[5], 0.0], [r0[6], r0[7], r0[8], 0.0], [0.0, 0.0, 0.0, 1.0]];
    let p = cam_to_cam.projection(camera)?;
    Ok(multiply(multiply(p, r0), v))
}

fn multiply<const R: usize>(a: [[f64; 4]; R], b: [[f64; 4]; 4]) -> [[f64; 4]; R] {
    a.map(|row| std::array::from_fn(|j| (0..4).map(|k| row[k] * b[k][j]).sum()))
}

/// Projects a scan to a `width`×`height` map in metres; pixels without a point are invalid.
pub fn project(points: &[[f32; 4]], m: &Projection, width: usize, height: usize, options: ProjectOptions) -> DepthMap {
    let mut depth = vec![0.0f64; width * height];
    // Which group a key has; 0 is none yet. Keys begin at -1 and end below the number of pixels.
    let mut group_of = vec![0u32; width * height + 1];
    let mut groups: Vec<Group> = Vec::new();
    // `x >= 0` drops what lies behind the scanner, and NaN.
    for p in points.iter().filter(|p| p[0] >= 0.0) {
        let p = [f64::from(p[0]), f64::from(p[1]), f64::from(p[2])];
        let q = m.map(|row| row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]);
        let u = (q[0] / q[2]).round_ties_even() - 1.0;
        let v = (q[1] / q[2]).round_ties_even() - 1.0;
        if !(u >= 0.0 && u < width as f64 && v >= 0.0 && v < height as f64) {
            continue;
        }
        let (u, v) = (u as usize, v as usize);
        let pixel = v * width + u;
        let z = if options.vel_depth { p[0] } else { q[2] };
        depth[pixel] = z; // the last point wins, until the duplicates are settled below
        // One more than the key, so that the first pixel's -1 is a place too.
        let place = if options.strict { v * (width - 1) + u } else { pixel + 1 };
        match group_of[place] {
            0 => {
                groups.push(Group { first: pixel, count: 1, min: z });
                group_of[place] = groups.len() as u32; // at most one a point, of which there are four million
            }
            i => {
                let group = &mut groups[i as usize - 1];
                group.count += 1;
                group.min = group.min.min(z);
            }
        }
    }
    for group in groups.iter().filter(|g| g.count > 1) {
        depth[group.first] = group.min;
    }
    // Negative depth becomes 0, which DepthMap takes for "no value"; so does what f32 cannot hold.
    let metres = |d: f64| Some(d as f32).filter(|d| d.is_finite() && *d > 0.0).unwrap_or(0.0);
    DepthMap::new(width, height, DepthUnit::Metres, depth.into_iter().map(metres).collect())
}

/// Points that share a key.
struct Group {
    /// Pixel of the first of them.
    first: usize,
    count: usize,
    min: f64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The numbers of reference.md B.4.
    fn golden_projection() -> Projection {
        let velo = "R: 7.533745e-03 -9.999714e-01 -6.166020e-04 1.480249e-02 7.280733e-04 -9.998902e-01 9.998621e-01 \
                    7.523790e-03 1.480755e-02\nT: -4.069766e-03 -7.631618e-02 -2.717806e-01\n";
        let cam = "R_rect_00: 9.999239e-01 9.837760e-03 -7.445048e-03 -9.869795e-03 9.999421e-01 -4.278459e-03 \
                   7.402527e-03 4.351614e-03 9.999631e-01\nP_rect_02: 7.215377e+02 0 6.095593e+02 4.485728e+01 0 \
                   7.215377e+02 1.728540e+02 2.163791e-01 0 0 1 2.745884e-03\n";
        let parse = |text| Calibration::parse(text, Path::new("calib.txt")).unwrap();
        velo_to_image(&parse(cam), &parse(velo), 2).unwrap()
    }

    const POINTS: [[f32; 4]; 11] = [
        [10.0, 0.0, 0.0, 0.3],
        [10.0, 1.0, 0.5, 0.3],
        [5.0, -2.0, -1.0, 0.3],
        [-1.0, 0.0, 0.0, 0.3],
        [10.0001, 0.0, 0.0, 0.3],
        [9.5, 0.0, -0.001, 0.3],
        [20.0, -10.0, 1.0, 0.3],
        [30.0, 25.0, -1.0, 0.3],
        [0.2, 0.0, 0.0, 0.3],
        [60.0, 3.0, -2.0, 0.3],
        [7.0, 5.8, -1.5, 0.3],
    ];

    #[test]
    fn the_projection_is_the_references() {
        let want = [
            [6.096954092e2, -7.214215973e2, -1.251258546, -1.230418057e2],
            [1.803842016e2, 7.644798019, -7.19651474e2, -1.010166879e2],
            [9.999453886e-1, 1.243653784e-4, 1.04513030e-2, -2.693869124e-1],
        ];
        for (got, want) in golden_projection().iter().flatten().zip(want.iter().flatten()) {
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} is not {want}");
        }
    }

    #[test]
    fn the_golden_points_land_where_the_reference_puts_them() {
        let pixels = [(136, 976), (138, 538), (174, 613), (203, 573), (208, 3), (318, 925)];
        let vel = [20.0, 10.0, 9.5, 60.0, 30.0, 5.0];
        let cam = [19.738_728, 9.735_417, 9.230_084, 59.706_807, 29.721_632, 4.71964];
        for strict in [false, true] {
            for (vel_depth, want) in [(true, vel), (false, cam)] {
                let options = ProjectOptions { vel_depth, strict };
                let map = project(&POINTS, &golden_projection(), 1242, 375, options);
                assert_eq!(map.valid_count(), 6);
                for ((v, u), want) in pixels.iter().zip(want) {
                    let got = map.at(*u, *v).unwrap();
                    assert!((got - want).abs() < 2e-6 * want, "({v},{u}) is {got}, not {want}");
                }
            }
        }
    }

    /// A projection that reads pixels straight off the point: u = y/x, v = z/x (counted from 1), depth = x.
    const PLAIN: Projection = [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0]];

    /// A point at depth `d` on the pixel (u, v), counted from 0.
    fn at(u: f32, v: f32, d: f32) -> [f32; 4] {
        [d, (u + 1.0) * d, (v + 1.0) * d, 0.0]
    }

    #[test]
    fn the_strict_key_reproduces_the_collision_and_the_plain_one_does_not() {
        // In a map 4 wide (row 0, column 3) and (row 1, column 0) share the strict key 2.
        let points = [at(3.0, 0.0, 8.0), at(0.0, 1.0, 2.0), at(0.0, 1.0, 4.0)];
        let strict = project(&points, &PLAIN, 4, 2, ProjectOptions { strict: true, vel_depth: false });
        assert_eq!(strict.at(3, 0), Some(2.0), "the group's minimum goes to its first point's pixel");
        assert_eq!(strict.at(0, 1), Some(4.0), "the last point stays in the other");
        let plain = project(&points, &PLAIN, 4, 2, ProjectOptions::default());
        assert_eq!((plain.at(3, 0), plain.at(0, 1)), (Some(8.0), Some(2.0)));
    }

    #[test]
    fn hostile_points_are_no_pixels() {
        let nan = f32::NAN;
        let inf = f32::INFINITY;
        let points = [[nan, 1.0, 1.0, 0.0], [inf, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, nan, 1.0, 0.0]];
        let map = project(&points, &PLAIN, 4, 4, ProjectOptions::default());
        assert_eq!(map.valid_count(), 0);
        assert_eq!(project(&points, &PLAIN, 0, 0, ProjectOptions::default()).values().len(), 0);
    }

    #[test]
    fn scans_of_any_bytes_make_finite_maps_or_errors() {
        let mut state = 9u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        // Floats of every exponent, NaN, infinity and denormals among them; projections of the same kind.
        for round in 0..300usize {
            let bytes: Vec<u8> = (0..round % 97).map(|_| byte()).collect();
            let wild: [f64; 12] =
                std::array::from_fn(|_| f64::from(f32::from_le_bytes([byte(), byte(), byte(), byte()])));
            let m = [0, 4, 8].map(|row| std::array::from_fn(|column| wild[row + column]));
            let parsed = parse_points(&bytes, Path::new("wild.bin"));
            assert_eq!(parsed.is_ok(), !bytes.is_empty() && bytes.len().is_multiple_of(16), "{}", bytes.len());
            let Ok(points) = parsed else { continue };
            for (m, strict) in [(m, false), (m, true), (PLAIN, true), (golden_projection(), true)] {
                let map = project(&points, &m, 16, 8, ProjectOptions { vel_depth: round % 2 == 0, strict });
                assert!(map.valid_count() <= points.len());
                assert!(map.values().iter().all(|v| v.is_finite() && *v >= 0.0));
            }
        }
        // Every point on one pixel, as many as a scan has: the nearest wins, and it takes no time to speak of.
        let heap: Vec<[f32; 4]> = (0..200_000).map(|i| at(3.0, 2.0, 1.0 + (i % 1000) as f32)).collect();
        let map = project(&heap, &PLAIN, 16, 8, ProjectOptions::default());
        assert_eq!((map.valid_count(), map.at(3, 2)), (1, Some(1.0)));
    }

    #[test]
    fn scans_are_read_whole_or_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("0.bin");
        let bytes: Vec<u8> = [1.0f32, 2.0, 3.0, 0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_points(&path).unwrap(), [[1.0, 2.0, 3.0, 0.5]]);
        std::fs::write(&path, &bytes[..15]).unwrap();
        assert!(read_points(&path).unwrap_err().to_string().contains("15 bytes"));
        std::fs::write(&path, []).unwrap();
        assert!(read_points(&path).is_err());
        assert!(read_points(dir.path()).is_err());
    }
}
