//! The right panel: its tabs.

use super::state::Studio;
use super::theme::{BODY, HEAD, palette, regular};
use super::{evaluate, inspect_tab, log_tab, metrics_tab, train};
use egui::{Rect, Sense, Stroke, Ui, pos2, vec2};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A tab of the right panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Every tap of the network.
    Inspect,
    /// Metrics of the picture beside those of the model and the paper.
    #[default]
    Metrics,
    /// Models over a data set.
    Evaluate,
    /// Training, its curves and pictures.
    Train,
    /// All messages.
    Log,
}

impl Tab {
    /// All tabs and what they say about themselves.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Inspect, "Inspect", "Every step of the network, channel by channel (I)"),
        (Self::Metrics, "Metrics", "This picture's error beside the model's and the paper's (M)"),
        (Self::Evaluate, "Evaluate", "Models over a data set by a published protocol (V)"),
        (Self::Train, "Train", "Train a network and watch it learn (W)"),
        (Self::Log, "Log", "Everything that was said (L)"),
    ];

    /// True when it is on the screen.
    pub fn is_shown(self, studio: &Studio) -> bool {
        studio.settings.panel && studio.settings.tab == self
    }

    /// Brings it to the screen.
    pub fn bring_up(self, studio: &mut Studio) {
        (studio.settings.tab, studio.settings.panel) = (self, true);
    }
}

impl FromStr for Tab {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text));
        found
            .map(|(tab, ..)| tab)
            .ok_or_else(|| format!("`{text}` is no tab; give inspect, metrics, evaluate, train or log"))
    }
}

/// Draws the panel.
pub fn show(ui: &mut Ui, studio: &mut Studio) {
    if let Some(tab) = tab_bar(ui, &Tab::ALL, studio.settings.tab, 6.0) {
        studio.settings.tab = tab;
    }
    let inner = ui.available_rect_before_wrap().shrink2(vec2(12.0, 6.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(inner));
    match studio.settings.tab {
        Tab::Metrics => metrics_tab::show(&mut child, studio),
        Tab::Inspect => inspect_tab::show(&mut child, studio),
        Tab::Evaluate => evaluate::show(&mut child, studio),
        Tab::Train => train::show(&mut child, studio),
        Tab::Log => log_tab::show(&mut child, studio),
    }
}

/// A row of tabs over the whole width, the first `inset` from its left end: each with its name and a tip, which may be
/// empty. The one that was clicked.
pub fn tab_bar<T: Copy + PartialEq>(ui: &mut Ui, tabs: &[(T, &str, &str)], now: T, inset: f32) -> Option<T> {
    let p = palette(ui);
    let mut chosen = None;
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD + 2.0), Sense::hover());
    let mut x = bar.left() + inset;
    let galley = |name: &str| ui.painter().layout_no_wrap(name.to_owned(), regular(BODY), p.text);
    let galleys: Vec<_> = tabs.iter().map(|(_, name, _)| galley(name)).collect();
    // In a narrow panel the tabs stand closer, so that the last one is still there.
    let names: f32 = galleys.iter().map(|galley| galley.size().x).sum();
    let gap = ((bar.width() - 2.0 * inset - names) / tabs.len().max(1) as f32).clamp(5.0, 20.0);
    for ((tab, name, tip), galley) in tabs.iter().zip(galleys) {
        let on = now == *tab;
        let rect = Rect::from_min_size(pos2(x, bar.top()), vec2(galley.size().x + gap, bar.height()));
        x = rect.right();
        let response = ui.interact(rect, ui.scope_id().with(("tab", name)), Sense::click());
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Tab, true, on, *name));
        let colour = if on || response.hovered() { p.strong } else { p.secondary };
        ui.painter().galley_with_override_text_color(rect.center() - galley.size() / 2.0, galley, colour);
        if on {
            let line = rect.shrink2(vec2(gap / 2.0 - 1.0, 0.0));
            ui.painter().hline(line.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, p.accent));
        }
        let response = if tip.is_empty() { response } else { response.on_hover_text(*tip) };
        if response.clicked() {
            chosen = Some(*tab);
        }
    }
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, p.hairline));
    chosen
}
