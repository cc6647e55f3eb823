//! Sheets in the whole window: questions, the doctor's report and the model card, without a network.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::dialogs::{Answer, DialogKind};
use super::errands::Done;
use super::questions::Questions;
use super::reading::Reading;
use super::sheets::Sheet;
use super::state::{Action, Studio};
use super::tests::{example, window};
use super::{StudioApp, errand_news, model_card};
use crate::depth::DepthUnit;
use crate::error::Error;
use crate::infer::engine::Slot;
use crate::infer::prediction::Prediction;
use crate::net::config::GateKind;
use crate::weights::doctor::{Verdict, inspect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn weights_that_cannot_say_what_they_are_open_a_sheet() {
    let mut harness = window();
    let missing = vec!["gate".to_owned(), "unit".to_owned(), "train-size".to_owned()];
    let questions = Questions::new(Slot::Main, PathBuf::from("a.pth"), missing);
    harness.state_mut().studio.sheet = Some(Sheet::Questions(questions));
    harness.run_steps(2);
    harness.check_accessibility();
    harness.get_by_label_contains("(255x − 127)/128");
    harness.get_by_label("CBAM-S: maximum and average").click();
    harness.run_steps(2);
    harness.get_by_label("10 / metres (NYU networks)").click();
    harness.run_steps(2);
    let Some(Sheet::Questions(q)) = &harness.state().studio.sheet else { panic!("the sheet is open") };
    let request = q.request().expect("everything is answered");
    assert_eq!((request.gate, request.unit), (Some(GateKind::CbamS), Some(DepthUnit::TenOverMetres)));
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert!(harness.state().studio.sheet.is_none());
}

/// Steps until `done`, or fails.
fn until(harness: &mut Harness<'_, StudioApp>, what: &str, done: impl Fn(&Studio) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done(&harness.state().studio) {
        assert!(Instant::now() < deadline, "waited for {what}");
        harness.step();
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(2);
}

#[test]
fn a_dropped_file_is_reported_and_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights-without-ending");
    std::fs::write(&path, "<!DOCTYPE html><html><body>not found</body></html>").unwrap();
    let mut harness = window();
    let before = harness.state().studio.main.info.clone().map(|info| info.name.clone());
    harness.state_mut().studio.push(Action::OpenAny(vec![path.clone()]));
    until(&mut harness, "the report", |studio| matches!(studio.sheet, Some(Sheet::Report(_))));
    let studio = &harness.state().studio;
    let Some(Sheet::Report(sheet)) = &studio.sheet else { panic!("a report is open") };
    assert_eq!((sheet.report.verdict, &sheet.report.path), (Verdict::Refused, &path));
    assert!(sheet.request().is_err(), "there is nothing to load");
    assert!(studio.reading.is_none() && studio.main.loading.is_none() && studio.main.failed.is_none());
    assert_eq!(studio.main.info.as_ref().map(|info| info.name.clone()), before);
    harness.check_accessibility();
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert!(harness.state().studio.sheet.is_none());
}

#[test]
fn a_report_waits_until_another_sheet_is_closed() {
    let mut harness = window();
    let studio = &mut harness.state_mut().studio;
    studio.sheet = Some(Sheet::Export { folder: "typed".to_owned() });
    studio.push(Action::Examine(Slot::Compare, PathBuf::from("/nowhere/at-all.pth")));
    until(&mut harness, "the doctor", |studio| studio.reading.as_ref().is_some_and(|r| r.report.is_some()));
    assert!(matches!(harness.state().studio.sheet, Some(Sheet::Export { .. })), "what was typed stays");
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    let Some(Sheet::Report(sheet)) = &harness.state().studio.sheet else { panic!("the report is open now") };
    assert_eq!(sheet.questions.slot, Slot::Compare);
}

