//! Keeps the house as `docs/ARCHITECTURE.md` draws it: arrows between rooms, sizes, the clock rule, dependencies.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "architecture/arrows.rs"]
mod arrows;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room of the library may use beside itself.
const ARROWS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("api", &["model"]),
    ("wire", &[]),
    ("amd", &["model"]),
    ("flow", &["model"]),
    ("scenario", &["model", "api", "flow"]),
    ("schedule", &["model"]),
    ("audio", &["model"]),
    ("audit", &["model", "schedule"]),
    ("import", &["model"]),
    ("store", &["model"]),
    ("switch", &["model", "wire", "amd"]),
    ("dialer", &["model", "schedule", "switch", "flow", "store"]),
    ("emulator", &["model", "wire", "amd"]),
];
/// What the other crates may use of the library.
const CRATES: [(&str, &[&str]); 2] = [
    ("apicall-cli", &["model", "amd", "api", "flow", "scenario"]),
    (
        "apicall-engine",
        &[
            "model", "api", "audio", "audit", "dialer", "emulator", "flow", "import", "scenario", "schedule",
            "store", "switch", "wire",
        ],
    ),
];
/// The shells: who may ask for the time.
const CLOCKS: [&str; 8] = [
    "apicall-core/src/model/clock.rs",
    "apicall-core/src/dialer/owner.rs",
    "apicall-core/src/store/writer.rs",
    "apicall-core/src/switch/socket.rs",
    "apicall-core/src/switch/asterisk/leg.rs",
    "apicall-core/src/emulator/server.rs",
    "apicall-core/src/switch/freeswitch/leg.rs",
    "apicall-core/src/switch/freeswitch/leg/detect.rs",
];
const MOST_LINES: usize = 500;
const MOST_LINES_OF_FUNCTION: usize = 60;
const VAGUE: [&str; 5] = ["utils", "common", "manager", "helper", "types"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust files of the three crates, by their path from the root.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Vec<_> = ["apicall-core", "apicall-engine", "apicall-cli"]
        .map(|name| root().join(name))
        .into();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    assert!(found.len() > 80, "only {} sources", found.len());
    found
}

/// The room of the library that a file belongs to.
fn room(path: &str) -> Option<&str> {
    path.strip_prefix("apicall-core/src/")?
        .split_once('/')
        .map(|(room, _)| room)
}

/// The modules of the library that a file is.
fn module(path: &str) -> Option<Vec<&str>> {
    let path = path.strip_prefix("apicall-core/src/")?.strip_suffix(".rs")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(path.split('/').filter(|name| *name != "lib").collect())
}

fn wrong_arrows(path: &str, text: &str) -> Vec<String> {
    let tests = path.contains("/tests") || path.ends_with("tests.rs");
    let (own, allowed) = match room(path) {
        Some(own) => match ARROWS.iter().find(|(room, _)| *room == own) {
            Some((_, allowed)) => (own, *allowed),
            None => return vec![format!("{path}: {own} is no room of docs/ARCHITECTURE.md")],
        },
        None => match CRATES
            .iter()
            .find(|(name, _)| path.starts_with(&format!("{name}/src")))
        {
            Some((name, allowed)) => (*name, *allowed),
            // What the root of the library hands on would be used past the arrows.
            None if path == "apicall-core/src/lib.rs" => ("the root", &[] as &[&str]),
            None => return Vec::new(),
        },
    };
    if tests {
        return Vec::new();
    }
    let module = module(path);
    let used = arrows::names(text, module.as_deref());
    let wrong = used
        .iter()
        .filter(|name| *name != own && !allowed.contains(&name.as_str()));
    let mut wrong: Vec<_> = wrong
        .map(|name| format!("{path}: {own} may not use {name}"))
        .collect();
    let hands_on = path == "apicall-core/src/lib.rs" && text.lines().any(|line| line.contains("pub use "));
    if hands_on || text.contains("#[path =") || text.contains("include!(") {
        wrong.push(format!("{path}: hands on or takes in what no arrow shows"));
    }
    wrong
}

