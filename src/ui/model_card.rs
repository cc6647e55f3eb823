//! The model card: its lines in the left panel, and the sheet with everything that is known of a loaded model.

use super::report::{entries, entry, pretty, random_text};
use super::state::Studio;
use super::theme::{BODY, SMALL, palette, regular, semibold};
use super::widgets::{elided, plain_button, section};
use crate::depth::DepthUnit;
use crate::infer::engine::Slot;
use crate::infer::prediction::ModelInfo;
use crate::net::config::{GateKind, ModelConfig, NetworkConfig, TrainedSizes};
use egui::{Align, Layout, RichText, ScrollArea, Ui};

/// What the card in the left panel says.
pub fn card_lines(info: &ModelInfo) -> Vec<String> {
    let [w, h] = info.config.train_size;
    let network = &info.config.network;
    let mut lines = vec![
        network.title(),
        format!("{} · {}", gate_text(network.gate()), parameters(info)),
        format!("output {} · trained at {w}×{h}", unit_text(info.config.unit)),
    ];
    if let Some(row) = super::metric_rows::stated(info)
        && let [Some(rel), _, _, Some(d1)] = row.values
    {
        lines.push(format!("{}: REL {rel:.3} · δ1 {d1:.3}", row.data));
    }
    lines
}

/// What the network's family is called in a sentence.
pub fn family(network: &NetworkConfig) -> &'static str {
    match network {
        NetworkConfig::Msfnet(_) => "MSFNet",
        NetworkConfig::Monodepth2 { .. } => "Monodepth2",
        NetworkConfig::Hu { .. } => "The network of Hu et al.",
    }
}

/// What is wrong with the results of a network some of whose layers were never trained; `None` when all were.
pub fn untrained(info: &ModelInfo) -> Option<String> {
    let text = || format!("{}: {} Its results mean nothing until it is trained.", info.name, random_text(&info.random));
    (!info.random.is_empty()).then(text)
}

fn gate_text(gate: GateKind) -> String {
    match gate {
        GateKind::None => gate.title().to_owned(),
        GateKind::Eda | GateKind::CbamS => format!("{} gate", gate.title()),
    }
}

fn unit_text(unit: DepthUnit) -> &'static str {
    match unit {
        DepthUnit::Metres => "metres",
        DepthUnit::TenOverMetres => "10 / metres",
        DepthUnit::Disparity => "disparity, no scale",
        DepthUnit::Relative => "depth without scale",
    }
}

fn parameters(info: &ModelInfo) -> String {
    format!("{:.2} M parameters", info.parameters as f64 / 1e6)
}

/// The encoder and what it expects of its input.
fn encoder(network: &NetworkConfig) -> (String, &'static str) {
    match network {
        NetworkConfig::Msfnet(net) => (net.encoder.title().to_owned(), net.encoder.normalisation().formula),
        NetworkConfig::Hu { hu } => (hu.encoder.title().to_owned(), hu.encoder.normalisation().formula),
        // reference.md 9.1: in the network, the same for all three channels.
        NetworkConfig::Monodepth2 { monodepth2 } => {
            (format!("ResNet-{}", monodepth2.layers), "(x - 0.45) / 0.225 for x in 0..1")
        }
    }
}

/// The parts of the network as its metadata names them, in words.
fn switches(network: &NetworkConfig) -> String {
    let parts = match network {
        NetworkConfig::Msfnet(net) => serde_json::to_value(net),
        NetworkConfig::Hu { hu } => serde_json::to_value(hu),
        NetworkConfig::Monodepth2 { monodepth2 } => serde_json::to_value(monodepth2),
    };
    let Ok(serde_json::Value::Object(parts)) = parts else { return String::new() };
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        serde_json::Value::String(text) => text.replace('_', " "),
        other => other.to_string(),
    };
    let named = parts.iter().filter(|(key, _)| !matches!(key.as_str(), "encoder" | "gate"));
    named.map(|(key, value)| format!("{}: {}", key.replace('_', " "), word(value))).collect::<Vec<_>>().join(" · ")
}

/// Everything but metadata, notes and random layers, by label.
pub fn rows(info: &ModelInfo) -> Vec<(&'static str, String)> {
    let [w, h] = info.config.train_size;
    let network = &info.config.network;
    let (encoder, formula) = encoder(network);
    let typographic = formula.replace(" - ", " − ").replace("..", "…");
    let mut rows = vec![
        ("Network", network.title()),
        ("Gate", gate_text(network.gate())),
        ("Switches", switches(network)),
        ("Encoder", encoder),
        ("Its input", typographic),
        ("Output", unit_text(info.config.unit).to_owned()),
        ("Trained at", format!("{w}×{h}")),
        ("Parameters", info.parameters.to_string()),
        ("File", info.path.display().to_string()),
        ("SHA-256", info.sha256.clone()),
    ];
    let ModelConfig { trained_sizes, canonical_focal, own_focal, .. } = info.config;
    let sizes = trained_sizes.map(|TrainedSizes { area: [low, high], multiple }| {
        ("Sizes drawn", format!("multiples of {multiple}, {low} to {high} pixels"))
    });
    let focal = canonical_focal.map(|focal| ("Depth for", format!("a focal length of {focal} px at its input")));
    let own = own_focal.map(|own| {
        ("Its camera", format!("a focal length of {own} times the picture's longer side, whatever took it"))
    });
    rows.extend([sizes, focal, own].into_iter().flatten());
    rows
}

/// The card as plain text.
pub fn text(info: &ModelInfo) -> String {
    let mut lines = vec![info.name.clone()];
    lines.extend(rows(info).into_iter().map(|(label, value)| format!("{label}: {value}")));
    lines.extend(info.random.first().map(|_| format!("Random start: {}", info.random.join(", "))));
    lines.extend(info.notes.iter().map(|note| format!("Note: {note}")));
    lines.extend(info.metadata.iter().map(|(key, value)| format!("{key}: {}", pretty(value))));
    lines.join("\n") + "\n"
}

/// Draws the sheet of a slot's model; true when it is done with.
pub fn show(ui: &mut Ui, studio: &mut Studio, slot: Slot) -> bool {
    let Some(info) = studio.slot(slot).info.clone() else { return true };
    let p = palette(ui);
    let name = elided(ui, &info.name, semibold(16.0), p.strong, ui.available_width());
    ui.label(name).on_hover_text(&info.name);
    let height = (ui.ctx().content_rect().height() - 220.0).clamp(140.0, 440.0);
    ScrollArea::vertical().id_salt("card").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        for (label, value) in rows(&info) {
            if !value.is_empty() {
                entry(ui, label, &value);
            }
        }
        if let Some(warning) = untrained(&info) {
            section(ui, "Untrained layers");
            ui.add(egui::Label::new(RichText::new(warning).color(p.warn)).wrap());
        }
        if !info.notes.is_empty() {
            section(ui, "Notes");
            for note in info.notes.iter().take(40) {
                ui.add(egui::Label::new(RichText::new(note).font(regular(BODY)).color(p.text)).wrap());
            }
        }
        section(ui, "Metadata of the file");
        if info.metadata.is_empty() {
            let text = "It has none: what a bare state dict cannot say was asked.";
            ui.label(RichText::new(text).font(regular(SMALL + 0.5)).color(p.secondary));
        }
        entries(ui, &info.metadata);
    });
    ui.add_space(10.0);
    let mut done = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        done = ui.add(plain_button("Close")).clicked();
        if ui.add(plain_button("Copy card")).on_hover_text("All of it as text").clicked() {
            ui.ctx().copy_text(text(&info));
        }
    });
    done
}
