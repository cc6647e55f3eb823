//! The keys: one table that the key handler, the help overlay and the tooltips share.

use super::dialogs::DialogKind;
use super::options::ThemeChoice;
use super::settings::RangeKind;
use super::sheets::Sheet;
use super::split::Split;
use super::state::{Action, SourceKind, Studio};
use super::tabs::Tab;
use super::view_kind::ViewKind;
use crate::figure::error_mode::ErrorMode;
use egui::{Key, Modifiers};
use std::time::Instant;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Solo(usize),
    Split,
    Freeze,
    Step(isize),
    Fit,
    OneToOne,
    Zoom(i8),
    Open,
    OpenFolder,
    OpenTruth,
    OpenWeights,
    Export,
    ErrorMode,
    ErrorOf,
    RangeMode,
    Difference,
    Overlay,
    Smooth,
    Stretch,
    Theme,
    Sidebar,
    Panel,
    Tab(Tab),
    Expand,
    ExpandTraining,
    Help,
}

/// A row of the table: modifiers, key, how it is written, what it does, and in words.
type Row = (Modifiers, Key, &'static str, Does, &'static str);

const NO: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers { command: true, shift: true, ..Modifiers::NONE };

const TABLE: &[Row] = &[
    (NO, Key::Num1, "1", Does::Solo(1), "RGB alone, and back"),
    (NO, Key::Num2, "2", Does::Solo(2), "Depth alone"),
    (NO, Key::Num3, "3", Does::Solo(3), "EDA attention alone"),
    (NO, Key::Num4, "4", Does::Solo(4), "Ground truth alone"),
    (NO, Key::Num5, "5", Does::Solo(5), "Error alone"),
    (NO, Key::Num6, "6", Does::Solo(6), "CBAM-S attention alone"),
    (NO, Key::S, "S", Does::Split, "Split: two views in one picture"),
    (NO, Key::F, "F", Does::Fit, "Fit the picture (or double click it)"),
    (NO, Key::Z, "Z", Does::OneToOne, "One to one: a picture pixel is a screen pixel"),
    (NO, Key::Plus, "+", Does::Zoom(1), "Zoom in (or turn the wheel)"),
    (NO, Key::Equals, "=", Does::Zoom(1), ""),
    (NO, Key::Minus, "−", Does::Zoom(-1), "Zoom out"),
    (NO, Key::ArrowRight, "→", Does::Step(1), "Next picture of the list"),
    (NO, Key::ArrowLeft, "←", Does::Step(-1), "Picture before"),
    (NO, Key::Home, "Home", Does::Step(isize::MIN), "First picture of the list"),
    (NO, Key::End, "End", Does::Step(isize::MAX), "Last picture"),
    (NO, Key::Space, "Space", Does::Freeze, "Freeze the camera, and go on"),
    (NO, Key::E, "E", Does::ErrorMode, "Error: signed, absolute, relative, δ1"),
    (NO, Key::C, "C", Does::ErrorOf, "Error of the main or of the compared model"),
    (NO, Key::R, "R", Does::RangeMode, "Depth range: 2–98 %, fixed, manual"),
    (NO, Key::O, "O", Does::Overlay, "Attention over the picture"),
    (NO, Key::D, "D", Does::Difference, "EDA − CBAM-S in the sixth view"),
    (NO, Key::N, "N", Does::Smooth, "Attention on its native grid, or smooth"),
    (NO, Key::X, "X", Does::Stretch, "Attention fixed 0–1, or stretched"),
    (NO, Key::M, "M", Does::Tab(Tab::Metrics), "Metrics"),
    (NO, Key::I, "I", Does::Tab(Tab::Inspect), "Inspect: every step of the network"),
    (SHIFT, Key::V, "Shift+V", Does::Expand, "Results of the evaluation over the views"),
    (NO, Key::V, "V", Does::Tab(Tab::Evaluate), "Evaluate: models over a data set"),
    (SHIFT, Key::W, "Shift+W", Does::ExpandTraining, "Curves of the training over the views"),
    (NO, Key::W, "W", Does::Tab(Tab::Train), "Train: a network and what it learns"),
    (NO, Key::L, "L", Does::Tab(Tab::Log), "Log"),
    (NO, Key::B, "B", Does::Sidebar, "Left panel"),
    (NO, Key::P, "P", Does::Panel, "Right panel"),
    (NO, Key::T, "T", Does::Theme, "Dark or light"),
    (CTRL_SHIFT, Key::O, "Ctrl+Shift+O", Does::OpenFolder, "Open a folder"),
    (CTRL, Key::O, "Ctrl+O", Does::Open, "Open pictures"),
    (CTRL, Key::G, "Ctrl+G", Does::OpenTruth, "Open ground truth"),
    (CTRL, Key::M, "Ctrl+M", Does::OpenWeights, "Open weights"),
    (CTRL, Key::E, "Ctrl+E", Does::Export, "Export this frame"),
    (NO, Key::Questionmark, "?", Does::Help, "This overview"),
    (NO, Key::F1, "F1", Does::Help, ""),
];

/// The written key and the words of each row that the overview lists.
pub fn overview() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().filter(|row| !row.4.is_empty()).map(|row| (row.2, row.4))
}