fn long_functions(path: &str, text: &str) -> Vec<String> {
    let mut wrong = vec![];
    let lines: Vec<_> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let indent = line.len() - start.len();
        let begins = ["fn ", "pub fn ", "async fn ", "pub async fn "]
            .iter()
            .any(|word| start.starts_with(word))
            || (start.starts_with("pub(") && start.contains(" fn "));
        if begins && !line.trim_end().ends_with(';') {
            let end = format!("{}}}", " ".repeat(indent));
            let length = lines[at..].iter().position(|line| *line == end).unwrap_or(0);
            if length > MOST_LINES_OF_FUNCTION {
                wrong.push(format!("{path}:{}: a function of {length} lines", at + 1));
            }
        }
    }
    wrong
}

fn faults(path: &str, text: &str) -> Vec<String> {
    let mut wrong = wrong_arrows(path, text);
    let tests = path.contains("/tests") || path.ends_with("tests.rs") || path.contains("/fuzz/");
    if text.lines().count() > MOST_LINES {
        wrong.push(format!("{path}: {} lines", text.lines().count()));
    }
    if !text.starts_with("//!") && !path.contains("/fuzz/") {
        wrong.push(format!("{path}: does not say why it exists"));
    }
    let asks = ["Instant::now()", "SystemTime::now()"]
        .iter()
        .any(|clock| text.contains(clock));
    // An example that measures is a shell too.
    let shell = CLOCKS.contains(&path) || path.contains("/examples/");
    if asks && !tests && !shell {
        wrong.push(format!("{path}: asks for the time; take it as an argument"));
    }
    if !tests {
        wrong.extend(long_functions(path, text));
    }
    let name = Path::new(path).file_stem().unwrap().to_str().unwrap();
    if VAGUE.contains(&name) {
        wrong.push(format!("{path}: a name that says nothing"));
    }
    wrong
}

/// Lines of a dependency table without their comment.
fn unexplained(manifest: &str) -> Vec<String> {
    let table = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap_or_default();
    let table = table.split("\n[").next().unwrap();
    let own = |line: &&str| line.contains(" = ") && !line.contains("# ") && !line.contains("path = ");
    table.lines().filter(own).map(str::to_owned).collect()
}

/// Package registries, spelled so that this file does not name one.
fn registries() -> Vec<String> {
    [
        ("deb", "debian.org"),
        ("static", "crates.io"),
        ("index", "crates.io"),
        ("static", "rust-lang.org"),
    ]
    .map(|(host, domain)| format!("{host}.{domain}"))
    .into()
}

#[test]
fn the_house_is_in_order() {
    let wrong: Vec<_> = sources()
        .iter()
        .flat_map(|(path, text)| faults(path, text))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let uses = |text: &str| arrows::names(text, Some(&["flow", "run"]));
    for text in [
        "use crate::store::Store;",
        "use crate::{model::CallId, store::{Store, Access}};",
        "use crate::{\n    model::{self, CallId},\n    store,\n};",
        "pub use crate::store::Store as Kept;",
        "use super::super::store::Store;",
        "use super::{super::{store::Store}};",
        "use self::super::super::store;",
        "mod inner { use super::super::super::store::Store; }",
        "fn f() { crate::store::open(); }",
        "fn f(x: &'static crate :: store :: Store) {}",
        "type X = <crate::store::Store as Trait>::Y;",
        "macro_rules! m { () => { $crate::store::open() } }",
        "use crate as root; use root::store::Store;",
        "use crate::{self as root}; fn f() { root::store::open() }",
        "extern crate self as me; use me::store;",
        "use ::apicall_core::store::Store;",
        "use r#crate::store;",
        "const C: char = '\"'; use crate::store; const D: &str = \"\";",
        "/* a /* nested */ comment */ use crate::store;",
    ] {
        assert!(
            uses(text).contains(&"store".to_owned()),
            "{text}: {:?}",
            uses(text)
        );
    }
    assert_eq!(uses("use crate::*;"), ["*"]);
    for text in [
        "// use crate::store;",
        "/* use crate::store; */",
        "const X: &str = \"crate::store\"; const Y: &str = r#\"crate::store \"quoted\" \"#;",
        "use super::store::X;",
        "mod inner { use super::super::store::X; }",
        "use other::crate_store::X; fn f() { other::store::g() }",
        "use crate::{};",
    ] {
        assert_eq!(uses(text), Vec::<String>::new(), "{text}");
    }
    let outside = |text: &str| arrows::names(text, None);
    for text in [
        "use apicall_core::{model, store::Store};",
        "use apicall_core as core; fn f() { core::store::open() }",
        "extern crate apicall_core as core; use core::{model, store};",
        "use apicall_core::{self as core, model}; use core::store;",
    ] {
        assert!(
            outside(text).contains(&"store".to_owned()),
            "{text}: {:?}",
            outside(text)
        );
    }
    assert_eq!(
        outside("use crate::store::X; use super::store;"),
        Vec::<String>::new()
    );
}

