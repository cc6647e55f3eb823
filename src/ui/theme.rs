//! The look: colours of both themes, the font, and egui's style made of them (design.md 1.2).

use super::options::ThemeChoice;
use crate::figure::text::{REGULAR_TTF, SEMIBOLD_TTF};
use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Stroke, TextStyle, Theme};
use std::sync::Arc;

/// Height of a view's head in points.
pub const HEAD: f32 = 28.0;
/// Height of the tool bar.
pub const TOOLBAR: f32 = 40.0;
/// Height of the status bar.
pub const STATUS: f32 = 28.0;
/// Size of running text. Source Sans draws small for its em, so 14 looks as 13 does in other families.
pub const BODY: f32 = 14.0;
/// Size of labels.
pub const SMALL: f32 = 12.0;

/// The colours of one theme by role.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind the pictures.
    pub ground: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Lines between them.
    pub hairline: Color32,
    /// Buttons and fields.
    pub control: Color32,
    /// The same under the pointer.
    pub hover: Color32,
    /// Selected rows.
    pub selection: Color32,
    /// Text.
    pub text: Color32,
    /// Headings and values.
    pub strong: Color32,
    /// Labels.
    pub secondary: Color32,
    /// The one accent.
    pub accent: Color32,
    /// EDA in curves and legends.
    pub eda: Color32,
    /// CBAM-S in curves and legends.
    pub cbam: Color32,
    /// Running well.
    pub good: Color32,
    /// Needs attention.
    pub warn: Color32,
    /// Failed.
    pub bad: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

const DARK: Palette = Palette {
    ground: hex(0x15171c),
    panel: hex(0x1b1e24),
    hairline: hex(0x0d0f12),
    control: hex(0x262a32),
    hover: hex(0x313641),
    selection: hex(0x2a3140),
    text: hex(0xd7dae0),
    strong: hex(0xf3f4f7),
    secondary: hex(0x8b919c),
    accent: hex(0x2f6feb),
    eda: hex(0xf0883e),
    cbam: hex(0x8957e5),
    good: hex(0x3fb950),
    warn: hex(0xd9a32b),
    bad: hex(0xf0615a),
};

const LIGHT: Palette = Palette {
    ground: hex(0xe9ebef),
    panel: hex(0xf7f8fa),
    hairline: hex(0xcfd4db),
    control: hex(0xe3e6eb),
    hover: hex(0xd5dae2),
    selection: hex(0xd5e2fa),
    text: hex(0x272c34),
    strong: hex(0x0e1116),
    secondary: hex(0x5f6875),
    accent: hex(0x2f6feb),
    eda: hex(0xd9701f),
    cbam: hex(0x8957e5),
    good: hex(0x2a9140),
    warn: hex(0xa06a00),
    bad: hex(0xc9302c),
};

/// The colours in use in this part of the window.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

/// Heavier text of the same family.
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

/// Text of the given size.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Installs the font and both styles; to be called once, before the first frame.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [("regular", REGULAR_TTF), ("semibold", SEMIBOLD_TTF)] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let family = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family(&["regular"]));
    fonts.families.insert(FontFamily::Monospace, family(&["regular"]));
    fonts.families.insert(FontFamily::Name("semibold".into()), family(&["semibold", "regular"]));
    ctx.set_fonts(fonts);
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| restyle(style, palette));
    }
}

/// Switches between the themes.
pub fn choose(ctx: &egui::Context, theme: ThemeChoice) {
    ctx.set_theme(match theme {
        ThemeChoice::Dark => Theme::Dark,
        ThemeChoice::Light => Theme::Light,
    });
}

fn restyle(style: &mut egui::Style, p: &Palette) {
    style.text_styles = [
        (TextStyle::Small, regular(SMALL)),
        (TextStyle::Body, regular(BODY)),
        (TextStyle::Button, regular(BODY)),
        (TextStyle::Monospace, regular(BODY)),
        (TextStyle::Heading, semibold(16.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = egui::vec2(6.0, 4.0);
    spacing.button_padding = egui::vec2(9.0, 3.0);
    spacing.interact_size = egui::vec2(28.0, 24.0);
    spacing.menu_margin = egui::Margin::same(6);
    spacing.scroll.floating = true;
    spacing.scroll.bar_width = 8.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = 0.08;

    let v = &mut style.visuals;
    v.override_text_color = None;
    v.weak_text_color = Some(p.secondary);
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.control);
    v.extreme_bg_color = p.ground;
    v.text_edit_bg_color = Some(p.ground);
    v.faint_bg_color = p.ground;
    v.code_bg_color = p.control;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.bad;
    v.hyperlink_color = p.accent;
    v.selection.bg_fill = p.selection;
    v.selection.stroke = Stroke::new(1.0, p.strong);
    v.window_corner_radius = CornerRadius::same(8);
    v.menu_corner_radius = CornerRadius::same(6);
    v.window_shadow.color = Color32::from_black_alpha(90);
    v.popup_shadow.color = Color32::from_black_alpha(70);
    let widget = |w: &mut egui::style::WidgetVisuals, fill: Color32, text: Color32| {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = Stroke::NONE;
        w.fg_stroke = Stroke::new(1.0, text);
        w.corner_radius = CornerRadius::same(5);
        w.expansion = 0.0;
    };
    widget(&mut v.widgets.noninteractive, p.panel, p.text);
    v.widgets.noninteractive.bg_stroke = Stroke::new(1.0, p.hairline);
    widget(&mut v.widgets.inactive, p.control, p.text);
    widget(&mut v.widgets.hovered, p.hover, p.strong);
    widget(&mut v.widgets.active, p.selection, p.strong);
    widget(&mut v.widgets.open, p.hover, p.strong);
}
