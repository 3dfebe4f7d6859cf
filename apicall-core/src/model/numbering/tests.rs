//! Numbers as they are found in lists.

use crate::model::{Country, normalise};

fn of(country: &str, text: &str) -> Result<String, String> {
    let country = country.parse().unwrap();
    normalise(text, country).map(|number| number.to_string())
}

#[test]
fn however_a_number_is_written_it_is_the_same_number() {
    for text in [
        "3001112233",
        "573001112233",
        "+573001112233",
        "+57 (300) 111-2233",
        "00573001112233",
        "0057 300 111 2233",
        " 300 111 22 33\u{a0}",
        "'3001112233",
        "=\"3001112233\"",
        "573001112233.0",
        "3001112233,00",
        "\u{feff}300-111-2233\u{200e}",
        "300.111.2233",
    ] {
        assert_eq!(of("CO", text).as_deref(), Ok("+573001112233"), "{text:?}");
    }
    assert_eq!(of("MX", "55 1234 5678").as_deref(), Ok("+525512345678"));
    assert_eq!(of("MX", "525512345678").as_deref(), Ok("+525512345678"));
    assert_eq!(of("CO", "+34 600 11 12 22").as_deref(), Ok("+34600111222"));
    assert_eq!(of("US", "011 57 300 111 2233").as_deref(), Ok("+573001112233"));
    assert_eq!(of("IT", "06 1234 5678").as_deref(), Ok("+390612345678"));
}

#[test]
fn a_number_with_its_plus_sign_needs_no_more_than_a_possible_length() {
    assert_eq!(of("US", "+1 555 555 0100").as_deref(), Ok("+15555550100"));
    let reason = "no number of US looks like this; an international number needs its plus sign";
    assert_eq!(of("US", "555 555 0100"), Err(reason.into()));
}

#[test]
fn every_refusal_says_precisely_why() {
    for (text, reason) in [
        ("", "empty"),
        (" \u{a0}", "empty"),
        ("'", "empty"),
        ("n/a", "not a number"),
        ("-", "not a number"),
        ("1-800-FLOWERS", "not a number"),
        ("300111", "too short for CO"),
        (
            "30011122334455",
            "too long for CO; an international number needs its plus sign",
        ),
        (
            "34600111222",
            "no number of CO looks like this; an international number needs its plus sign",
        ),
        (
            "1012345678",
            "no number of CO looks like this; an international number needs its plus sign",
        ),
        ("+57 300", "too short for its country"),
        ("0057 300 111", "too short for its country"),
        ("+57300111223344556", "too long for its country"),
        ("+999 1234567", "no country has this code"),
        ("3001112233 / 3002223344", "several numbers in one cell; keep one"),
        (
            "5.73E+11",
            "rounded by a spreadsheet, digits are lost; format the column as text and export it again",
        ),
        (
            "5,73001E+11",
            "rounded by a spreadsheet, digits are lost; format the column as text and export it again",
        ),
        (
            "5e11",
            "rounded by a spreadsheet, digits are lost; format the column as text and export it again",
        ),
    ] {
        assert_eq!(of("CO", text), Err(reason.to_owned()), "{text:?}");
    }
}

#[test]
fn a_country_without_numbers_is_none() {
    for (text, told) in [
        (
            "ZZ",
            "\"ZZ\" is no country: it has no telephone numbers of its own; use the two letters",
        ),
        ("XX", "use the two letters of ISO 3166, as in CO or MX"),
        ("C0", "use the two letters of ISO 3166, as in CO or MX"),
        ("Colombia", "\"Colombia\" is no country: use the two letters"),
    ] {
        let error = text.parse::<Country>().unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    assert_eq!("co".parse::<Country>().unwrap().as_str(), "CO");
}

/// National rules of Colombia take `005` for a carrier's prefix, which leaves a number of Russia.
#[test]
fn a_doubled_zero_in_front_is_the_plus_sign() {
    assert_eq!(of("CO", "0057 301 211 2233").as_deref(), Ok("+573012112233"));
}