#[test]
fn nobody_gives_the_library_another_name() {
    for name in ["", "apicall-core/", "apicall-engine/", "apicall-cli/"] {
        let manifest = fs::read_to_string(root().join(format!("{name}Cargo.toml"))).unwrap();
        assert!(
            !manifest.contains("package = \"apicall-"),
            "{name}Cargo.toml renames a crate"
        );
    }
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert_eq!(unexplained(&manifest), Vec::<String>::new());
    assert_eq!(
        unexplained("[workspace.dependencies]\nserde = \"1\"\n[lints]").len(),
        1
    );
}

#[test]
fn no_package_registry_is_named() {
    let mut texts = sources();
    for place in ["dev", "docs", ".ci", "."] {
        for entry in fs::read_dir(root().join(place)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() && !path.ends_with("Cargo.lock") {
                texts.insert(
                    path.display().to_string(),
                    fs::read_to_string(&path).unwrap_or_default(),
                );
            }
        }
    }
    for (path, text) in texts {
        assert!(
            registries().iter().all(|host| !text.contains(host)),
            "{path} names a package registry"
        );
    }
}

#[test]
fn the_drawing_is_the_rule() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for (room, _) in ARROWS {
        assert!(
            page.contains(&format!("| `{room}` |")),
            "docs/ARCHITECTURE.md does not describe {room}"
        );
    }
}

#[test]
fn each_rule_would_catch_its_violation() {
    let caught = |path: &str, text: &str| !faults(path, text).is_empty();
    let head = "//! x\n";
    assert!(!caught("apicall-core/src/flow/x.rs", head));
    assert!(caught("apicall-core/src/flow/x.rs", "use y;"));
    assert!(caught(
        "apicall-core/src/flow/x.rs",
        &format!("{head}use crate::switch::Leg;")
    ));
    assert!(caught(
        "apicall-core/src/wire/x.rs",
        &format!("{head}use crate::model::CallId;")
    ));
    assert!(caught(
        "apicall-core/src/flow/x.rs",
        &format!("{head}use crate::{{model, store}};")
    ));
    assert!(!caught(
        "apicall-core/src/flow/x.rs",
        &format!("{head}use crate::model::CallId;")
    ));
    assert!(caught("apicall-core/src/attic/x.rs", head));
    assert!(caught(
        "apicall-cli/src/x.rs",
        &format!("{head}use apicall_core::store::Store;")
    ));
    assert!(caught(
        "apicall-core/src/flow/x.rs",
        &format!("{head}let now = Instant::now();")
    ));
    assert!(caught("apicall-core/src/flow/utils.rs", head));
    assert!(caught(
        "apicall-core/src/flow/x.rs",
        &format!("{head}{}", "\n".repeat(501))
    ));
    let long = format!("{head}fn f() {{\n{}}}\n", "    g();\n".repeat(61));
    assert!(caught("apicall-core/src/flow/x.rs", &long));
}
