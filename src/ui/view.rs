//! One view: its head, its picture with crosshair and value, its colour bar, and what the pointer does there.

use super::colorbar;
use super::link::Area;
use super::probe::{ProbeReading, probe_parts};
use super::protocol;
use super::state::Studio;
use super::theme::{BODY, HEAD, palette, semibold};
use super::view_head::{self, HeadAction};
use super::view_kind::ViewKind;
use super::view_state::{Content, Layer, Shown, shown};
use super::widgets::empty_state;
use crate::render::{MapPainter, Place};
use egui::{Color32, CursorIcon, Rect, Response, Sense, Stroke, Ui, pos2, vec2};

/// Distance of pictures and bars from a view's edges.
pub(super) const MARGIN: f32 = 8.0;

/// The probe's reading at the cursor; one for all views of a frame.
pub fn reading(studio: &Studio) -> Option<ProbeReading> {
    let views = studio.views.as_ref()?;
    let job = &views.job;
    // As far as a sparse point is drawn: 1.5 screen pixels, taken as 4 for the hand, or as wide as a person asked for.
    let reach = job.truth.as_ref().map_or(0.0, |t| {
        let sparse = views.analysis.truth_sparse();
        let texels = t.map.width() as f32 / job.frame.width.max(1) as f32;
        let drawn = f32::from(protocol::points(studio)) / 2.0;
        if sparse { (texels * 2.0 / studio.link.scale.unwrap_or(0.5)).max(drawn) } else { 0.0 }
    });
    probe_parts(&job.frame, job.truth.as_deref(), job.prediction.as_deref(), studio.cursor()?, reach)
}

/// Draws a view over the whole of `ui`.
pub fn show(ui: &mut Ui, studio: &mut Studio, kind: ViewKind, at: Option<&ProbeReading>) -> HeadAction {
    let rect = ui.max_rect();
    let p = palette(ui);
    ui.painter().rect_filled(rect, 0.0, p.ground);
    studio.view_rects.push((kind, rect));
    let shown = shown(studio, kind, at);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD));
    let action = view_head::show(ui, studio, kind, head, &shown);
    body(ui, studio, kind, rect, &shown);
    action
}

/// The part of a view that its picture may cover.
pub fn picture_area(view: Rect) -> Rect {
    let bottom = view.bottom() - MARGIN - colorbar::HEIGHT;
    Rect::from_min_max(
        pos2(view.left() + MARGIN, view.top() + HEAD + 2.0),
        pos2(view.right() - MARGIN, bottom - MARGIN),
    )
}

fn body(ui: &mut Ui, studio: &mut Studio, kind: ViewKind, rect: Rect, shown: &Shown) {
    let picture = picture_area(rect);
    if picture.width() < 8.0 || picture.height() < 8.0 {
        return;
    }
    if let Some(bar) = &shown.bar {
        let bar_area = Rect::from_min_max(
            pos2(picture.left(), picture.bottom() + MARGIN),
            pos2(picture.right(), picture.bottom() + MARGIN + colorbar::HEIGHT),
        );
        colorbar::show(ui, bar_area, bar);
    }
    match &shown.content {
        Content::Empty { title, explanation } => empty_state(ui, picture, title, explanation),
        Content::Layer(layer) => {
            let Some(area) = area(ui, studio, picture) else { return };
            let response = ui.interact(picture, ui.scope_id().with(("picture", kind)), Sense::click_and_drag());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, shown.title));
            keys(studio, &area);
            pointer(ui, studio, &area, &response);
            draw(ui, studio, layer, &area, kind.key() as u32, picture);
            protocol::draw_crop(ui, studio, kind, &area, picture);
            // The value must not lie below the badge.
            let covered = kind == ViewKind::Error && protocol::line(studio).is_some();
            crosshair(ui, studio, &area, shown.value.as_deref(), if covered { protocol::STRIP + 2.0 } else { 0.0 });
        }
    }
    if kind == ViewKind::Error {
        protocol::strip(ui, studio, picture);
    }
}

/// The linked area of a view's picture; `None` without a frame.
pub fn area(ui: &Ui, studio: &Studio, rect: Rect) -> Option<Area> {
    let frame = &studio.views.as_ref()?.job.frame;
    let picture = [frame.width as f32, frame.height as f32];
    Some(Area { rect, picture, pixels_per_point: ui.pixels_per_point() })
}

