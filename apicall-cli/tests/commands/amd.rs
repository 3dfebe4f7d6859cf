//! `amd tune` on recordings whose rhythm is known.

use crate::ok;
use crate::scripted::records::project;
use crate::scripted::{Engine, Ran, run};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const RATE: usize = 8_000;

/// A word, or a long one, from 0.3 s on; a second of silence behind it.
fn greeting(voice_ms: usize) -> Vec<i16> {
    let part = |ms: usize, sample: i16| vec![sample; ms * RATE / 1_000];
    [part(300, 0), part(voice_ms, 4_000), part(1_000, 0)].concat()
}

fn raw(path: &Path, samples: &[i16]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    fs::write(path, bytes).unwrap();
}

fn wav(path: &Path, samples: &[i16], channels: u16) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples {
        file.write_sample(*sample).unwrap();
        // The other side speaks all the time.
        (1..channels).for_each(|_| file.write_sample(9_000_i16).unwrap());
    }
    file.finalize().unwrap();
}

/// Two persons, one of whom talks for 1.7 s, and two machines, one of which is brief.
fn recordings(root: &Path) {
    wav(&root.join("human/hello.wav"), &greeting(600), 1);
    wav(&root.join("human/talks.WAV"), &greeting(1_700), 2);
    raw(&root.join("machine/long.sln"), &greeting(8_000));
    // In mu-law 0x00 is the loudest, and 0xFF silence.
    let brief = [vec![0xFF; 2_400], vec![0x00; 8 * 1_900], vec![0xFF; 8_000]].concat();
    fs::write(root.join("machine/brief.ulaw"), brief).unwrap();
    fs::write(root.join("machine/notes.txt"), "no recording").unwrap();
}

fn tune(engine: &Engine, words: &[&str]) -> Ran {
    let root = engine.home.path().join("greetings");
    let root = root.to_str().unwrap();
    run(&mut engine.cli(&[&["amd", "tune", root], words].concat()))
}

fn with_recordings(engine: &Engine) {
    recordings(&engine.home.path().join("greetings"));
}

