//! The import rule and the invariants that can be read off the sources. `house_rules/rules.rs` holds the tables; here
//! they are applied to the repository, and each is shown to fail on a made-up source that breaks it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod house_rules;

use house_rules::rules::{self, Break};
use house_rules::{Source, paths, root, scan, sources};

fn report(breaks: &[Break]) -> String {
    breaks.iter().map(|b| format!("\n  {b}")).collect()
}

#[test]
fn every_file_keeps_to_its_layer() {
    let files = sources("src");
    assert!(files.len() > 10, "only {} sources were found; this test would pass on nothing", files.len());
    let breaks: Vec<_> = files.iter().flat_map(rules::imports).collect();
    assert!(breaks.is_empty(), "{} imports break the rules of ARCHITECTURE.md:{}", breaks.len(), report(&breaks));
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let files: Vec<_> = ["src", "tests", "benches", "examples"].iter().flat_map(|folder| sources(folder)).collect();
    let breaks: Vec<_> = files.iter().flat_map(|file| rules::shape(file, rules::LONG)).collect();
    assert!(breaks.is_empty(), "{} files break the rules on files:{}", breaks.len(), report(&breaks));
    for (path, _) in rules::LONG {
        assert!(files.iter().any(|file| file.path == *path), "{path} is gone; remove its row from LONG");
    }
}

#[test]
fn one_version_of_what_shares_types() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["wgpu", "naga", "egui", "eframe", "burn", "cubecl"] {
        let entry = format!("[[package]]\nname = \"{name}\"\n");
        assert_eq!(lock.matches(&entry).count(), 1, "Cargo.lock must hold exactly one {name}");
    }
}

/// What the rules find in a made-up file.
fn found(path: &str, text: &str) -> Vec<String> {
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    rules::imports(&source).iter().map(Break::to_string).collect()
}

/// Fails unless exactly one break is found, on the line, with the words in its message.
#[track_caller]
fn one_break(path: &str, line: usize, words: &str, text: &str) {
    let found = found(path, text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&format!("{path}:{line}: ")), "{found:?}");
    assert!(found[0].contains(words), "{found:?}");
}

#[test]
fn an_upward_import_is_a_break_however_it_is_written() {
    let up = "may not import `crate::ui::app";
    one_break("src/infer/engine.rs", 2, up, "//! x\nuse crate::ui::app::StudioApp;");
    one_break("src/infer/engine.rs", 1, up, "fn f() { let a = crate::ui::app::new(); }");
    one_break("src/infer/engine.rs", 3, up, "use crate::{\n    depth::{self, DepthMap},\n    ui::{app::{self}},\n};");
    one_break("src/infer/engine.rs", 1, up, "use super::super::ui::app;");
    one_break("src/infer/mod.rs", 1, up, "fn f(_: super::ui::app::A) {}");
    one_break("src/infer/engine.rs", 1, up, "mod deep { mod deeper { use super::super::super::super::ui::app; } }");
    one_break("src/infer/engine.rs", 1, up, "mod a {} pub use self::super::super::ui::app as b;");
    one_break("src/infer/engine.rs", 1, up, "macro_rules! m { () => { $crate::ui::app::f() } }");
    one_break("src/infer/engine.rs", 1, up, "use msfnet_studio::ui::app;");
    one_break("src/infer/engine.rs", 1, up, "fn f() -> impl Fn() + use<'static> { r#crate::ui::app::g }");
    one_break("src/depth.rs", 1, "layer 0", "use crate::net::config::GateKind;");
    one_break("src/ui/app.rs", 1, "layer 5", "use crate::cli::bench;");
}

#[test]
fn own_and_lower_layers_tests_macros_comments_and_strings_are_no_breaks() {
    let text = r##"//! See crate::cli::x.
        /* crate::cli::a /* crate::cli::b */ crate::cli::c */ // crate::cli::d
        use crate::{data::truth::Truth, depth::*, eval::{metrics::{self, Metrics}, bins}};
        use super::engine; use std::sync::Arc;
        const S: &str = "crate::cli::x \" crate::cli::y"; const R: &str = r#"" crate::cli::z"#;
        const B: &[u8] = b"crate::cli"; const C: char = '"'; const E: char = '\''; const L: u8 = b'"';
        fn f<'a>(x: &'a str) -> f32 { crate::log_line!(x); crate::net::config::g::<u8>(1.0e-3, 0..2) }
        #[cfg(test)] mod tests { use super::*; use super::super::engine as e; }
    "##;
    assert_eq!(found("src/infer/prediction.rs", text), Vec::<String>::new());
    assert_eq!(found("src/main.rs", "use msfnet_studio::cli; use wgpu::Device;"), Vec::<String>::new());
}

#[test]
fn neighbours_that_may_not_know_each_other() {
    one_break("src/net/msfnet.rs", 1, "does not know", "use crate::loss::berhu;");
    one_break("src/net/msfnet.rs", 1, "does not know", "use super::super::data::image;");
    one_break("src/loss/berhu.rs", 1, "plain tensors", "use crate::net::config;");
    assert!(found("src/data/nyu.rs", "use crate::net::config; use crate::loss::berhu;").is_empty());
}

