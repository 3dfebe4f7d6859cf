//! Which names at the root of the library a source file uses, however it spells them: nested and renamed imports,
//! `super` up to the root, qualified paths, macros. Comments and strings do not count.

use std::collections::BTreeSet;

/// The names a file uses of the library's root; `*` for a glob. `module` is the file's own path of modules when it
/// belongs to the library.
pub(crate) fn names(text: &str, module: Option<&[&str]>) -> Vec<String> {
    let tokens = tokens(text);
    let mut roots: BTreeSet<String> = ["apicall_core".to_owned()].into();
    if module.is_some() {
        roots.insert("crate".to_owned());
    }
    loop {
        let mut found = Found::default();
        walk(&tokens, module, &roots, &mut found);
        if found.aliases.is_subset(&roots) {
            return found.names;
        }
        roots.extend(found.aliases);
    }
}

#[derive(Debug, Default)]
struct Found {
    names: Vec<String>,
    /// Other names of the root.
    aliases: BTreeSet<String>,
}

fn walk(tokens: &[String], module: Option<&[&str]>, roots: &BTreeSet<String>, found: &mut Found) {
    let at = |place: usize| tokens.get(place).map_or("", String::as_str);
    let (mut depth, mut inner) = (0, Vec::new());
    for place in 0..tokens.len() {
        match at(place) {
            "{" => {
                depth += 1;
                if place >= 2 && at(place - 2) == "mod" {
                    inner.push(depth);
                }
            }
            "}" => {
                inner.retain(|begun| *begun < depth);
                depth -= 1;
            }
            _ => {}
        }
        let above = at(place) == "super" && place >= 2 && at(place - 2) == "self";
        let absolute = place < 2 || above || !is_name(at(place - 2)) || at(place - 2) == "use";
        if place > 0 && at(place - 1) == "::" && !absolute {
            continue;
        }
        let levels = module.map_or(usize::MAX, |module| module.len() + inner.len());
        let begins_root = roots.contains(at(place)) || is_self(tokens, place);
        if begins_root && at(place + 1) == "as" {
            found.aliases.insert(at(place + 2).to_owned());
        } else if begins_root && at(place + 1) == "::" {
            tree(tokens, place + 2, 0, found);
        } else if at(place) == "super" && at(place.wrapping_sub(1)) != "{" && at(place.wrapping_sub(1)) != ","
        {
            tree(tokens, place, levels, found);
        }
    }
}

/// `extern crate self as name`
fn is_self(tokens: &[String], place: usize) -> bool {
    place >= 2 && tokens[place] == "self" && tokens[place - 1] == "crate" && tokens[place - 2] == "extern"
}

/// Follows a path, or a tree of them, that begins `levels` modules below the root; the place behind it.
fn tree(tokens: &[String], mut place: usize, mut levels: usize, found: &mut Found) -> usize {
    let at = |place: usize| tokens.get(place).map_or("", String::as_str);
    loop {
        match at(place) {
            "super" if levels > 0 => levels -= 1,
            "self" if levels == 0 && at(place + 1) == "as" => {
                found.aliases.insert(at(place + 2).to_owned());
            }
            "super" | "self" => {}
            "{" => {
                place += 1;
                while !matches!(at(place), "}" | "") {
                    place = tree(tokens, place, levels, found);
                }
                return place + 1;
            }
            _ if levels == 0 => {
                found.names.push(at(place).to_owned());
                return skip(tokens, place);
            }
            _ => return skip(tokens, place),
        }
        match at(place + 1) {
            "::" => place += 2,
            "as" if levels == 0 && at(place) == "super" => {
                found.aliases.insert(at(place + 2).to_owned());
                return skip(tokens, place);
            }
            _ => return skip(tokens, place),
        }
    }
}

/// The place of the next entry of a list, or of its end.
fn skip(tokens: &[String], mut place: usize) -> usize {
    let mut depth = 0;
    while let Some(token) = tokens.get(place) {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => return place,
            "}" => depth -= 1,
            "," if depth == 0 => return place + 1,
            ";" => return tokens.len(),
            _ => {}
        }
        place += 1;
    }
    place
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_') || token == ">"
}

/// Names and punctuation, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut found = vec![];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let name = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                .len();
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => string(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if raw_string(rest) > 0 => raw_string(rest),
            'r' if rest.starts_with("r#") => 2,
            ':' if rest.starts_with("::") => {
                found.push("::".to_owned());
                2
            }
            _ if name > 0 => {
                found.push(rest[..name].to_owned());
                name
            }
            _ => {
                if !first.is_whitespace() {
                    found.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    found
}

fn comment(rest: &str) -> usize {
    let (mut depth, mut place) = (0, 0);
    while place < rest.len() {
        let here = &rest.as_bytes()[place..];
        if here.starts_with(b"/*") {
            (depth, place) = (depth + 1, place + 2);
        } else if here.starts_with(b"*/") {
            (depth, place) = (depth - 1, place + 2);
            if depth == 0 {
                return place;
            }
        } else {
            place += 1;
        }
    }
    rest.len()
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (place, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character, or only the mark of a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => rest[3..].find('\'').map_or(rest.len(), |place| place + 4),
        (_, Some((place, '\''))) => place + 1,
        _ => 1,
    }
}

/// How long a raw string here is; 0 when it is none.
fn raw_string(rest: &str) -> usize {
    let marks = rest.trim_start_matches(['b', 'c']);
    let Some(marks) = marks.strip_prefix('r') else {
        return 0;
    };
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    if !marks[hashes..].starts_with('"') {
        return 0;
    }
    let begin = rest.len() - marks.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    rest[begin..]
        .find(&end)
        .map_or(rest.len(), |place| begin + place + end.len())
}
