//! The `Variable` header of an Originate.

/// The variables of one header, as Asterisk reads them: separated by commas, which quotes, brackets and `\` hold
/// together, each split at its first `=` (`AST_STANDARD_APP_ARGS` of `app.c`, `manager.c`).
pub fn variables(header: &str) -> Vec<(String, String)> {
    let (mut found, mut part) = (vec![], String::new());
    let (mut quoted, mut round, mut square) = (false, 0_u32, 0_u32);
    let mut rest = header.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => part.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted && round == 0 && square == 0 => found.push(std::mem::take(&mut part)),
            _ => {
                match c {
                    '(' => round += 1,
                    ')' => round = round.saturating_sub(1),
                    '[' => square += 1,
                    ']' => square = square.saturating_sub(1),
                    _ => {}
                }
                part.push(c);
            }
        }
    }
    found.push(part);
    let pair = |part: String| part.split_once('=').map(|(n, v)| (n.to_owned(), v.to_owned()));
    found.into_iter().filter_map(pair).collect()
}
