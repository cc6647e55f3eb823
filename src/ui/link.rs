//! [`Link`]: the one zoom and pan that all views share.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

/// The most that one picture pixel is enlarged, in screen pixels.
const MOST: f32 = 128.0;

/// Zoom and pan, shared by all views.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Screen pixels for one picture pixel; `None` fits the whole picture into the view.
    pub scale: Option<f32>,
    /// The point of the picture in the middle of the view, both coordinates in 0…1.
    pub centre: [f32; 2],
}

impl Default for Link {
    fn default() -> Self {
        Self { scale: None, centre: [0.5, 0.5] }
    }
}

/// A view's picture area: where it is, and what it shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// The area in points.
    pub rect: Rect,
    /// Width and height of the picture in its own pixels.
    pub picture: [f32; 2],
    /// Screen pixels of a point.
    pub pixels_per_point: f32,
}

impl Area {
    /// Screen pixels for a picture pixel that just fit the whole picture in.
    pub fn fit(&self) -> f32 {
        let size = self.rect.size() * self.pixels_per_point;
        (size.x / self.picture[0].max(1.0)).min(size.y / self.picture[1].max(1.0)).max(1e-4)
    }

    /// The scale that a link means here.
    pub fn scale(&self, link: &Link) -> f32 {
        link.scale.unwrap_or_else(|| self.fit())
    }

    /// The rectangle of the whole picture in points, its corners on whole screen pixels; it may be larger than the
    /// area. Never leaves a gap on one side while the picture is cut off on the other.
    pub fn place(&self, link: &Link) -> Rect {
        let ppp = self.pixels_per_point;
        let size = (vec2(self.picture[0], self.picture[1]) * self.scale(link)).round().max(Vec2::splat(1.0)) / ppp;
        let along = |area_min: f32, area: f32, size: f32, centre: f32| {
            let min = if size <= area {
                area_min + (area - size) / 2.0
            } else {
                (area_min + area / 2.0 - centre * size).clamp(area_min + area - size, area_min)
            };
            (min * ppp).round() / ppp
        };
        let x = along(self.rect.min.x, self.rect.width(), size.x, link.centre[0]);
        let y = along(self.rect.min.y, self.rect.height(), size.y, link.centre[1]);
        Rect::from_min_size(pos2(x, y), size)
    }

    /// The point of the picture under a point of the screen, in 0…1; `None` outside the picture or the area.
    pub fn picture_point(&self, link: &Link, at: Pos2) -> Option<[f32; 2]> {
        let place = self.place(link);
        let uv = (at - place.min) / place.size();
        let inside = self.rect.contains(at) && (0.0..1.0).contains(&uv.x) && (0.0..1.0).contains(&uv.y);
        inside.then_some([uv.x, uv.y])
    }

    /// The point of the screen over a point of the picture.
    pub fn screen_point(&self, link: &Link, [u, v]: [f32; 2]) -> Pos2 {
        let place = self.place(link);
        place.min + place.size() * vec2(u, v)
    }

    /// Zooms by a factor about a point of the screen, which keeps its place; back to "fit" at the small end.
    pub fn zoom(&self, link: &mut Link, factor: f32, about: Pos2) {
        let fit = self.fit();
        let scale = (self.scale(link) * factor).clamp(fit.min(MOST), MOST.max(fit));
        if scale <= fit * 1.0001 {
            *link = Link::default();
            return;
        }
        let place = self.place(link);
        let anchor = (about - place.min) / place.size();
        let size = vec2(self.picture[0], self.picture[1]) * scale / self.pixels_per_point;
        // The anchor stays under `about`; the middle of the area follows from it.
        let centre = anchor + (self.rect.center() - about) / size;
        *link = Link { scale: Some(scale), centre: self.kept(centre, size) };
    }

    /// One picture pixel on `pixels` screen pixels, about the middle.
    pub fn set_scale(&self, link: &mut Link, pixels: f32) {
        *link = Link { scale: Some(pixels.clamp(1e-3, MOST)), centre: link.centre };
    }

    /// Moves the picture by a vector of points.
    pub fn pan(&self, link: &mut Link, by: Vec2) {
        let size = self.place(link).size();
        let centre = vec2(link.centre[0], link.centre[1]) - by / size;
        link.centre = self.kept(centre, size);
    }

    /// A centre that leaves no gap, so that panning back answers at once.
    fn kept(&self, centre: Vec2, size: Vec2) -> [f32; 2] {
        let along = |centre: f32, area: f32, size: f32| {
            let half = (area / size / 2.0).min(0.5);
            centre.clamp(half, 1.0 - half)
        };
        [along(centre.x, self.rect.width(), size.x), along(centre.y, self.rect.height(), size.y)]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn area() -> Area {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(300.0, 200.0));
        Area { rect, picture: [600.0, 300.0], pixels_per_point: 2.0 }
    }

    #[test]
    fn fit_is_whole_and_centred() {
        let a = area();
        assert_eq!(a.fit(), 1.0);
        let place = a.place(&Link::default());
        assert_eq!(place.size(), vec2(300.0, 150.0));
        assert_eq!(place.center(), a.rect.center());
    }

    #[test]
    fn zoom_keeps_what_is_under_the_pointer() {
        let a = area();
        let mut link = Link::default();
        let about = pos2(180.0, 130.0);
        let before = a.picture_point(&link, about).unwrap();
        a.zoom(&mut link, 3.0, about);
        let after = a.picture_point(&link, about).unwrap();
        for i in 0..2 {
            assert!((before[i] - after[i]).abs() < 2e-3, "{before:?} {after:?}");
        }
        assert_eq!(a.scale(&link), 3.0);
        a.zoom(&mut link, 0.01, about);
        assert_eq!(link, Link::default(), "zooming out ends at the whole picture");
    }

    #[test]
    fn panning_stops_at_the_edges_and_answers_at_once() {
        let a = area();
        let mut link = Link::default();
        a.zoom(&mut link, 4.0, a.rect.center());
        for _ in 0..50 {
            a.pan(&mut link, vec2(100.0, 100.0));
        }
        let place = a.place(&link);
        assert_eq!(place.min, a.rect.min, "no gap at the top left");
        a.pan(&mut link, vec2(-10.0, 0.0));
        assert_eq!(a.place(&link).min.x, a.rect.min.x - 10.0);
    }

    #[test]
    fn one_to_one_is_a_screen_pixel_a_picture_pixel() {
        let a = Area { picture: [4000.0, 3000.0], ..area() };
        let mut link = Link::default();
        a.set_scale(&mut link, 1.0);
        assert_eq!(a.place(&link).size() * 2.0, vec2(4000.0, 3000.0));
        let place = a.place(&link);
        assert_eq!((place.min * 2.0).round(), place.min * 2.0, "corners lie on whole pixels");
    }

    #[test]
    fn screen_and_picture_points_are_inverse() {
        let a = area();
        let mut link = Link::default();
        a.zoom(&mut link, 2.5, pos2(150.0, 100.0));
        let at = a.screen_point(&link, [0.3, 0.4]);
        let uv = a.picture_point(&link, at).unwrap();
        assert!((uv[0] - 0.3).abs() < 1e-4 && (uv[1] - 0.4).abs() < 1e-4, "{uv:?}");
        assert_eq!(a.picture_point(&link, pos2(0.0, 0.0)), None);
    }
}
