//! One cell to a number in E.164.

use crate::model::{Country, PhoneNumber};
use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
use std::str::FromStr;

/// Reads a number as people of a country write it. The refusal says what is wrong and what to do.
pub fn normalise(text: &str, country: Country) -> Result<PhoneNumber, String> {
    let text = text.trim().trim_start_matches('\'');
    if text.is_empty() {
        return Err("the number is empty".to_owned());
    }
    let text = text.strip_suffix(".0").unwrap_or(text);
    if is_scientific(text) {
        return Err(
            "a spreadsheet has rounded the number; format the column as text and export it again".to_owned(),
        );
    }
    if text.chars().any(char::is_alphabetic) {
        return Err("not a telephone number; it holds letters".to_owned());
    }
    let region = Region::from_str(country.as_str()).map_err(|_| format!("country {country} is not known"))?;
    let national = PHONE_NUMBER_UTIL.parse(text, Some(region));
    // A country code without its plus sign, as many lists have it.
    let international = || PHONE_NUMBER_UTIL.parse(format!("+{text}"), Some(region));
    let valid = [national.ok(), international().ok()]
        .into_iter()
        .flatten()
        .find(|number| number.is_valid());
    match valid {
        Some(number) => {
            let e164 = number.format_as(PhoneNumberFormat::E164);
            e164.parse()
                .map_err(|invalid: crate::model::Invalid| invalid.to_string())
        }
        None => Err(refusal(text, country)),
    }
}

/// Whether numbers of a country can be read.
pub fn is_known(country: Country) -> bool {
    let region = Region::from_str(country.as_str()).ok();
    region.is_some_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
}

fn refusal(text: &str, country: Country) -> String {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let what = match digits {
        0 => return "not a telephone number; it holds no digits".to_owned(),
        1..=6 => "too short",
        16.. => "too long",
        _ => "not a number that exists",
    };
    format!("{what}, read as one of {country}; write other countries' numbers with + and country code")
}

/// `5.73001E+11`
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let exponent = exponent.trim_start_matches('+');
    !exponent.is_empty()
        && exponent.bytes().all(|b| b.is_ascii_digit())
        && mantissa
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}
