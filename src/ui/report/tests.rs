//! The report sheet drawn with reports made by hand: what it shows, what it lets pass, and what Load asks for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::sheets::{self, Sheet};
use super::super::state::{Action, Studio};
use super::super::theme;
use super::keys::{FAULTS, KeyTable, words};
use super::*;
use crate::depth::DepthUnit;
use crate::net::config::GateKind;
use crate::state_dict::DType;
use crate::weights::Format;
use crate::weights::doctor::{Check, Fit, KeyFault, KeyRow, TensorInfo};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn row(fault: KeyFault, name: impl Into<String>) -> KeyRow {
    KeyRow { fault, name: name.into(), expected: Some(vec![64, 3]), found: None, likeliest: None }
}

fn tensor(name: &str, nan: usize, infinite: usize) -> TensorInfo {
    TensorInfo { name: name.to_owned(), dtype: DType::F32, shape: vec![2, 3], min: -0.5, max: 1.25, nan, infinite }
}

fn report(verdict: Verdict, rows: Vec<KeyRow>, missing: &[&str]) -> Report {
    let fit = Fit {
        arch: "msfnet-lite0".to_owned(),
        title: "MSFNet on EfficientNet-Lite0".to_owned(),
        expected: 372,
        matched: 372,
        misshaped: 0,
        unexpected: 0,
    };
    let check = Check { fit: fit.clone(), rows, random: Vec::new(), renamed: Vec::new() };
    Report {
        path: PathBuf::from("somewhere/net"),
        verdict,
        sentence: "somewhere/net: is made up; use it in tests".to_owned(),
        format: Some(Format::TorchZip),
        bytes: 23_400_000,
        sha256: "0123456789abcdef".repeat(4),
        parameters: 5_856_423,
        missing: missing.iter().map(|m| (*m).to_owned()).collect(),
        fits: vec![fit],
        check: Some(check),
        notes: vec!["The prefix `module.` is taken off.".to_owned()],
        metadata: BTreeMap::from([("accuracy".to_owned(), r#"{"rel":0.1,"data":"NYU"}"#.to_owned())]),
        tensors: vec![tensor("b", 0, 0), tensor("c", 3, 1), tensor("a", 0, 0)],
    }
}

/// The sheet alone, in a window of the smallest usual size.
fn open(report: Report) -> Harness<'static, Studio> {
    let mut studio = Studio::default();
    studio.sheet = Some(Sheet::Report(Box::new(ReportSheet::new(Arc::new(report), Slot::Main))));
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1280.0, 720.0))
        .with_context_setup(theme::install)
        .build_ui_state(|ui, studio: &mut Studio| sheets::show(ui.ctx(), studio), studio);
    harness.run_steps(3);
    harness.check_accessibility();
    harness
}

fn sheet<'a>(harness: &'a Harness<'_, Studio>) -> &'a ReportSheet {
    match &harness.state().sheet {
        Some(Sheet::Report(sheet)) => sheet,
        other => panic!("a report is open, not {other:?}"),
    }
}

fn click(harness: &mut Harness<'_, Studio>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(2);
}

/// What a screen reader says of each row that is drawn, in order.
fn drawn_rows(harness: &Harness<'_, Studio>) -> Vec<String> {
    let items = harness.query_all_by_role(egui::accesskit::Role::ListItem);
    items.map(|node| node.accesskit_node().label().unwrap_or_default()).collect()
}

