//! What the builders take comes back from the decoders as it went in.
#![no_main]

use apicall_core::wire::callfile::CallFile;
use apicall_core::wire::{agi, ami, esl};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Input {
    Action(Vec<(String, String)>),
    Command(Vec<String>),
    CallFile(Vec<(String, String)>),
    Event(Vec<(String, String)>, String),
    EslCommand(Vec<String>, Vec<(String, String)>),
    AmiEvent(Vec<String>),
    Environment(Vec<String>),
    Reply(u16, String, Option<u32>),
}

fn action(headers: &[(String, String)]) {
    let Ok(mut action) = ami::Action::new("Originate", "1") else { return };
    let mut taken = vec![];
    for (name, value) in headers {
        if let Ok(longer) = action.clone().header(name, value) {
            action = longer;
            taken.push((name.as_str(), value.as_str()));
        }
    }
    let mut decoder = ami::Decoder::default();
    decoder.feed(&action.encode());
    match decoder.poll().map(|message| message.item) {
        Some(Ok(ami::Message::Action(block))) => {
            assert_eq!(block.headers().skip(2).collect::<Vec<_>>(), taken);
        }
        other => panic!("{other:?}"),
    }
}

fn command(arguments: &[String]) {
    let mut command = agi::Command::new("EXEC");
    let mut taken = vec!["EXEC".to_owned()];
    for argument in arguments {
        if let Ok(longer) = command.clone().arg("argument", argument) {
            command = longer;
            taken.push(argument.clone());
        }
    }
    let mut decoder = agi::CommandDecoder::default();
    decoder.feed(&command.encode());
    assert_eq!(decoder.poll().and_then(|message| message.item.ok()), Some(taken));
}

fn call_file(lines: &[(String, String)]) {
    let Ok(mut file) = CallFile::to("PJSIP/1@t") else { return };
    for (key, value) in lines {
        if let Ok(longer) = file.clone().line(key, value) {
            file = longer;
        }
    }
    assert_eq!(CallFile::decode(&file.encode()), Ok(file));
}

fn event(headers: &[(String, String)], body: &str) {
    let mut event = esl::Event::default();
    for (name, value) in headers {
        if let Ok(longer) = event.clone().with(name, value) {
            event = longer;
        }
    }
    let message = esl::Message::Event(event.with_body(body));
    for format in [esl::Format::Plain, esl::Format::Json, esl::Format::Xml] {
        let mut decoder = esl::Decoder::default();
        decoder.feed(&message.encode(format));
        assert_eq!(decoder.poll().map(|back| back.item), Some(Ok(message.clone())), "{format:?}");
        assert_eq!(decoder.unfinished(), None);
    }
}

fn esl_command(words: &[String], headers: &[(String, String)]) {
    let mut command = esl::Command::new("sendmsg");
    let mut line = "sendmsg".to_owned();
    for word in words {
        if let Ok(longer) = command.clone().word("word", word) {
            command = longer;
            line = format!("{line} {word}");
        }
    }
    let mut taken = vec![];
    for (name, value) in headers {
        // The one header that means something to the frame.
        let plain = !name.eq_ignore_ascii_case("content-length");
        if let (true, Ok(longer)) = (plain, command.clone().header(name, value)) {
            command = longer;
            taken.push((name.as_str(), value.as_str()));
        }
    }
    let mut decoder = esl::RequestDecoder::default();
    decoder.feed(&command.encode());
    let request = decoder.poll().expect("a whole request").item.expect("a good one");
    assert_eq!((request.line.as_str(), request.headers.iter().collect::<Vec<_>>()), (line.as_str(), taken));
    assert_eq!(decoder.unfinished(), None);
}

/// What would end its line becomes a space.
fn on_its_line(value: &String) -> String {
    value.replace(['\r', '\n', '\0'], " ")
}

fn ami_event(values: &[String]) {
    let mut outgoing = ami::Outgoing::default();
    outgoing.begin_event("Hangup");
    for value in values {
        outgoing.header("Cause-txt", value);
    }
    let mut bytes = vec![];
    outgoing.encode_to(&mut bytes);
    let mut decoder = ami::Decoder::default();
    decoder.feed(&bytes);
    match decoder.poll().map(|message| message.item) {
        Some(Ok(ami::Message::Event(block))) => {
            let read: Vec<_> = block.all("Cause-txt").collect();
            assert_eq!(read, values.iter().map(on_its_line).collect::<Vec<_>>());
        }
        // Longer than a decoder takes.
        Some(Err(_)) => {}
        other => panic!("{other:?}"),
    }
}

fn environment(values: &[String]) {
    let mut decoder = agi::Decoder::default();
    decoder.feed(&agi::environment(values.iter().map(|value| ("channel", value.as_str()))));
    match decoder.poll().map(|message| message.item) {
        Some(Ok(agi::Inbound::Environment(variables))) => {
            let read: Vec<_> = variables.into_iter().map(|(_, value)| value).collect();
            assert_eq!(read, values.iter().map(on_its_line).collect::<Vec<_>>());
        }
        // More than a decoder takes.
        Some(Err(_)) => {}
        other => panic!("{other:?}"),
    }
}

/// A value may look like the end of a reply; one that does not comes back.
fn reply(result: u16, data: &String, endpos: Option<u32>) {
    let data = on_its_line(data);
    let mut reply = agi::Reply::of(result).with(&data);
    if let Some(at) = endpos {
        reply = reply.at(at.into());
    }
    let mut decoder = agi::Decoder::of_replies();
    decoder.feed(&reply.encode());
    let read = decoder.poll().map(|message| message.item);
    if !data.contains("endpos=") && data.len() < 1_000 {
        assert_eq!(read, Some(Ok(agi::Inbound::Reply(reply))));
    }
}

fuzz_target!(|input: Input| {
    match input {
        Input::Action(headers) => action(&headers),
        Input::Command(arguments) => command(&arguments),
        Input::CallFile(lines) => call_file(&lines),
        Input::Event(headers, body) => event(&headers, &body),
        Input::EslCommand(words, headers) => esl_command(&words, &headers),
        Input::AmiEvent(values) => ami_event(&values),
        Input::Environment(values) => environment(&values),
        Input::Reply(result, data, endpos) => reply(result, &data, endpos),
    }
});