/// Carries out the keys that were pressed since the last frame, unless someone types.
pub fn handle(ctx: &egui::Context, studio: &mut Studio) {
    if studio.sheet.is_some() || ctx.egui_wants_keyboard_input() {
        return;
    }
    if ctx.input(|i| i.key_pressed(Key::Escape)) {
        escape(studio);
        return;
    }
    for (modifiers, key, _, does, _) in TABLE {
        // Shift makes "?" and "+" on many keyboards: it is part of the key, not of the shortcut.
        let pressed = ctx.input_mut(|i| {
            let shifted = Modifiers { shift: true, ..*modifiers };
            i.consume_key(*modifiers, *key)
                || (matches!(key, Key::Questionmark | Key::Plus) && i.consume_key(shifted, *key))
        });
        if pressed {
            carry_out(*does, studio);
        }
    }
}

/// One step back: help, then weights that are being read, then split, then one view alone, then the pinned probe.
fn escape(studio: &mut Studio) {
    if studio.help {
        studio.help = false;
    } else if studio.reading.is_some() {
        studio.push(Action::CancelExamine);
    } else if studio.evaluate.expanded {
        studio.evaluate.expanded = false;
    } else if studio.train.expanded {
        studio.train.expanded = false;
    } else if studio.split.is_some() {
        studio.split = None;
    } else if studio.solo.is_some() {
        studio.solo = None;
    } else {
        studio.pinned = None;
    }
}

fn carry_out(does: Does, studio: &mut Studio) {
    let unit = studio.depth_unit();
    let display = &mut studio.settings.display;
    match does {
        Does::Solo(key) => {
            let kind = ViewKind::of_key(key);
            studio.solo = if studio.solo == kind { None } else { kind };
            studio.split = None;
        }
        Does::Split => studio.split = if studio.split.is_some() { None } else { Some(Split::default()) },
        Does::Freeze if studio.source.kind == SourceKind::Camera => studio.push(Action::Freeze(!studio.frozen)),
        Does::Freeze => {}
        Does::Step(by) => studio.push(Action::Step(by)),
        Does::Fit => studio.link = Default::default(),
        Does::OneToOne => studio.zoom_to = Some(1.0),
        Does::Zoom(by) => studio.zoom_by *= if by > 0 { 1.25 } else { 0.8 },
        Does::Open => studio.push(Action::Dialog(DialogKind::Pictures)),
        Does::OpenFolder => studio.push(Action::Dialog(DialogKind::Folder)),
        Does::OpenTruth => studio.push(Action::Dialog(DialogKind::Truth)),
        Does::OpenWeights => studio.push(Action::Dialog(DialogKind::Weights)),
        Does::Export => {
            if studio.prediction().is_some() && !studio.exporting {
                studio.sheet = Some(Sheet::export(studio));
            }
        }
        Does::ErrorMode => display.error = next(&ErrorMode::ALL, display.error),
        Does::ErrorOf => display.error_compared = !display.error_compared,
        Does::RangeMode => {
            display.range = next(RangeKind::all(unit), display.range.usable_for(unit));
            studio.update_range(Instant::now());
        }
        Does::Difference => display.gate_difference = !display.gate_difference,
        Does::Overlay => display.gate_overlay = !display.gate_overlay,
        Does::Smooth => display.gate_smooth = !display.gate_smooth,
        Does::Stretch => display.gate_stretch = !display.gate_stretch,
        Does::Theme => {
            studio.settings.theme = match studio.settings.theme {
                ThemeChoice::Dark => ThemeChoice::Light,
                ThemeChoice::Light => ThemeChoice::Dark,
            }
        }
        Does::Sidebar => studio.settings.sidebar = !studio.settings.sidebar,
        Does::Panel => studio.settings.panel = !studio.settings.panel,
        Does::Tab(tab) => {
            studio.settings.tab = tab;
            studio.settings.panel = true;
        }
        Does::Expand => {
            studio.evaluate.expanded = !studio.evaluate.expanded;
            (studio.settings.tab, studio.settings.panel) = (Tab::Evaluate, true);
        }
        Does::ExpandTraining => {
            studio.train.expanded = !studio.train.expanded;
            (studio.settings.tab, studio.settings.panel) = (Tab::Train, true);
        }
        Does::Help => studio.help = !studio.help,
    }
}

fn next<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let index = all.iter().position(|v| *v == now).unwrap_or(0);
    all[(index + 1) % all.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_does_two_things() {
        for (i, a) in TABLE.iter().enumerate() {
            for b in &TABLE[..i] {
                assert!((a.0, a.1) != (b.0, b.1), "{} and {}", a.2, b.2);
            }
        }
        // A shortcut with more modifiers must come before the same key with fewer: the first match takes it.
        let at = |m: Modifiers| TABLE.iter().position(|r| r.0 == m && r.1 == Key::O);
        assert!(at(CTRL_SHIFT) < at(CTRL));
    }

    #[test]
    fn modes_step_round() {
        let mut mode = ErrorMode::Signed;
        for _ in 0..ErrorMode::ALL.len() {
            mode = next(&ErrorMode::ALL, mode);
        }
        assert_eq!(mode, ErrorMode::Signed);
        assert_eq!(next(&ErrorMode::ALL, ErrorMode::Signed), ErrorMode::Absolute);
    }

    #[test]
    fn escape_goes_one_step_back() {
        let mut studio = Studio::default();
        (studio.help, studio.solo, studio.pinned) = (true, Some(ViewKind::Rgb), Some([0.5; 2]));
        escape(&mut studio);
        assert!(!studio.help && studio.solo.is_some());
        escape(&mut studio);
        assert!(studio.solo.is_none() && studio.pinned.is_some());
        escape(&mut studio);
        assert!(studio.pinned.is_none());
    }
}