#[test]
fn load_waits_for_every_answer_and_asks_for_exactly_them() {
    let mut harness = open(report(Verdict::Asks, Vec::new(), &["gate", "unit", "train-size"]));
    harness.get_by_label("every tensor fits");
    harness.get_by_label("This is made up; use it in tests");
    harness.get_by_label("Say first which gate it has and what its output means.");
    click(&mut harness, "Load");
    assert!(harness.state().actions.is_empty() && harness.state().sheet.is_some(), "nothing is replaced yet");
    click(&mut harness, "EDA: maximum and average, minus the minimum");
    click(&mut harness, "10 / metres (NYU networks)");
    click(&mut harness, "compared model");
    assert!(harness.state().actions.is_empty());
    click(&mut harness, "Load");
    assert!(harness.state().sheet.is_none());
    let expected = ModelRequest {
        path_or_name: "somewhere/net".to_owned(),
        gate: Some(GateKind::Eda),
        unit: Some(DepthUnit::TenOverMetres),
        train_size: Some([304, 228]),
        start: false,
    };
    match &harness.state().actions[..] {
        [Action::Load(Slot::Compare, request)] => assert_eq!(*request, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn monodepth2_is_asked_for_the_two_things_it_can_mean() {
    let mut asks = report(Verdict::Asks, Vec::new(), &["unit", "train-size"]);
    let check = asks.check.as_mut().unwrap();
    check.fit.arch = "monodepth2-r18".to_owned();
    check.renamed = vec![("module.a".to_owned(), "a".to_owned()), ("module.b".to_owned(), "b".to_owned())];
    let mut harness = open(asks);
    harness.get_by_label("2 tensors are read under another name, such as module.a as a.");
    assert!(harness.query_by_label("10 / metres (NYU networks)").is_none());
    click(&mut harness, "metres: trained with stereo pairs");
    let request = sheet(&harness).request().unwrap();
    assert_eq!((request.unit, request.train_size), (Some(DepthUnit::Metres), Some([640, 192])));
}

#[test]
fn a_starting_point_says_what_it_is_and_is_loaded_as_one() {
    let mut starts = report(Verdict::Starts, vec![row(KeyFault::Missing, "conv2.weight")], &[]);
    starts.check.as_mut().unwrap().random = vec!["conv2".to_owned(), "usf".to_owned()];
    let mut harness = open(starts);
    harness.get_by_label("2 layers stay at their random start: conv2, usf.");
    harness.get_by_label_contains("means nothing until it is trained");
    click(&mut harness, "Load as a starting point");
    match &harness.state().actions[..] {
        [Action::Load(Slot::Main, request)] => assert!(request.start),
        other => panic!("{other:?}"),
    }
}

#[test]
fn weights_of_no_network_here_cannot_be_loaded() {
    for verdict in [Verdict::Foreign, Verdict::Refused] {
        let mut harness = open(report(verdict, vec![row(KeyFault::Missing, "x")], &[]));
        click(&mut harness, "Load");
        assert!(harness.state().actions.is_empty() && harness.state().sheet.is_some());
        assert!(sheet(&harness).request().is_err());
        assert!(harness.query_by_label("main model").is_none(), "there is no place to choose");
        click(&mut harness, "Cancel");
        assert!(harness.state().actions.is_empty() && harness.state().sheet.is_none());
    }
    // What is no weights file at all has a heading, a sentence and buttons, and no tables.
    let bare = Report {
        check: None,
        tensors: Vec::new(),
        metadata: BTreeMap::new(),
        ..report(Verdict::Refused, Vec::new(), &[])
    };
    let harness = open(bare);
    assert_eq!(harness.query_all_by_role(egui::accesskit::Role::Tab).count(), 0);
}

#[test]
fn escape_closes_and_loads_nothing() {
    let mut harness = open(report(Verdict::Runs, Vec::new(), &[]));
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert!(harness.state().sheet.is_none() && harness.state().actions.is_empty());
}

#[test]
fn the_table_shows_exactly_the_rows_that_pass_the_filters() {
    let rows: Vec<KeyRow> = (0..12)
        .map(|i| {
            let likeliest = (i == 5).then(|| "encoder.stem".to_owned());
            KeyRow { likeliest, ..row(FAULTS[i % 4], format!("{}.{i}", ["Stage", "decoder"][i % 2])) }
        })
        .collect();
    let mut harness = open(report(Verdict::Foreign, rows.clone(), &[]));
    let said = |keep: &dyn Fn(&KeyRow) -> bool| rows.iter().filter(|r| keep(r)).map(words).collect::<Vec<_>>();
    assert_eq!(drawn_rows(&harness), said(&|r| r.fault != KeyFault::Unneeded), "what is not needed is hidden at first");
    for fault in FAULTS {
        harness.get_by_label(&format!("{}  3", fault.title()));
    }
    click(&mut harness, "not needed  3");
    assert_eq!(drawn_rows(&harness), said(&|_| true));
    click(&mut harness, "missing  3");
    click(&mut harness, "unexpected  3");
    let two = |r: &KeyRow| matches!(r.fault, KeyFault::Misshaped | KeyFault::Unneeded);
    assert_eq!(drawn_rows(&harness), said(&two));
    // The filter looks at both names, whatever their case.
    harness.get_by_label("Filter by name").click();
    harness.run_steps(2);
    harness.get_by_label("Filter by name").type_text("sT");
    harness.run_steps(2);
    assert_eq!(drawn_rows(&harness), said(&|r| two(r) && r.likeliest.is_some()));
    harness.get_by_label("Filter by name").type_text("zz");
    harness.run_steps(2);
    assert_eq!(drawn_rows(&harness), Vec::<String>::new());
    harness.get_by_label("No row passes the filters.");
}

#[test]
fn ten_thousand_rows_cost_what_is_in_sight() {
    let rows: Vec<KeyRow> = (0..10_000).map(|i| row(FAULTS[i % 3], format!("layer.{i}.weight"))).collect();
    let mut tensors = report(Verdict::Foreign, rows.clone(), &[]);
    tensors.tensors = (0..10_000).map(|i| tensor(&format!("layer.{i}.weight"), 0, 0)).collect();
    let mut harness = open(tensors);
    let drawn = drawn_rows(&harness);
    assert!((5..40).contains(&drawn.len()), "{} rows were drawn", drawn.len());
    assert_eq!(drawn, rows.iter().take(drawn.len()).map(words).collect::<Vec<_>>());
    let at = harness.get_by_label(&drawn[2]).rect().center();
    harness.hover_at(at);
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -100_000.0 * 20.0),
        modifiers: egui::Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
    });
    harness.run_steps(40);
    let drawn = drawn_rows(&harness);
    assert!((5..40).contains(&drawn.len()), "{} rows were drawn", drawn.len());
    assert_eq!(drawn.last(), rows.last().map(words).as_ref());
    click(&mut harness, "Tensors  10000");
    assert!((5..40).contains(&drawn_rows(&harness).len()));
}