#[test]
fn the_crate_as_a_whole_and_unknown_modules_are_breaks() {
    one_break("src/ui/app.rs", 1, "whole crate", "use crate::*;");
    one_break("src/ui/app.rs", 1, "whole crate", "use crate as studio;");
    one_break("src/ui/mod.rs", 1, "whole crate", "use super::{self as studio};");
    one_break("src/ui/app.rs", 1, "in no layer", "use crate::Result;");
    one_break("src/helper.rs", 1, "in no layer", "");
    one_break("src/net/mod.rs", 2, "hide imports", "//! x\n#[path = \"../ui/app.rs\"] mod app;");
    one_break("src/net/mod.rs", 1, "hide imports", "include!(\"x.rs\");");
    assert!(found("src/net/mod.rs", "#[path = \"mod_tests.rs\"] mod tests;").is_empty());
}

#[test]
fn crates_stay_at_home() {
    one_break("src/infer/engine.rs", 1, "egui", "fn f(ui: &mut egui::Ui) {}");
    one_break("src/figure/text.rs", 1, "egui", "use eframe as e;");
    one_break("src/capture/mod.rs", 1, "egui", "use egui_kittest::Harness;");
    one_break("src/ui/app.rs", 1, "wgpu", "use wgpu;");
    one_break("src/ui/app.rs", 1, "wgpu", "fn f(d: &eframe::wgpu::Device) {}");
    one_break("src/infer/engine.rs", 1, "wgpu", "use burn::tensor::{Tensor, wgpu::WgpuSetup};");
    one_break("src/render/painter.rs", 1, "cubecl", "use cubecl::prelude::*;");
    one_break("src/net/mod.rs", 1, "cubecl", "use cubecl_wgpu::X;");
    for file in ["ui/app.rs", "render/painter.rs", "cli/bench.rs", "capture/files.rs", "figure/png.rs", "eval/bins.rs"]
    {
        one_break(&format!("src/{file}"), 1, "burn", "use burn::prelude::*;");
    }
    one_break("src/ui/camera.rs", 1, "nokhwa", "use nokhwa::Camera;");
    one_break("src/cli/infer.rs", 1, "rfd", "fn f() { rfd::FileDialog::new(); }");

    let fine = [
        ("src/device/share.rs", "use cubecl::x; use burn::tensor::wgpu::WgpuSetup; use wgpu::Device;"),
        ("src/render/painter.rs", "use egui_wgpu::CallbackTrait; use wgpu::Queue;"),
        ("src/ui/window.rs", "use eframe::egui_wgpu::WgpuSetup; fn f(_: eframe::wgpu::Limits) {}"),
        ("src/ui/view.rs", "fn f() { egui_wgpu::Callback::new_paint_callback(); }"),
        ("src/infer/engine.rs", "fn f() { burn::tensor::Device::wgpu(kind); burn_wgpu::x(); }"),
    ];
    for (path, text) in fine {
        assert_eq!(found(path, text), Vec::<String>::new());
    }
}

#[test]
fn half_written_files_are_a_break_outside_tests() {
    one_break("src/cli/infer.rs", 1, "half a file", "fn f() { std::fs::write(p, b).ok(); }");
    one_break("src/cli/infer.rs", 1, "half a file", "use std::fs::File; fn f() { File::create(p); }");
    one_break("src/cli/infer.rs", 1, "half a file", "use std::fs::{read, write};");
    assert!(found("src/cli/infer.rs", "mod tests { fn f() { std::fs::write(p, b).unwrap(); } }").is_empty());
    assert!(found("src/cli/infer_tests.rs", "fn f() { std::fs::write(p, b).unwrap(); }").is_empty());
    assert!(found("src/atomic.rs", "fn f() { std::fs::File::create(p); }").is_empty());
}

#[test]
fn shape_is_checked() {
    let shape = |text: &str, long: &[(&str, &str)]| {
        rules::shape(&Source { path: "src/a.rs".to_owned(), text: text.to_owned() }, long).len()
    };
    let (short, long) = ("//! x\n".repeat(300), "//! x\n".repeat(301));
    assert_eq!(shape(&short, &[]), 0);
    assert_eq!(shape(&long, &[]), 1);
    assert_eq!(shape(&long, &[("src/a.rs", "a table")]), 0);
    assert_eq!(shape(&long, &[("src/a.rs", "")]), 1, "a row needs a reason");
    assert_eq!(shape(&short, &[("src/a.rs", "a table")]), 1, "a row that is not needed");
    assert_eq!(shape("fn f() {}\n", &[]), 1);
    assert_eq!(shape("", &[]), 1);
}

#[test]
fn use_trees_are_flattened_and_supers_resolved() {
    let text = "use crate::{a::{b, c::*, self}, d as e,};\nuse super::x;\nmod inner { use super::y; }\nuse super::z;";
    let named = paths::named(&scan::tokens(text), &paths::module_of("src/net/msfnet.rs"));
    let named: Vec<_> = named.iter().map(|n| (n.line, n.segments.join("::"))).collect();
    let want = [
        (1, "crate::a::b"),
        (1, "crate::a::c::*"),
        (1, "crate::a"),
        (1, "crate::d"),
        (2, "crate::net::x"),
        (3, "crate::net::msfnet::y"),
        (4, "crate::net::z"),
    ];
    assert_eq!(named, want.map(|(line, path)| (line, path.to_owned())));
}
