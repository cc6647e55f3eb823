//! The six views as tiles: a grid that makes the pictures as large as it can, re-docked by dragging heads.

use super::colorbar;
use super::probe::ProbeReading;
use super::state::Studio;
use super::theme::{HEAD, palette};
use super::view::{self, reading};
use super::view_head::HeadAction;
use super::view_kind::ViewKind;
use egui::{Rect, Stroke, Ui};
use egui_tiles::{Behavior, EditAction, SimplificationOptions, Tile, TileId, Tiles, Tree, UiResponse};

/// The tile tree and whether it must be saved.
pub struct Grid {
    tree: Tree<ViewKind>,
    edited: bool,
    /// Columns that the usual arrangement was made for; `None` for an arrangement of the person's own.
    columns: Option<usize>,
}

impl Default for Grid {
    fn default() -> Self {
        Self::usual(3)
    }
}

/// The usual order: pairs that are compared stand above or beside each other, whatever the number of columns.
const fn order(columns: usize) -> [ViewKind; 6] {
    use ViewKind::{Cbam, Depth, Eda, Error, Rgb, Truth};
    match columns {
        1 | 2 => [Rgb, Depth, Truth, Error, Eda, Cbam],
        _ => [Rgb, Depth, Eda, Truth, Error, Cbam],
    }
}

/// Columns of a grid of `count` tiles in which a picture of this aspect is largest, with `chrome` points of each
/// tile's height not the picture's. Among equal ones the wider grid wins.
pub fn best_columns(count: usize, width: f32, height: f32, aspect: f32, chrome: f32) -> usize {
    let area = |columns: usize| {
        let rows = count.div_ceil(columns);
        let (w, h) = (width / columns as f32 - 16.0, height / rows as f32 - chrome);
        let scale = (w / aspect).min(h).max(0.0);
        scale * scale * aspect
    };
    // Full rows only: a hole in the grid is wasted.
    let choices = (1..=count).filter(|c| count.is_multiple_of(*c));
    choices.max_by(|a, b| area(*a).total_cmp(&area(*b))).unwrap_or(1)
}

/// Columns for the picture on the screen.
fn columns(studio: &Studio, visible: usize, rect: Rect) -> usize {
    let frame = studio.views.as_ref().map(|v| (v.job.frame.width, v.job.frame.height));
    let aspect = frame.map_or(4.0 / 3.0, |(w, h)| w as f32 / h.max(1) as f32);
    let chrome = HEAD + colorbar::HEIGHT + 18.0;
    best_columns(visible.max(1), rect.width(), rect.height(), aspect, chrome)
}

impl Grid {
    fn usual(columns: usize) -> Self {
        let tree = Tree::new_grid(egui::Id::unique("views"), order(columns).to_vec());
        Self { tree, edited: false, columns: Some(columns) }
    }

    /// The arrangement that was saved; the usual one when it cannot be read or lacks a view.
    pub fn restore(json: Option<&str>) -> Self {
        let tree = json.and_then(|j| serde_json::from_str::<Tree<ViewKind>>(j).ok());
        match tree {
            Some(tree) if ViewKind::ALL.iter().all(|v| tree.tiles.find_pane(v).is_some()) => {
                Self { tree, edited: false, columns: None }
            }
            _ => Self::default(),
        }
    }

    /// The arrangement as JSON when it changed since the last call.
    pub fn changed(&mut self) -> Option<String> {
        // The usual arrangement follows the picture's shape and need not be kept.
        (std::mem::take(&mut self.edited) && self.columns.is_none())
            .then(|| serde_json::to_string(&self.tree).ok())
            .flatten()
    }

    /// Draws the views: the grid, one alone, or the split.
    pub fn show(&mut self, ui: &mut Ui, studio: &mut Studio) {
        studio.view_rects.clear();
        if std::mem::take(&mut studio.reset_layout) {
            *self = Self::default();
            studio.settings.layout = None;
            studio.settings.closed.clear();
        }
        // The crosshair stands in views that are drawn before the one under the pointer too.
        studio.next_hover = None;
        self.arrangement(ui, studio);
        if studio.hover != studio.next_hover {
            studio.hover = studio.next_hover;
            ui.ctx().request_repaint();
        }
    }

