//! [`Placement`]: all geometry of one sample as one map from the network's picture to the stored one.

use super::augment::{AugmentConfig, Place};
use super::crop::Crop;
use super::rng::{Key, Purpose, Random};
use crate::error::{Error, Result};

/// Where the network's picture lies in the stored one: a window, turned about its centre, mirrored.
///
/// With (s, t) in 0…1 from the left and the top of the network's picture before it is mirrored, window `[x0, x1]`,
/// `[y0, y1]` of
/// centre c, and R the rotation by `angle`: position = c + R·((s − ½)(x1 − x0), (t − ½)(y1 − y0)), in pixels of the
/// stored picture
/// with the centre of its first pixel at (½, ½). Mirroring exchanges columns of what was sampled, so it is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    /// `[[x0, x1], [y0, y1]]`, inside the picture.
    pub window: [[f64; 2]; 2],
    /// In radians; positive turns the x axis of the window towards the y axis of the picture (down).
    pub angle: f64,
    /// Mirrored left to right.
    pub flip: bool,
    /// By how much the window was made smaller than its crop: depth is divided by it.
    pub zoom: f64,
}

impl Placement {
    /// Draws the geometry of a sample for a network's input of `size` from a picture of this width and height.
    ///
    /// # Errors
    /// When the picture is smaller than the crop asks for.
    pub fn draw(config: &AugmentConfig, picture: [usize; 2], size: [usize; 2], key: Key) -> Result<Self> {
        let mut window = crop(&config.crop, picture, size, &mut Random::new(key, Purpose::Crop))?;
        let mut random = Random::new(key, Purpose::Zoom);
        let zoom = random.between(config.zoom[0], config.zoom[1]);
        if zoom > 1.0 {
            for side in &mut window {
                let [from, to] = *side;
                let room = (to - from) * (1.0 - 1.0 / zoom);
                let place = random.unit();
                let start = from + room * if config.zoom_place == Place::Center { 0.5 } else { place };
                *side = [start, (start + (to - from) - room).min(to)];
            }
        }
        let angle = Random::new(key, Purpose::Rotation).between(-config.rotation, config.rotation).to_radians();
        let flip = Random::new(key, Purpose::Flip).chance(config.flip);
        Ok(Self { window, angle, flip, zoom })
    }

    /// Width and height of the window.
    pub fn extent(&self) -> [f64; 2] {
        self.window.map(|[from, to]| to - from)
    }

    /// The stored position of (s, t); the mirroring is not in it.
    pub fn position(&self, s: f64, t: f64) -> [f64; 2] {
        let [[x0, x1], [y0, y1]] = self.window;
        if self.angle == 0.0 {
            return [x0 + s * (x1 - x0), y0 + t * (y1 - y0)];
        }
        let (sin, cos) = self.angle.sin_cos();
        let (a, b) = ((s - 0.5) * (x1 - x0), (t - 0.5) * (y1 - y0));
        [0.5 * (x0 + x1) + cos * a - sin * b, 0.5 * (y0 + y1) + sin * a + cos * b]
    }

    /// The (s, t) of a stored position: [`Placement::position`] undone.
    pub fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [[x0, x1], [y0, y1]] = self.window;
        let (sin, cos) = self.angle.sin_cos();
        let (dx, dy) = (x - 0.5 * (x0 + x1), y - 0.5 * (y0 + y1));
        [(cos * dx + sin * dy) / (x1 - x0) + 0.5, (cos * dy - sin * dx) / (y1 - y0) + 0.5]
    }
}