#[test]
fn broken_tensors_come_first_and_metadata_is_laid_out() {
    let mut harness = open(report(Verdict::Runs, Vec::new(), &[]));
    click(&mut harness, "Tensors  3");
    let drawn = drawn_rows(&harness);
    assert_eq!(drawn.len(), 3);
    assert_eq!(drawn[0], "c f32 2×3, −0.5000 to 1.250, 3 NaN, 1 infinite");
    assert!(drawn[1].starts_with("b ") && drawn[2].starts_with("a "));
    harness.get_by_label("1 tensor has values that are not finite");
    click(&mut harness, "Metadata  1");
    harness.get_by_label("data: NYU\nrel: 0.1");
    harness.check_accessibility();
}

#[test]
fn the_copied_text_has_every_row() {
    let rows: Vec<KeyRow> = (0..300).map(|i| row(FAULTS[i % 4], format!("layer.{i}"))).collect();
    let report = report(Verdict::Foreign, rows.clone(), &[]);
    let mut harness = open(report.clone());
    harness.get_by_label("Copy report").click();
    harness.step();
    let commands = &harness.output().platform_output.commands;
    let copied = commands.iter().find_map(|c| match c {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied.as_deref(), Some(text::of(&report).as_str()));
    let text = text::of(&report);
    assert!(rows.iter().all(|r| text.contains(&words(r))) && text.contains(&report.sha256));
    assert!(text.contains("data: NYU") || text.contains(r#""data":"NYU""#));
}

#[test]
fn what_is_not_needed_is_no_misfit() {
    let mut harness = open(report(Verdict::Runs, vec![row(KeyFault::Unneeded, "fc.weight")], &[]));
    harness.get_by_label("every tensor fits");
    assert!(drawn_rows(&harness).is_empty());
    click(&mut harness, "not needed  1");
    assert_eq!(drawn_rows(&harness).len(), 1);
    assert!(!KeyTable::new(None).any());
}
