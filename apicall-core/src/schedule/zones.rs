//! Which clock is kept where: time zones by name, and those that a number may be in.
//!
//! The rules of zones are those of the bundled IANA database, the same for every engine of a version: what the machine has
//! is not asked. What numbers may be where is `zones.txt`, which names its sources.
//!
//! Deliberately absent: what the time there is good for.

use crate::model::PhoneNumber;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::HashMap;
use std::sync::LazyLock;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
static PLACES: LazyLock<Places> = LazyLock::new(|| Places::read(include_str!("zones.txt")));

/// The zone of an IANA name.
pub fn named(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// Every zone that a number may be in; none when nobody can say.
pub fn of_number(number: &PhoneNumber) -> &'static [TimeZone] {
    PLACES.of(number.digits())
}

/// Zones by the beginnings of numbers.
struct Places {
    by_beginning: HashMap<&'static str, usize>,
    zones: Vec<Vec<TimeZone>>,
    longest: usize,
}

impl Places {
    fn read(table: &'static str) -> Self {
        let mut places = Self {
            by_beginning: HashMap::new(),
            zones: Vec::new(),
            longest: 0,
        };
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let Some((zones, beginnings)) = line.split_once(':') else {
                continue;
            };
            for beginning in beginnings.split_whitespace() {
                places.by_beginning.insert(beginning, places.zones.len());
                places.longest = places.longest.max(beginning.len());
            }
            let zones: Option<Vec<_>> = zones.split_whitespace().map(named).collect();
            // A zone that nobody knows makes the whole line one of which nobody can say the time.
            places.zones.push(zones.unwrap_or_default());
        }
        places
    }

    fn of(&self, digits: &str) -> &[TimeZone] {
        let known = (1..=self.longest.min(digits.len()))
            .rev()
            .find_map(|length| self.by_beginning.get(&digits[..length]));
        known.map_or(&[], |place| &self.zones[*place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rlibphonenumber::PHONE_NUMBER_UTIL;
    use std::collections::BTreeSet;

    fn zones(number: &str) -> Vec<String> {
        let zones = of_number(&number.parse().unwrap());
        let mut names: Vec<_> = zones
            .iter()
            .map(|zone| zone.iana_name().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_table_has_one_answer_for_each_beginning_and_knows_every_zone() {
        let (mut seen, mut lines) = (BTreeSet::new(), 0);
        for line in include_str!("zones.txt").lines() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (zones, beginnings) = line.split_once(": ").expect("zones: beginnings");
            for zone in zones.split(' ') {
                assert!(named(zone).is_some(), "{zone}");
            }
            for beginning in beginnings.split(' ') {
                assert!(beginning.bytes().all(|b| b.is_ascii_digit()), "{line}");
                assert!(seen.insert(beginning), "{beginning} stands twice");
            }
            lines += 1;
        }
        assert!(lines > 200, "{lines} lines");
    }

    #[test]
    fn every_country_that_has_numbers_has_a_line() {
        let codes = PHONE_NUMBER_UTIL.get_supported_calling_codes();
        let missing: BTreeSet<_> = codes
            .map(|code| code.to_string())
            .filter(|code| !PLACES.by_beginning.contains_key(code.as_str()))
            .collect();
        // Those of no country: shared and satellite services.
        let nowhere = ["800", "808", "870", "878", "881", "882", "883", "888", "979"];
        assert_eq!(missing, nowhere.map(str::to_owned).into());
    }

    #[test]
    fn the_longest_beginning_counts() {
        assert_eq!(zones("+573001112233"), ["America/Bogota"]);
        assert_eq!(zones("+12125550100"), ["America/New_York"]);
        assert_eq!(zones("+18505550100"), ["America/Chicago", "America/New_York"]);
        assert_eq!(zones("+5511987654321"), ["America/Sao_Paulo"]);
        assert!(zones("+18005550100").contains(&"Pacific/Honolulu".to_owned()));
        assert_eq!(zones("+34600111222").len(), 3);
        assert_eq!(zones("+8821612345678"), Vec::<String>::new(), "nobody can say");
    }
}
