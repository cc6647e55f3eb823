//! The crop on the pictures: a thin frame around what counts, the rest dimmed.

use super::super::link::{Area, Link};
use super::super::state::Studio;
use super::super::view_kind::ViewKind;
use super::shown_output;
use crate::eval::protocol::Region;
use egui::{Color32, Rect, Stroke, StrokeKind, Ui, pos2};

/// The views on which the crop is drawn: those that show the picture, the truth and their difference.
const ON: [ViewKind; 3] = [ViewKind::Rgb, ViewKind::Truth, ViewKind::Error];

/// The part of the picture that counts, both coordinates in 0…1; `None` when all of it does.
pub fn part(studio: &Studio) -> Option<Rect> {
    let measured = shown_output(studio)?.measured.as_ref()?;
    of_grid(&measured.region, [measured.truth.width(), measured.truth.height()])
}

/// A region of a grid of pixels as a part of the whole, from the first pixel's left edge to the last one's right.
fn of_grid(region: &Region, [width, height]: [usize; 2]) -> Option<Rect> {
    if region.size() == [width, height] || width == 0 || height == 0 {
        return None;
    }
    let at = |x: usize, y: usize| pos2(x as f32 / width as f32, y as f32 / height as f32);
    Some(Rect::from_min_max(at(region.columns.start, region.rows.start), at(region.columns.end, region.rows.end)))
}

/// Where the crop lies on the screen.
pub fn on_screen(area: &Area, link: &Link, part: Rect) -> Rect {
    let at = |p: egui::Pos2| area.screen_point(link, [p.x, p.y]);
    Rect::from_min_max(at(part.min), at(part.max))
}

/// Draws the crop over a view's picture.
pub fn draw(ui: &Ui, studio: &Studio, kind: ViewKind, area: &Area, clip: Rect) {
    let Some(part) = part(studio).filter(|_| ON.contains(&kind)) else { return };
    let whole = area.place(&studio.link);
    let inner = on_screen(area, &studio.link, part);
    let painter = ui.painter_at(clip.intersect(whole));
    let dim = Color32::from_black_alpha(105);
    let (l, r) = (whole.left(), whole.right());
    for outside in [
        Rect::from_min_max(whole.min, pos2(r, inner.top())),
        Rect::from_min_max(pos2(l, inner.bottom()), whole.max),
        Rect::from_min_max(pos2(l, inner.top()), pos2(inner.left(), inner.bottom())),
        Rect::from_min_max(pos2(inner.right(), inner.top()), pos2(r, inner.bottom())),
    ] {
        painter.rect_filled(outside, 0.0, dim);
    }
    painter.rect_stroke(inner, 0.0, Stroke::new(1.0, Color32::from_white_alpha(215)), StrokeKind::Outside);
}