    fn arrangement(&mut self, ui: &mut Ui, studio: &mut Studio) {
        if studio.split.is_some() {
            super::split::show(ui, studio);
            return;
        }
        let at = reading(studio);
        if let Some(kind) = studio.solo {
            if view::show(ui, studio, kind, at.as_ref()) == HeadAction::Close {
                studio.solo = None;
            }
            return;
        }
        let visible = ViewKind::ALL.len() - studio.settings.closed.len();
        let columns = columns(studio, visible, ui.max_rect());
        if self.columns.is_some_and(|c| order(c) != order(columns)) {
            *self = Self::usual(columns);
        }
        for kind in ViewKind::ALL {
            if let Some(id) = self.tree.tiles.find_pane(&kind) {
                self.tree.set_visible(id, !studio.settings.closed.contains(&kind));
            }
        }
        if studio.settings.closed.len() == ViewKind::ALL.len() {
            let area = ui.max_rect();
            super::widgets::empty_state(ui, area, "All views are closed", "The Views menu brings them back.");
            return;
        }
        let mut views = Views { studio, at, edited: false };
        self.tree.ui(&mut views, ui);
        if views.edited {
            (self.edited, self.columns) = (true, None);
        }
    }
}

/// What the tile tree asks while it draws.
struct Views<'a> {
    studio: &'a mut Studio,
    at: Option<ProbeReading>,
    edited: bool,
}

impl Behavior<ViewKind> for Views<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut ViewKind) -> UiResponse {
        let kind = *pane;
        match view::show(ui, self.studio, kind, self.at.as_ref()) {
            HeadAction::Drag => return UiResponse::DragStarted,
            HeadAction::Close => {
                self.studio.settings.closed.push(kind);
            }
            HeadAction::None => {}
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &ViewKind) -> egui::WidgetText {
        pane.title().into()
    }

    fn grid_auto_column_count(&self, visible: usize, rect: Rect, _: f32) -> usize {
        columns(self.studio, visible, rect)
    }

    fn gap_width(&self, _: &egui::Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        96.0
    }

    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        HEAD
    }

    fn resize_stroke(&self, style: &egui::Style, state: egui_tiles::ResizeState) -> Stroke {
        match state {
            egui_tiles::ResizeState::Idle => Stroke::new(1.0, style.visuals.widgets.noninteractive.bg_stroke.color),
            _ => Stroke::new(2.0, style.visuals.hyperlink_color),
        }
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> egui::Color32 {
        visuals.panel_fill
    }

    fn drag_ui(&mut self, tiles: &Tiles<ViewKind>, ui: &mut Ui, tile: TileId) {
        if let Some(Tile::Pane(kind)) = tiles.get(tile) {
            let p = palette(ui);
            egui::Frame::popup(ui.style()).fill(p.selection).show(ui, |ui| ui.label(kind.title()));
        }
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: false, ..SimplificationOptions::default() }
    }

    fn on_edit(&mut self, action: EditAction) {
        self.edited |= matches!(action, EditAction::TileResized | EditAction::TileDropped | EditAction::TabSelected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_makes_pictures_largest() {
        let chrome = 78.0;
        assert_eq!(best_columns(6, 1072.0, 832.0, 741.0 / 500.0, chrome), 3, "the sample at 1600x900");
        assert_eq!(best_columns(6, 500.0, 1400.0, 1242.0 / 375.0, chrome), 1, "KITTI in a tall window");
        assert_eq!(best_columns(6, 1072.0, 832.0, 1242.0 / 375.0, chrome), 2, "KITTI at 1600x900");
        assert_eq!(best_columns(6, 1600.0, 500.0, 0.5, chrome), 6, "portraits in a wide window");
        assert_eq!(best_columns(1, 500.0, 500.0, 1.0, chrome), 1);
    }

    #[test]
    fn a_saved_arrangement_comes_back_and_a_broken_one_does_not_matter() {
        let mut usual = Grid { edited: true, ..Grid::default() };
        assert!(usual.changed().is_none(), "the usual arrangement is not kept");
        let mut grid = Grid { edited: true, columns: None, ..Grid::default() };
        let json = grid.changed();
        assert!(json.is_some() && grid.changed().is_none());
        let back = Grid::restore(json.as_deref());
        assert!(back.tree == grid.tree);
        for broken in [None, Some("{"), Some("{\"root\":1}")] {
            assert_eq!(Grid::restore(broken).tree.tiles.len(), 7);
        }
    }
}
