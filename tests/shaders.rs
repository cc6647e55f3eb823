//! Every shader parses and validates as WGSL with what wgpu asks for by default, and is embedded in the program.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code)]
mod house_rules;

use house_rules::scan::{self, Kind, Token};
use house_rules::{Source, files, root, sources};
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Parses and validates a shader as a device without optional features would; the error is naga's own, with lines.
fn validate(source: &str) -> Result<naga::Module, String> {
    let module = naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    validator.validate(&module).map_err(|error| error.emit_to_string(source))?;
    Ok(module)
}

/// Names of the shaders that a source embeds with `include_str!`.
fn embedded(source: &Source) -> Vec<String> {
    let tokens = scan::tokens(&source.text);
    let starts = tokens.windows(2).enumerate().filter(|(_, pair)| {
        let is_macro = pair[1].kind == Kind::Mark('!');
        pair[0].word() == Some("include_str") && is_macro
    });
    // The path may stand alone or at the end of `concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/x.wgsl")`.
    starts.filter_map(|(at, _)| tokens[at..].iter().take(14).find_map(shader_name)).collect()
}

fn shader_name(token: &Token) -> Option<String> {
    match &token.kind {
        Kind::Text(path) => path.rsplit_once("shaders/").map(|(_, name)| name.to_owned()),
        _ => None,
    }
}

#[test]
fn every_shader_is_valid_and_does_something() {
    let shaders = files(&root().join("shaders"), "wgsl");
    assert!(!shaders.is_empty(), "shaders/ holds no .wgsl; this test would pass on nothing");
    for path in shaders {
        let source = std::fs::read_to_string(&path).unwrap();
        match validate(&source) {
            Ok(module) => assert!(!module.entry_points.is_empty(), "{} has no entry point", path.display()),
            Err(error) => panic!("{} is no valid WGSL:\n{error}", path.display()),
        }
    }
}

#[test]
fn every_shader_is_embedded() {
    let folder = root().join("shaders");
    let used: Vec<String> = sources("src").iter().flat_map(embedded).collect();
    for path in files(&folder, "wgsl") {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        assert!(used.contains(&name), "shaders/{name} is embedded by no include_str! in src/; remove it or use it");
    }
}

#[test]
fn broken_shaders_are_rejected() {
    let fine = "@fragment fn main() -> @location(0) vec4<f32> { return vec4<f32>(1.0); }";
    assert_eq!(validate(fine).unwrap().entry_points.len(), 1);
    // Does not parse; parses but the type is wrong; parses but an entry point's output has no location.
    assert!(validate("@fragment fn main( {").is_err());
    assert!(validate("@fragment fn main() -> @location(0) vec4<f32> { return 1u; }").is_err());
    assert!(validate("@fragment fn main() -> vec4<f32> { return vec4<f32>(1.0); }").is_err());
}

#[test]
fn embedding_is_found_in_code_only() {
    let names = |text: &str| embedded(&Source { path: String::new(), text: text.to_owned() });
    assert_eq!(names(r#"const S: &str = include_str!("../../shaders/map.wgsl");"#), ["map.wgsl"]);
    let concat = r#"include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/sub/a.wgsl"))"#;
    assert_eq!(names(concat), ["sub/a.wgsl"]);
    assert!(names(r#"// include_str!("../../shaders/map.wgsl")"#).is_empty());
    assert!(names(r#"let path = "../../shaders/map.wgsl";"#).is_empty());
}
