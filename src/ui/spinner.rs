//! [`spinner`]: something is on its way. It turns a few times a second and no faster: where the window is rasterised by
//! the processor, every frame that is drawn is taken from the work that is waited for.

use super::theme::palette;
use egui::{Response, Sense, Ui, WidgetInfo, vec2};
use std::f64::consts::TAU;
use std::time::Duration;

/// Time between two frames that it asks for.
const PERIOD: Duration = Duration::from_millis(250);
/// Time of a whole turn, in seconds.
const TURN: f64 = 2.0;
/// Dots on its ring.
const DOTS: usize = 8;

/// Draws one, as high as a line of buttons.
pub fn spinner(ui: &mut Ui) -> Response {
    sized(ui, ui.spacing().interact_size.y)
}

/// Draws one `size` points wide and high.
pub fn sized(ui: &mut Ui, size: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "at work"));
    if ui.is_rect_visible(rect) {
        let p = palette(ui);
        let head = ui.input(|input| input.time) / TURN;
        let (ring, dot) = (0.36 * size, (0.085 * size).max(1.0));
        for i in 0..DOTS {
            let place = i as f64 / DOTS as f64;
            let angle = (TAU * place) as f32;
            let colour = p.strong.gamma_multiply(0.15 + 0.85 * brightness(head, place));
            ui.painter().circle_filled(rect.center() + ring * vec2(angle.cos(), angle.sin()), dot, colour);
        }
        ui.ctx().request_repaint_after(PERIOD);
    }
    response
}

/// How bright a dot is, 0…1, both places in turns: the head is brightest and its tail fades.
fn brightness(head: f64, place: f64) -> f32 {
    let behind = (head - place).rem_euclid(1.0) as f32;
    (1.0 - behind) * (1.0 - behind)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use egui_kittest::Harness;

    #[test]
    fn it_asks_for_four_frames_a_second_and_for_none_out_of_sight() {
        let delay = |harness: &Harness<'_>| {
            harness.output().viewport_output.get(&egui::ViewportId::ROOT).unwrap().repaint_delay
        };
        let mut harness = Harness::builder().with_size(vec2(60.0, 60.0)).build_ui(|ui| {
            spinner(ui);
        });
        harness.run_steps(4);
        assert!((200..=250).contains(&delay(&harness).as_millis()), "{:?}", delay(&harness));
        let mut harness = Harness::builder().with_size(vec2(60.0, 60.0)).build_ui(|ui| {
            ui.add_space(200.0);
            spinner(ui);
        });
        harness.run_steps(4);
        assert!(delay(&harness) > Duration::from_secs(1), "{:?}", delay(&harness));
    }

    #[test]
    fn the_head_is_the_brightest_and_goes_round() {
        assert_eq!(brightness(3.25, 0.25), 1.0);
        assert!(brightness(0.5, 0.25) > brightness(0.5, 0.0) && brightness(0.5, 0.0) > brightness(0.5, 0.625));
        assert!(brightness(0.0, 0.875) > brightness(0.0, 0.125));
    }
}
