//! Where the programs are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The directory of both programs; the engine is built here when nothing else has.
pub(crate) fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let engine = ["--package", "apicall-engine", "--bin", "apicall-engine"];
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked"])
            .args(engine)
            .current_dir(root())
            .status()
            .unwrap();
        assert!(built.success(), "the engine can be built");
        Path::new(env!("CARGO_BIN_EXE_apicall-cli"))
            .parent()
            .unwrap()
            .to_owned()
    })
}

/// A PATH that begins with them.
pub(crate) fn path() -> OsString {
    let usual = env::var_os("PATH").unwrap();
    let all = [programs().to_owned()]
        .into_iter()
        .chain(env::split_paths(&usual));
    env::join_paths(all).unwrap()
}
