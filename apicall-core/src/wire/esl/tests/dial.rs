//! Dial strings: what FreeSWITCH makes of them, and what it must not be given.

use crate::wire::esl::Dial;
use proptest::prelude::*;

/// Takes a text apart at a delimiter, and then quotes and backslashes away, as `switch_separate_string` does.
fn separated(text: &str, delimiter: char, most: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == delimiter && parts.len() < most {
            parts.push(String::new());
            continue;
        }
        let part = parts.last_mut().unwrap();
        part.push(c);
        if c == '\\' {
            part.extend(chars.next());
        }
    }
    // Among parts that spaces divide no space can be escaped.
    let delimiter = (delimiter != ' ').then_some(delimiter);
    parts.iter().map(|part| cleaned(part, delimiter)).collect()
}

fn cleaned(part: &str, delimiter: Option<char>) -> String {
    let (mut text, mut kept) = (String::new(), 0);
    let mut chars = part.trim_start_matches(' ').chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '\\').then(|| chars.peek().copied()).flatten();
        let meant = escaped.and_then(|next| match next {
            '\\' | '\'' | '"' => Some(next),
            's' => Some(' '),
            // A line feed and others: no text that we write has them.
            'n' | 'r' | 't' => panic!("\\{next} in {part}"),
            _ => delimiter.filter(|delimiter| *delimiter == next),
        });
        if meant.is_some() {
            chars.next();
        } else {
            assert_ne!(c, '\'', "a bare quote in {part}");
        }
        text.push(meant.unwrap_or(c));
        if meant.is_some() || c != ' ' {
            kept = text.len();
        }
    }
    text.truncate(kept);
    text
}

/// The variables and the endpoint, as `bgapi originate` reads them.
fn as_freeswitch_reads(line: &str) -> (Vec<(String, String)>, String) {
    let words = separated(line, ' ', usize::MAX);
    assert_eq!(words.len(), 1, "{words:?}");
    let mut depth = 0;
    let end = words[0].char_indices().find(|(_, c)| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth == 0
    });
    let end = end.unwrap().0;
    let variables = separated(&words[0][1..end], ',', usize::MAX);
    let pair = |text: &String| {
        let pair = separated(text, '=', 2);
        (pair[0].clone(), pair[1].clone())
    };
    (
        variables.iter().map(pair).collect(),
        words[0][end + 1..].to_owned(),
    )
}

#[test]
fn what_would_break_out_is_refused() {
    for endpoint in [
        "",
        "sofia/a b",
        "sofia/a,b",
        "{a=b}sofia/x",
        "a|b",
        "sofia/x'",
        "a:_:b",
        "sofia/x\n",
    ] {
        assert!(Dial::to(endpoint).is_err(), "{endpoint}");
    }
    let dial = Dial::to("sofia/gateway/carrier/1").unwrap();
    for (value, reason) in [
        ("}", "braces"),
        ("}{", "braces"),
        ("{", "braces"),
        ("a:_:b", ":_:"),
        ("a\nb", "line feed"),
    ] {
        let error = dial.clone().variable("note", value).unwrap_err();
        assert!(
            error.field == "note" && error.reason.contains(reason),
            "{value}: {error}"
        );
    }
    for name in ["", "a b", "a=b", "a,b", "^^:a"] {
        assert!(dial.clone().variable(name, "x").is_err(), "{name}");
    }
    let expanded = dial.variable("note", "${system(reboot)}").unwrap();
    assert!(expanded.application_argument().is_err());
}

#[test]
fn nothing_but_the_endpoint_when_there_are_no_variables() {
    let dial = Dial::to("loopback/100/default")
        .unwrap()
        .variable("empty", "")
        .unwrap();
    assert_eq!(dial.api_word(), "loopback/100/default");
    assert_eq!(dial.application_argument().unwrap(), "loopback/100/default");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn variables_arrive_as_they_were_given(
        values in proptest::collection::vec(r#"([ -~é]|[{}',="\\ ]|\{a\}){1,12}"#, 1..5),
    ) {
        let mut dial = Dial::to("sofia/gateway/carrier/1").unwrap().variable("first", "1").unwrap();
        let mut taken = vec![("first".to_owned(), "1".to_owned())];
        for value in &values {
            if let Ok(longer) = dial.clone().variable("v", value) {
                dial = longer;
                let value = value.trim_matches(' ');
                taken.extend((!value.is_empty()).then(|| ("v".to_owned(), value.to_owned())));
            }
        }
        let (variables, endpoint) = as_freeswitch_reads(&dial.api_word());
        prop_assert_eq!(variables, taken);
        prop_assert_eq!(endpoint, "sofia/gateway/carrier/1");
    }
}