/// Draws a layer where the link says, cut off at `clip`.
pub fn draw(ui: &Ui, studio: &Studio, layer: &Layer, area: &Area, slot: u32, clip: Rect) {
    let place = area.place(&studio.link);
    let visible = place.intersect(clip);
    if !visible.is_positive() {
        return;
    }
    if layer.picture.is_none() && layer.a.is_none() {
        // No GPU (panel tests): the place stays visible.
        ui.painter().rect_filled(visible, 0.0, palette(ui).control);
        return;
    }
    let painter = MapPainter {
        slot,
        mode: layer.mode,
        look: layer.look,
        place: Place { origin: place.min.into(), size: place.size().into() },
        picture: layer.picture.clone(),
        a: layer.a.clone(),
        b: layer.b.clone(),
        points: protocol::points(studio),
    };
    ui.painter().with_clip_rect(clip.intersect(ui.clip_rect())).add(painter.shape(visible));
}

/// Carries out zooming that was asked for by keys; the first view that is drawn does it for all.
pub fn keys(studio: &mut Studio, area: &Area) {
    if let Some(scale) = studio.zoom_to.take() {
        area.set_scale(&mut studio.link, scale);
    }
    let factor = std::mem::replace(&mut studio.zoom_by, 1.0);
    if factor != 1.0 && factor > 0.0 {
        area.zoom(&mut studio.link, factor, area.rect.center());
    }
}

/// Wheel zooms about the pointer, dragging pans, a double click fits, a click pins the probe.
pub fn pointer(ui: &Ui, studio: &mut Studio, area: &Area, response: &Response) {
    if response.dragged() {
        area.pan(&mut studio.link, response.drag_delta());
    }
    if response.double_clicked() {
        studio.link = Default::default();
        studio.pinned = None;
    } else if response.clicked() {
        let at = response.interact_pointer_pos().and_then(|at| area.picture_point(&studio.link, at));
        studio.pinned = if studio.pinned.is_some() { None } else { at };
    }
    let Some(at) = response.hover_pos() else { return };
    studio.next_hover = area.picture_point(&studio.link, at);
    let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta.y, i.zoom_delta()));
    let factor = (scroll / 240.0).exp() * pinch;
    if factor != 1.0 {
        area.zoom(&mut studio.link, factor, at);
    }
    if studio.next_hover.is_some() {
        ui.ctx().set_cursor_icon(if response.dragged() { CursorIcon::Grabbing } else { CursorIcon::Crosshair });
    }
}

/// The cursor in this view, and the view's value beside it; `covered` points at the lower edge belong to something else.
pub fn crosshair(ui: &Ui, studio: &Studio, area: &Area, value: Option<&str>, covered: f32) {
    let Some(cursor) = studio.cursor() else { return };
    let at = area.screen_point(&studio.link, cursor);
    let place = area.place(&studio.link).intersect(area.rect);
    if !place.contains(at) {
        return;
    }
    let painter = ui.painter_at(place);
    let half = 0.5 / area.pixels_per_point;
    let at = pos2(ui.painter().round_to_pixel_center(at.x), ui.painter().round_to_pixel_center(at.y));
    for (offset, colour) in [(2.0 * half, Color32::from_black_alpha(90)), (0.0, Color32::from_white_alpha(190))] {
        let stroke = Stroke::new(2.0 * half, colour);
        painter.vline(at.x + offset, place.y_range(), stroke);
        painter.hline(place.x_range(), at.y + offset, stroke);
    }
    let Some(value) = value else { return };
    let galley = ui.painter().layout_no_wrap(value.to_owned(), semibold(BODY), Color32::WHITE);
    let size = galley.size() + vec2(12.0, 6.0);
    let mut tag = Rect::from_min_size(at + vec2(9.0, 9.0), size);
    if tag.right() > place.right() {
        tag = tag.translate(vec2(-size.x - 18.0, 0.0));
    }
    // A narrow view has no room on either side.
    tag = tag.translate(vec2((place.left() - tag.left()).max(0.0), 0.0));
    if tag.bottom() > place.bottom().min(area.rect.bottom() - covered) {
        tag = tag.translate(vec2(0.0, -size.y - 18.0));
    }
    let painter = ui.painter_at(area.rect.expand(MARGIN));
    painter.rect_filled(tag, 4.0, Color32::from_rgba_unmultiplied(14, 16, 20, 225));
    painter.galley(tag.min + vec2(6.0, 3.0), galley, Color32::WHITE);
}