/// The window of a crop in pixels of the stored picture.
fn crop(crop: &Crop, picture: [usize; 2], size: [usize; 2], random: &mut Random) -> Result<[[f64; 2]; 2]> {
    let (window, canvas, center) = match *crop {
        Crop::None => return Ok(picture.map(|side| [0.0, side as f64])),
        Crop::Fit { random: anywhere } => {
            let shape = [0, 1].map(|i| picture[i] as f64 / size[i] as f64);
            let scale = shape[0].min(shape[1]);
            return Ok([0, 1].map(|i| {
                let (whole, side) = (picture[i] as f64, (scale * size[i] as f64).min(picture[i] as f64));
                let start = (whole - side) * if anywhere { random.unit() } else { 0.5 };
                [start, (start + side).min(whole)]
            }));
        }
        Crop::Center { window, canvas } => (window, canvas, true),
        Crop::Random { window, canvas } => (window, canvas, false),
    };
    let mut sides = [[0.0; 2]; 2];
    for i in 0..2 {
        let whole = if canvas[i] == 0 { picture[i] } else { canvas[i] };
        let Some(room) = whole.checked_sub(window[i]) else {
            let [w, h] = picture;
            return Err(Error::Usage(format!(
                "a picture of {w}x{h} pixels is too small for crop = \"{crop}\"; give a smaller window"
            )));
        };
        let start = if center { room / 2 } else { random.below(room + 1) };
        let scale = picture[i] as f64 / whole as f64;
        let edge = |at: usize| if at == whole { picture[i] as f64 } else { at as f64 * scale };
        sides[i] = [edge(start), edge(start + window[i])];
    }
    Ok(sides)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(number: usize) -> Key {
        Key { seed: 11, epoch: 2, number }
    }

    #[test]
    fn nothing_asked_for_is_the_whole_picture() {
        let placement = Placement::draw(&AugmentConfig::default(), [640, 480], [64, 32], key(0)).unwrap();
        assert_eq!(placement, Placement { window: [[0.0, 640.0], [0.0, 480.0]], angle: 0.0, flip: false, zoom: 1.0 });
        assert_eq!(placement.position(0.5, 1.0), [320.0, 480.0]);
    }

    #[test]
    fn crops_are_windows_of_the_resized_picture() {
        let draw = |text: &str, picture, n| {
            let config = AugmentConfig { crop: text.parse().unwrap(), ..Default::default() };
            Placement::draw(&config, picture, [64, 32], key(n)).map(|p| p.window)
        };
        assert_eq!(draw("center 304x228 of 320x240", [640, 480], 0).unwrap(), [[16.0, 624.0], [12.0, 468.0]]);
        assert_eq!(draw("center 5x4", [10, 7], 0).unwrap(), [[2.0, 7.0], [1.0, 5.0]]);
        let mut starts = std::collections::BTreeSet::new();
        for n in 0..400 {
            let [[x0, x1], y] = draw("random 513x385 of 0x385", [520, 375], n).unwrap();
            assert_eq!((x1 - x0, y), (513.0, [0.0, 375.0]));
            starts.insert(x0 as usize);
        }
        assert_eq!(starts.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
        let error = draw("random 513x385 of 0x385", [500, 375], 0).unwrap_err().to_string();
        assert!(error.contains("500x375") && error.contains("random 513x385"), "{error}");
    }

    #[test]
    fn a_fitting_window_is_the_largest_of_the_networks_shape() {
        let draw = |random, picture: [usize; 2], size, n| {
            let config = AugmentConfig { crop: Crop::Fit { random }, ..Default::default() };
            Placement::draw(&config, picture, size, key(n)).unwrap()
        };
        // 1936×1216 for 3:1: all columns, a third as many rows.
        let [[x0, x1], [y0, y1]] = draw(false, [1936, 1216], [480, 160], 0).window;
        assert_eq!([x0, x1], [0.0, 1936.0]);
        assert!((y1 - y0 - 1936.0 / 3.0).abs() < 1e-9 && (y0 + y1 - 1216.0).abs() < 1e-9);
        // 1242×375 for 2:1: all rows.
        assert_eq!(draw(false, [1242, 375], [64, 32], 0).window, [[246.0, 996.0], [0.0, 375.0]]);
        let starts: Vec<f64> = (0..200).map(|n| draw(true, [1242, 375], [64, 32], n)).map(|p| p.window[0][0]).collect();
        assert!(starts.iter().all(|x| (0.0..=492.0).contains(x)));
        assert!(starts.iter().any(|x| *x < 50.0) && starts.iter().any(|x| *x > 440.0));
        assert_eq!(draw(true, [640, 480], [64, 48], 3).window, [[0.0, 640.0], [0.0, 480.0]]);
    }

    #[test]
    fn zoomed_windows_stay_inside_and_centred_ones_in_the_middle() {
        let mut config = AugmentConfig { zoom: [1.0, 2.0], ..Default::default() };
        for n in 0..200 {
            let p = Placement::draw(&config, [640, 480], [64, 48], key(n)).unwrap();
            let [w, h] = p.extent();
            assert!(
                (w * p.zoom - 640.0).abs() < 1e-9 && (h * p.zoom - 480.0).abs() < 1e-9 && (1.0..2.0).contains(&p.zoom)
            );
            assert!(
                p.window[0][0] >= 0.0 && p.window[0][1] <= 640.0 && p.window[1][0] >= 0.0 && p.window[1][1] <= 480.0
            );
        }
        config = AugmentConfig { zoom: [2.0, 2.0], zoom_place: Place::Center, ..config };
        assert_eq!(
            Placement::draw(&config, [640, 480], [64, 48], key(1)).unwrap().window,
            [[160.0, 480.0], [120.0, 360.0]]
        );
    }

    #[test]
    fn rotation_and_flips_are_as_likely_as_asked_and_placing_undoes_positions() {
        let config = AugmentConfig { rotation: 5.0, flip: 0.5, zoom: [1.0, 1.4], ..Default::default() };
        let (mut flips, mut angles) = (0, Vec::new());
        for n in 0..4000 {
            let p = Placement::draw(&config, [640, 480], [64, 48], key(n)).unwrap();
            flips += usize::from(p.flip);
            angles.push(p.angle.to_degrees());
            let [s, t] = p.place(p.position(0.2, 0.9));
            assert!((s - 0.2).abs() < 1e-12 && (t - 0.9).abs() < 1e-12);
        }
        let mean = angles.iter().sum::<f64>() / 4000.0;
        let square = angles.iter().map(|a| a * a).sum::<f64>() / 4000.0;
        assert!((1870..2130).contains(&flips), "{flips}");
        assert!(mean.abs() < 0.2 && (square - 25.0 / 3.0).abs() < 0.5, "{mean} {square}");
        assert!(angles.iter().all(|a| a.abs() <= 5.0));
    }
}
