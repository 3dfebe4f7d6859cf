//! A number as people and spreadsheets write it, made E.164.
//!
//! With a plus sign (or `00`) in front its own country's lengths decide; without one it is read as a number of the
//! project's country, and must then be one that the country's numbering plan has, because reading it is a guess.

use super::{Country, Invalid, PhoneNumber};
use rlibphonenumber::{
    PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Parsed, PhoneNumberFormat, Region, ValidationError,
};

/// Reads a number as people of a country write it. The refusal says precisely what is wrong.
pub fn normalise(text: &str, country: Country) -> Result<PhoneNumber, String> {
    let text = bare(text);
    refuse_strange(text)?;
    let text = without_fraction(text);
    if !text
        .chars()
        .all(|c| c.is_numeric() || c.is_whitespace() || is_separator(c))
    {
        return Err("not a number".into());
    }
    let with_plus = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    let text = with_plus.as_deref().unwrap_or(text);
    let is_international = text.starts_with(['+', '\u{ff0b}']);
    let place = if is_international {
        "its country".to_owned()
    } else {
        country.to_string()
    };
    let parsed = PHONE_NUMBER_UTIL
        .parse(text, Some(region(country)))
        .map_err(|e| unparsable(&e, &place))?;
    parsed
        .is_possible_with_reason()
        .map_err(|e| impossible(e, &place, is_international))?;
    if !is_international && !parsed.is_valid() {
        return Err(format!(
            "no number of {country} looks like this; an international number needs its plus sign"
        ));
    }
    e164(&parsed)
}

/// Takes off what surrounds a number: spaces of every kind, a spreadsheet's apostrophe or `="…"`.
fn bare(text: &str) -> &str {
    let blank = |c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    };
    let text = text.trim_matches(blank);
    let text = text
        .strip_prefix("=\"")
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text);
    text.trim_start_matches('\'').trim_matches(blank)
}

/// What libphonenumber would make a number of although nobody meant one.
fn refuse_strange(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("empty".into());
    }
    if is_rounded(text) {
        return Err(
            "rounded by a spreadsheet, digits are lost; format the column as text and export it again".into(),
        );
    }
    let long_parts = text
        .split(['/', ';', ',', '|'])
        .filter(|part| digits(part) >= 7)
        .count();
    if long_parts > 1 {
        return Err("several numbers in one cell; keep one".into());
    }
    if digits(text) == 0 {
        Err("not a number".into())
    } else {
        Ok(())
    }
}

/// What people put between digits.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        '+' | '\u{ff0b}' | '(' | ')' | '[' | ']' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}'
    )
}

fn digits(text: &str) -> usize {
    text.chars().filter(|c| c.is_numeric()).count()
}

/// `5.73E+11`, `5,73e11`.
fn is_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let numeric = |part: &str, marks: &[char]| {
        part.contains(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_digit() || marks.contains(&c))
    };
    numeric(mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa), &['.', ',']) && numeric(exponent, &[])
}

/// `573001112233.0` is a number that a spreadsheet took for a quantity.
fn without_fraction(text: &str) -> &str {
    let Some((whole, fraction)) = text.rsplit_once(['.', ',']) else {
        return text;
    };
    let plain = whole
        .strip_prefix('+')
        .unwrap_or(whole)
        .bytes()
        .all(|b| b.is_ascii_digit());
    if plain && !whole.is_empty() && matches!(fraction, "0" | "00") {
        whole
    } else {
        text
    }
}

/// Whether a country has numbers of its own.
pub(super) fn has_plan(country: &str) -> bool {
    let region = Region::from_code(country).ok();
    region.is_some_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
}

fn region(country: Country) -> Region {
    Region::from_code(country.as_str()).expect("a country has a numbering plan")
}

fn unparsable(error: &ParseError, place: &str) -> String {
    match error {
        ParseError::InvalidCountryCode => "no country has this code".into(),
        ParseError::NotANumber(_) => "not a number".into(),
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => format!("too short for {place}"),
        ParseError::TooLongNsn => format!("too long for {place}"),
    }
}

fn impossible(error: ValidationError, place: &str, is_international: bool) -> String {
    match error {
        ValidationError::InvalidCountryCode => "no country has this code".into(),
        ValidationError::TooShort => format!("too short for {place}"),
        ValidationError::InvalidLength => format!("no number of {place} has this length"),
        ValidationError::TooLong if is_international => format!("too long for {place}"),
        ValidationError::TooLong => {
            format!("too long for {place}; an international number needs its plus sign")
        }
    }
}

fn e164(parsed: &Parsed) -> Result<PhoneNumber, String> {
    parsed
        .format_as(PhoneNumberFormat::E164)
        .parse()
        .map_err(|e: Invalid| e.remedy)
}

#[cfg(test)]
mod tests;
