//! Text as FreeSWITCH takes it apart (`switch_utils.c`, 1.10.12): each pass splits it, and takes quotes and
//! backslashes away.

/// Splits at blanks or at another delimiter, into so many parts at most.
pub(super) fn split(text: &str, delimiter: char, most: usize) -> Vec<String> {
    let blanks = delimiter == ' ';
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() < most {
        if blanks {
            rest = rest.trim_start_matches(' ');
        }
        if rest.is_empty() {
            break;
        }
        let end = if parts.len() + 1 < most {
            end_of_part(rest, delimiter)
        } else {
            rest.len()
        };
        // Of blanks it does not know the escape.
        parts.push(cleaned(&rest[..end], (!blanks).then_some(delimiter)));
        rest = rest.get(end + delimiter.len_utf8()..).unwrap_or_default();
    }
    parts
}

fn end_of_part(text: &str, delimiter: char) -> usize {
    let (mut escaped, mut quoted) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // At blanks a lone quote counts as well.
            '\'' if delimiter == ' ' || quoted || text[at + 1..].contains('\'') => quoted = !quoted,
            _ if c == delimiter && !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn cleaned(text: &str, delimiter: Option<char>) -> String {
    let text = text.trim_start_matches(' ');
    let mut clean = String::with_capacity(text.len());
    // Blanks behind this are none of the value.
    let (mut end, mut quoted) = (0, false);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '\\'
            && let Some(meant) = rest.clone().next().and_then(|next| unescaped(next, delimiter))
        {
            rest.next();
            clean.push(meant);
            end = clean.len();
        } else if c == '\'' && (quoted || rest.as_str().contains('\'')) {
            quoted = !quoted;
            if quoted {
                end = clean.len();
            }
        } else {
            clean.push(c);
            if c != ' ' || quoted {
                end = clean.len();
            }
        }
    }
    if end > 0 {
        clean.truncate(end);
    }
    clean
}

/// What a character behind a backslash stands for, if the backslash is one that counts.
fn unescaped(c: char, delimiter: Option<char>) -> Option<char> {
    match c {
        '\'' | '"' | '\\' => Some(c),
        _ if Some(c) == delimiter => Some(c),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        's' => Some(' '),
        _ => None,
    }
}

/// Whom to call, with the variables in front of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DialString {
    pub variables: Vec<(String, String)>,
    pub endpoint: String,
}

impl DialString {
    /// `{name=value,…}endpoint` or `[name=value,…]endpoint`; `None` when a brace is not closed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut variables = Vec::new();
        let mut rest = text.trim_start();
        for (open, close) in [('{', '}'), ('[', ']')] {
            while let Some(inside) = rest.strip_prefix(open) {
                let end = closing(inside, open, close)?;
                variables.extend(assignments(&inside[..end]));
                rest = inside[end + 1..].trim_start();
            }
        }
        let endpoint = rest.to_owned();
        Some(Self { variables, endpoint })
    }
}

fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            }
        }
    }
    None
}

/// `^^:` in front chooses the delimiter.
fn assignments(text: &str) -> Vec<(String, String)> {
    let chosen = text.strip_prefix("^^").and_then(|rest| rest.chars().next());
    let (delimiter, list) = match chosen {
        Some(delimiter) => (delimiter, &text[2 + delimiter.len_utf8()..]),
        None => (',', text),
    };
    let parts = split(list, delimiter, 1_024).into_iter();
    parts
        .filter_map(|part| {
            let mut pair = split(&part, '=', 2).into_iter();
            Some((pair.next()?, pair.next()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use crate::wire::esl::Dial;

    #[test]
    fn parts_lose_quotes_and_backslashes() {
        for (text, delimiter, parts) in [
            ("a  b 'c d' e", ' ', &["a", "b", "c d", "e"][..]),
            ("a=b=c", '=', &["a", "b=c"]),
            (r"x\,y,z\'s, u ", ',', &["x,y", "z's", "u"]),
            (r"it's", ',', &["it's"]),
            (r"a\\b,c\n", ',', &["a\\b", "c\n"]),
        ] {
            let most = if delimiter == '=' { 2 } else { 10 };
            assert_eq!(split(text, delimiter, most), parts, "{text}");
        }
    }

    #[test]
    fn what_a_client_escapes_arrives() {
        let values = [
            "plain",
            r#"{"do":[{"press":"1","after_ms":500}]}"#,
            "O'Brien, \\ and = 'quoted'",
            "ñandú 50%",
        ];
        for value in values {
            let dial = Dial::to("sofia/gateway/carrier/573001")
                .unwrap()
                .variable("a", value)
                .unwrap()
                .variable("b", "2")
                .unwrap();
            let word = split(&format!("{} &park()", dial.api_word()), ' ', 10).remove(0);
            let read = DialString::parse(&word).unwrap();
            assert_eq!(read.endpoint, "sofia/gateway/carrier/573001");
            let expected = [("a", value), ("b", "2")].map(|(n, v)| (n.to_owned(), v.to_owned()));
            assert_eq!(read.variables, expected, "{word}");
        }
    }

    #[test]
    fn a_list_of_variables_has_an_end() {
        assert_eq!(DialString::parse("{a=b sofia/gateway/x/1"), None);
        let chosen = DialString::parse("{^^:a=1,2:b=3}[c=4]user/1000").unwrap();
        let pairs: Vec<_> = chosen
            .variables
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("a", "1,2"), ("b", "3"), ("c", "4")]);
        assert_eq!(chosen.endpoint, "user/1000");
    }
}