#[test]
fn what_is_being_read_says_so_and_can_be_cancelled() {
    let mut harness = window();
    let reading = |ticket, since| Reading {
        ticket,
        slot: Slot::Main,
        path: PathBuf::from("folder/large.pth"),
        since,
        report: None,
    };
    let long_ago = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
    harness.state_mut().studio.reading = Some(reading(77, long_ago));
    harness.run_steps(2);
    harness.get_by_label("reading large.pth…");
    harness.check_accessibility();
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert!(harness.state().studio.reading.is_none());
    harness.state_mut().studio.reading = Some(reading(78, long_ago));
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(harness.state().studio.reading.is_none());

    // A report that comes all the same is not shown, nor one of another ticket.
    let report = Box::new(inspect(std::path::Path::new("/nowhere/at-all.pth")));
    let mut studio = Studio::default();
    let ctx = egui::Context::default();
    errand_news::done(&mut studio, &ctx, Done::Examined(78, Ok(report.clone())));
    assert!(studio.sheet.is_none());
    studio.reading = Some(reading(79, Instant::now()));
    errand_news::done(&mut studio, &ctx, Done::Examined(78, Ok(report.clone())));
    assert!(studio.sheet.is_none() && studio.reading.is_some());
    errand_news::done(&mut studio, &ctx, Done::Examined(79, Ok(report)));
    assert!(matches!(studio.sheet, Some(Sheet::Report(_))) && studio.reading.is_none());
    studio.reading = Some(reading(80, Instant::now()));
    errand_news::done(&mut studio, &ctx, Done::Examined(80, Err(Error::Failed("out of memory".to_owned()))));
    assert!(studio.reading.is_none() && studio.log.lines().back().unwrap().text.contains("out of memory"));
}

#[test]
fn chosen_weights_are_examined_and_folders_are_looked_at() {
    let answers = [
        (DialogKind::Weights, r#"[Examine(Main, "d/x")]"#),
        (DialogKind::CompareWeights, r#"[Examine(Compare, "d/x")]"#),
        (DialogKind::Folder, r#"[OpenAny(["d/x"])]"#),
        (DialogKind::Pictures, r#"[OpenAny(["d/x"])]"#),
    ];
    for (kind, expected) in answers {
        let mut studio = Studio::default();
        let answer = Answer { kind, paths: vec![PathBuf::from("d/x")], absent: false };
        errand_news::answered(&mut studio, answer);
        assert_eq!(format!("{:?}", studio.actions), expected);
    }
}

#[test]
fn the_model_card_holds_everything_that_is_known() {
    let mut harness = window();
    let mut info = (*example().main.info).clone();
    info.notes = vec!["An optimizer of 612 tensors was left out.".to_owned()];
    info.random = vec!["decoder.d1".to_owned()];
    let info = Arc::new(info);
    harness.state_mut().studio.main.info = Some(info.clone());
    harness.run_steps(2);
    harness.get_by_label("1 untrained layer");
    harness.get_by_label("Details of the model").click();
    harness.run_steps(3);
    harness.check_accessibility();
    assert_eq!(harness.query_all_by_label("MSFNet on EfficientNet-Lite0").count(), 2, "on the card and in the panel");
    harness.get_by_label("(255 x − 127) / 128 for x in 0…1");
    harness.get_by_label_contains("usf width: 16");
    harness.get_by_label("5856423");
    harness.get_by_label("An optimizer of 612 tensors was left out.");
    harness.get_by_label_contains("1 layer stays at its random start: decoder.d1.");
    harness.get_by_label_contains("protocol: hu_nyu");
    let text = model_card::text(&info);
    for part in ["made-up-EDA", "EDA gate", "10 / metres", "304×228", "decoder.d1", "612 tensors", "rel: 0.1758"] {
        assert!(text.contains(part), "{part} of {text}");
    }
    harness.get_by_label("Close").click();
    harness.run_steps(2);
    assert!(harness.state().studio.sheet.is_none());
}

/// Every label of the whole window that shows a prediction, with the probe pinned.
pub fn texts_of(prediction: &Prediction) -> Vec<String> {
    let mut harness = window();
    let studio = &mut harness.state_mut().studio;
    studio.pinned = Some([0.4, 0.6]);
    harness.state_mut().show(Arc::new(prediction.clone()));
    harness.run_steps(3);
    harness.check_accessibility();
    let nodes = harness.query_all_by_role(egui::accesskit::Role::Label);
    nodes.filter_map(|node| node.accesskit_node().value().or(node.accesskit_node().label())).collect()
}
