//! The tour, as a newcomer takes it.

use std::process::Command;

#[test]
fn the_tour_shows_a_whole_campaign() {
    toured(&[], "an emulated Asterisk");
}

#[test]
fn it_is_the_same_on_freeswitch() {
    toured(&["--pbx", "freeswitch"], "an emulated FreeSWITCH");
}

fn toured(options: &[&str], switch: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_apicall-engine"))
        .arg("demo")
        .args(options)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(errors.is_empty(), "{errors}");
    // What the list says of its people is what comes of them; whoever did not pick up is called twice.
    for line in [
        switch,
        "500 contacts added, 2 lines refused",
        "600 calls to 500 contacts, 100 of them retries",
        "answered            370",
        "invalid_number       30",
        "machine              80",
        "transferred         170",
        "transfer to +573009999930",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}
