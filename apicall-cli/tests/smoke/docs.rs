//! `docs/smoke-tests.md` is executed: its files are written, its commands run, and they end and say as the page tells.

use crate::programs::{path, root};
use std::fs;
use std::process::Command;

/// A fenced block: the words after the fence, and the text.
type Block = (String, String);

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(words) if !open => {
                blocks.push((words.to_owned(), String::new()));
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let text = &mut blocks.last_mut().unwrap().1;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// Lines that tell the same whatever the clock and the call's id are.
fn timeless(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.contains(", call "));
    lines
        .map(|line| line.replace(|c: char| c.is_ascii_digit(), "#"))
        .collect()
}

#[test]
fn the_page_does_what_it_says() {
    let page = fs::read_to_string(root().join("docs/smoke-tests.md")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let path = path();
    let (mut ran, mut out) = (0, String::new());
    for (words, text) in blocks(&page) {
        if let Some(file) = words.strip_prefix("yaml file=") {
            fs::write(home.path().join(file), &text).unwrap();
        } else if let Some(code) = words.strip_prefix("sh exit=") {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(&text).current_dir(home.path());
            shell
                .env("PATH", &path)
                .env("HOME", home.path())
                .env_remove("APICALL_TOKEN");
            let output = shell.output().unwrap();
            out = String::from_utf8(output.stdout).unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code().unwrap().to_string(),
                code,
                "{text}\n{out}\n{error}"
            );
            ran += 1;
        } else if words == "text" {
            let (told, shown) = (timeless(&text), timeless(&out));
            assert!(
                told.iter().all(|line| shown.contains(line)),
                "{text}\nis not in\n{out}"
            );
            ran += 1;
        }
    }
    assert_eq!(ran, 4, "commands and outputs of the page");
    let report = fs::read_to_string(home.path().join("smoke.xml")).unwrap();
    assert!(report.contains("failures=\"1\""), "{report}");
}
