//! Messages: short ones over the pictures ([`Toasts`]) and all of them in the [`Log`].

use super::theme::{BODY, palette, regular};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Messages that the log keeps.
const KEPT: usize = 500;
/// Toasts on the screen at once.
const SHOWN: usize = 3;

/// How much a message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something went as it should.
    Info,
    /// Something needs a look.
    Warning,
    /// Something failed.
    Error,
}

/// One line of the log.
#[derive(Debug, Clone)]
pub struct Line {
    /// Time since the window opened.
    pub at: Duration,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
    /// How often in a row.
    pub times: u32,
}

/// All messages, the oldest forgotten first.
#[derive(Debug, Clone)]
pub struct Log {
    start: Instant,
    lines: VecDeque<Line>,
}

impl Default for Log {
    fn default() -> Self {
        Self { start: Instant::now(), lines: VecDeque::new() }
    }
}

impl Log {
    /// Adds a line; the same text again is counted, not repeated.
    pub fn add(&mut self, level: Level, text: &str) {
        let at = self.start.elapsed();
        if let Some(last) = self.lines.back_mut().filter(|l| l.text == text && l.level == level) {
            last.times += 1;
            last.at = at;
            return;
        }
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { at, level, text: text.to_owned(), times: 1 });
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    /// Forgets all lines.
    pub fn clear(&mut self) {
        self.lines.clear();
    }
}

#[derive(Debug, Clone)]
struct Toast {
    level: Level,
    text: String,
    born: Instant,
}

/// Short messages over the pictures; information goes by itself, errors wait to be closed.
#[derive(Debug, Clone, Default)]
pub struct Toasts {
    toasts: VecDeque<Toast>,
}

impl Toasts {
    /// Shows a message.
    pub fn add(&mut self, level: Level, text: String) {
        self.toasts.retain(|t| t.text != text);
        self.toasts.push_back(Toast { level, text, born: Instant::now() });
        while self.toasts.len() > SHOWN {
            self.toasts.pop_front();
        }
    }

    /// True when something is on the screen.
    pub fn any(&self) -> bool {
        !self.toasts.is_empty()
    }

    /// Draws them above the bottom right corner of `within`.
    pub fn show(&mut self, ctx: &egui::Context, within: egui::Rect) {
        let life = |level| if level == Level::Info { 6.0 } else { 30.0 };
        self.toasts.retain(|t| t.born.elapsed().as_secs_f32() < life(t.level));
        let mut close = None;
        if self.toasts.is_empty() {
            return;
        }
        egui::Area::new(egui::Id::unique("toasts"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::RIGHT_BOTTOM)
            .fixed_pos(within.right_bottom() - egui::vec2(12.0, 12.0))
            .show(ctx, |ui| {
                for (i, toast) in self.toasts.iter().enumerate() {
                    if toast_ui(ui, toast, (within.width() - 24.0).min(440.0)) {
                        close = Some(i);
                    }
                    ui.add_space(2.0);
                }
            });
        if let Some(i) = close {
            self.toasts.remove(i);
        }
        ctx.request_repaint_after(Duration::from_millis(500));
    }
}

/// Draws one; true when it is to be closed.
fn toast_ui(ui: &mut egui::Ui, toast: &Toast, width: f32) -> bool {
    let p = palette(ui);
    let colour = match toast.level {
        Level::Info => p.accent,
        Level::Warning => p.warn,
        Level::Error => p.bad,
    };
    let frame = egui::Frame::popup(ui.style()).inner_margin(egui::Margin::symmetric(12, 8));
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let text = egui::RichText::new(&toast.text).font(regular(BODY)).color(p.text);
            ui.set_max_width(width);
            ui.allocate_ui(egui::vec2(width - 40.0, 0.0), |ui| ui.add(egui::Label::new(text).wrap()));
            super::widgets::close_button(ui, "Close this message").clicked()
        })
        .inner
    });
    let edge = shown.response.rect;
    let bar = egui::Rect::from_min_max(edge.min + egui::vec2(1.0, 4.0), egui::pos2(edge.min.x + 4.0, edge.max.y - 4.0));
    ui.painter().rect_filled(bar, 1.5, colour);
    shown.inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_counts_repeats() {
        let mut log = Log::default();
        for _ in 0..3 {
            log.add(Level::Error, "same");
        }
        assert_eq!(log.lines().len(), 1);
        assert_eq!(log.lines()[0].times, 3);
        for i in 0..2 * KEPT {
            log.add(Level::Info, &i.to_string());
        }
        assert_eq!(log.lines().len(), KEPT);
        assert_eq!(log.lines()[KEPT - 1].text, (2 * KEPT - 1).to_string());
    }

    #[test]
    fn few_toasts_are_shown_and_none_twice() {
        let mut toasts = Toasts::default();
        for i in [1, 2, 3, 4, 4] {
            toasts.add(Level::Error, format!("{i}"));
        }
        let texts: Vec<&str> = toasts.toasts.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["2", "3", "4"]);
    }
}