/// Human, machine and unsure of each row.
fn counts(report: &Value) -> Vec<[u64; 3]> {
    let row = |row: &Value| ["human", "machine", "unsure"].map(|verdict| row[verdict].as_u64().unwrap());
    report["confusion"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn changed_parameters_are_shown_beside_the_present_ones() {
    let engine = Engine::answering([]);
    with_recordings(&engine);
    let ran = tune(&engine, &["--set", "greeting_ms=1800", "-o", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["recordings"], 4);
    assert_eq!(counts(&report), [[1, 1, 0], [0, 2, 0], [2, 0, 0], [0, 2, 0]]);
    assert_eq!(report["confusion"][2]["amd"], "2500|1800|1000|5000|100|50|4|256");
    assert_eq!(report["confusion"][0]["wrong"], 0.5);
    let table = tune(&engine, &["--set", "greeting_ms=1800"]).out;
    assert!(table.contains("present") && table.contains("50.0 %"), "{table}");
    let csv = tune(&engine, &["-o", "csv"]).out;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(engine.asked().is_empty(), "no engine is asked");
}

#[test]
fn what_is_tried_is_told_with_the_best_first() {
    let engine = Engine::answering([]);
    with_recordings(&engine);
    let tries = [
        "--try",
        "greeting_ms=300,1500,1800,2400",
        "--try",
        "maximum_words=3,4",
        "--best",
        "3",
    ];
    let ran = tune(&engine, &[&tries[..], &["-o", "json"]].concat());
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let best = report["best"].as_array().unwrap();
    assert_eq!(best.len(), 3);
    assert_eq!(best[0]["amd"], "2500|1800|1000|5000|100|50|3|256");
    assert_eq!(
        (&best[0]["humans_lost"], &best[0]["machines_missed"]),
        (&json!(0.0), &json!(0.0))
    );
    // Half of the machines are missed, or half of the persons lost; rather a machine.
    assert_eq!(
        (&best[2]["humans_lost"], &best[2]["machines_missed"]),
        (&json!(0.0), &json!(0.5))
    );
    let csv = tune(&engine, &[&tries[..], &["-o", "csv"]].concat()).out;
    assert!(
        csv.starts_with("amd,humans_lost,machines_missed,mean_ms\n2500|1800|"),
        "{csv}"
    );
    assert!(tune(&engine, &tries).out.contains("best of those"));
}

#[test]
fn a_project_is_compared_with_and_a_list_says_who_is_who() {
    let mut listening = project();
    listening["flow"]["simple"]["amd"] = "2500|2400|1000|5000|100|50|4|256".into();
    let deaf = project();
    let engine = Engine::answering([ok(listening), ok(deaf)]);
    with_recordings(&engine);
    let home = engine.home.path();
    raw(&home.join("odd.sln"), &greeting(600));
    let labels = home.join("labels.csv");
    fs::write(
        &labels,
        "file,label\nodd.sln,machine\ngreetings/human/talks.WAV,human\n",
    )
    .unwrap();
    let labels = labels.to_str().unwrap();
    let listed = ["amd", "tune", "--labels", labels, "--project", "100"];
    let ran = run(&mut engine.cli(&[&listed[..], &["--files", "-o", "json"]].concat()));
    let found: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    let told = |place: usize| {
        ["recorded", "verdict", "reason"].map(|key| found[place][key].as_str().unwrap().to_owned())
    };
    assert_eq!(told(0), ["human", "human", "HUMAN-1000-1000"]);
    assert_eq!(told(1), ["machine", "human", "HUMAN-1000-1000"]);
    let ran = run(&mut engine.cli(&listed));
    assert_eq!(ran.code, 2);
    assert!(
        ran.err
            .contains("does not listen for machines; give those to compare with by --amd"),
        "{}",
        ran.err
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_what_to_do() {
    let engine = Engine::answering([]);
    with_recordings(&engine);
    let root = engine.home.path();
    raw(&root.join("nobody/1.sln"), &greeting(600));
    let nobody = root.join("nobody");
    let many = format!(
        "greeting_ms={}",
        (0..1_500).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
    );
    let more = many.replace("greeting", "initial_silence");
    for (words, remedy) in [
        (vec!["--set", "loudness=3"], "use one of initial_silence_ms"),
        (vec!["--set", "greeting_ms=40000"], "use 0 to 32767"),
        (
            vec!["--set", "greeting_ms=1,2"],
            "--try greeting_ms=1,2 tries several",
        ),
        (
            vec!["--try", "greeting_ms=1", "--try", "greeting_ms=2"],
            "all its values in one --try",
        ),
        (vec!["--try", &many, "--try", &more], "try fewer values at once"),
        (
            vec![nobody.to_str().unwrap()],
            "who is it? put it below a directory",
        ),
        (vec!["/nowhere/at-all.wav"], "/nowhere/at-all.wav: "),
        (vec!["Cargo.toml"], "name a wav, ulaw, sln or sln16 file"),
    ] {
        let ran = tune(&engine, &words);
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.err);
        assert!(ran.err.contains(remedy), "{words:?}: {}", ran.err);
    }
}

#[test]
fn what_spoke_against_detection_is_told_of_a_project() {
    let live = json!({
        "at": 1, "levels": [], "switches": [], "campaigns": [], "by_outcome": { "answered": 12 },
        "detection": { "human": 4, "machine": 8, "contradicted": { "human_silent": 1, "machine_pressed": 0 },
                       "human_share": 0.25, "machine_share": 0.0 },
    });
    let engine = Engine::answering([ok(json!([project()])), ok(live)]);
    let ran = run(&mut engine.cli(&["stats", "--project", "Cobranza MX"]));
    assert_eq!(
        engine.lines(),
        ["GET /api/v1/projects", "GET /api/v1/stats?project=100"]
    );
    let told = "detection in the last 24 h: human 4 (25.0 % contradicted: human_silent 1), machine 8 (0.0 % contradicted)\n";
    assert!(ran.out.ends_with(told), "{}", ran.out);
}
