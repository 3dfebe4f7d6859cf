//! Hours against the clock on the wall: daylight saving both ways, midnights, holidays, many zones; and against a model
//! that knows nothing but to look at every minute.

use super::super::zones;
use super::*;
use crate::model::{Holiday, HoursZone};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

fn hours(windows: &[&str], holidays: &[&str]) -> CallingHours {
    let windows = windows.iter().map(|text| text.parse().unwrap()).collect();
    let holidays: Vec<Holiday> = holidays.iter().map(|text| text.parse().unwrap()).collect();
    CallingHours::new(HoursZone::Project, windows, holidays).unwrap()
}

fn at(text: &str) -> Timestamp {
    let time: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(time.as_millisecond())
}

fn opening(hours: &CallingHours, zones: &[&str], from: &str) -> Option<String> {
    let zones: Vec<_> = zones.iter().map(|name| zones::named(name).unwrap()).collect();
    let rules = [HoursIn { hours, zones: &zones }];
    opens_at(&rules, at(from)).map(|at| at.to_string())
}

fn opens(windows: &[&str], holidays: &[&str], zones: &[&str], from: &str) -> String {
    opening(&hours(windows, holidays), zones, from).unwrap()
}

#[test]
fn a_day_opens_and_closes_to_the_millisecond() {
    let office = hours(&["mon-fri 08:00-12:00", "mon-fri 13:00-20:00"], &[]);
    let bogota = [zones::named("America/Bogota").unwrap()];
    let rules = [HoursIn {
        hours: &office,
        zones: &bogota,
    }];
    for (time, open) in [
        ("2026-11-20T07:59:59.999-05:00", false),
        ("2026-11-20T08:00:00-05:00", true),
        ("2026-11-20T11:59:59.999-05:00", true),
        ("2026-11-20T12:00:00-05:00", false),
        ("2026-11-20T13:00:00-05:00", true),
        ("2026-11-20T20:00:00-05:00", false),
        ("2026-11-21T10:00:00-05:00", false),
    ] {
        assert_eq!(is_open(&rules, at(time)), open, "{time}");
    }
    let friday_night = "2026-11-20T20:00:00-05:00";
    assert_eq!(
        opens_at(&rules, at(friday_night)),
        Some(at("2026-11-23T08:00:00-05:00"))
    );
    assert_eq!(
        opens_at(&rules, at("2026-11-20T09:00:00-05:00")),
        Some(at("2026-11-20T09:00:00-05:00"))
    );
}

#[test]
fn a_night_goes_on_after_midnight_and_a_holiday_closes_both_its_ends() {
    let (zone, night) = (["America/Bogota"], ["fri 22:00-02:00"]);
    let open = |holidays: &[&str], time: &str| {
        let (hours, zone) = (hours(&night, holidays), [zones::named(zone[0]).unwrap()]);
        is_open(
            &[HoursIn {
                hours: &hours,
                zones: &zone,
            }],
            at(time),
        )
    };
    let (before, after) = ("2026-11-20T23:00:00-05:00", "2026-11-21T01:59:00-05:00");
    assert!(open(&[], before) && open(&[], after));
    assert!(!open(&[], "2026-11-21T02:00:00-05:00") && !open(&[], "2026-11-20T01:00:00-05:00"));
    let (friday, saturday) = (["2026-11-20"], ["11-21"]);
    assert!(
        !open(&friday, before) && !open(&friday, after),
        "no window begins on a holiday"
    );
    assert!(
        open(&saturday, before) && !open(&saturday, after),
        "nobody is called on one"
    );
    assert_eq!(opens(&night, &friday, &zone, before), "2026-11-28T03:00:00.000Z");
}

#[test]
fn clocks_put_forward_skip_a_window_or_its_beginning() {
    let new_york = ["America/New_York"];
    // 2026-03-08: 02:00 becomes 03:00, at 07:00 UTC.
    assert_eq!(
        opens(&["daily 08:00-20:00"], &[], &new_york, "2026-03-08T01:00:00Z"),
        "2026-03-08T12:00:00.000Z"
    );
    assert_eq!(
        opens(&["daily 08:00-20:00"], &[], &new_york, "2026-03-07T02:00:00Z"),
        "2026-03-07T13:00:00.000Z"
    );
    assert_eq!(
        opens(&["daily 02:30-04:00"], &[], &new_york, "2026-03-08T05:00:00Z"),
        "2026-03-08T07:00:00.000Z"
    );
    assert_eq!(
        opens(&["daily 02:15-02:45"], &[], &new_york, "2026-03-08T05:00:00Z"),
        "2026-03-09T06:15:00.000Z",
        "the window does not come that day"
    );
}

#[test]
fn clocks_put_back_open_a_window_twice() {
    let new_york = ["America/New_York"];
    // 2026-11-01: 02:00 becomes 01:00, at 06:00 UTC.
    let window = ["daily 01:15-01:45"];
    for (from, to) in [
        ("2026-11-01T04:00:00Z", "2026-11-01T05:15:00.000Z"),
        ("2026-11-01T05:45:00Z", "2026-11-01T06:15:00.000Z"),
        ("2026-11-01T06:45:00Z", "2026-11-02T06:15:00.000Z"),
    ] {
        assert_eq!(opens(&window, &[], &new_york, from), to);
    }
    // It closes by the clock on the wall: at 20:00, an hour later in the world than the day before.
    let hours = hours(&["daily 08:00-20:00"], &[]);
    let zone = [zones::named("America/New_York").unwrap()];
    let rules = [HoursIn {
        hours: &hours,
        zones: &zone,
    }];
    assert!(!is_open(&rules, at("2026-11-01T00:00:00Z")) && is_open(&rules, at("2026-11-02T00:59:59Z")));
    // A window that begins at 01:30 is closed again when 01:00 comes back, and opens once more.
    let late = ["daily 01:30-03:00"];
    assert_eq!(
        opens(&late, &[], &new_york, "2026-11-01T06:00:00Z"),
        "2026-11-01T06:30:00.000Z"
    );
}

#[test]
fn where_midnight_is_skipped_the_day_begins_later() {
    // Santiago, 2026-09-06: 00:00 becomes 01:00, at 04:00 UTC.
    let whole = ["sun 00:00-24:00"];
    assert_eq!(
        opens(&whole, &[], &["America/Santiago"], "2026-09-05T12:00:00Z"),
        "2026-09-06T04:00:00.000Z"
    );
    let nights = ["daily 23:00-06:00"];
    assert_eq!(
        opens(&nights, &["09-05"], &["America/Santiago"], "2026-09-05T12:00:00Z"),
        "2026-09-07T02:00:00.000Z"
    );
}

#[test]
fn all_places_a_number_may_be_in_have_to_be_open() {
    let daily = ["mon-sat 08:00-20:00"];
    let coasts = ["America/New_York", "America/Los_Angeles"];
    assert_eq!(
        opens(&daily, &[], &coasts, "2026-07-01T12:00:00Z"),
        "2026-07-01T15:00:00.000Z"
    );
    assert_eq!(
        opens(&daily, &[], &coasts, "2026-07-04T23:59:59.999Z"),
        "2026-07-04T23:59:59.999Z",
        "until it closes in the east"
    );
    assert_eq!(
        opens(&daily, &[], &coasts, "2026-07-05T00:00:00Z"),
        "2026-07-06T15:00:00.000Z"
    );
    let hours = hours(&["daily 08:00-11:00"], &[]);
    assert_eq!(
        opening(&hours, &["Asia/Tokyo", "America/Bogota"], "2026-07-01T12:00:00Z"),
        None,
        "never together"
    );
    assert_eq!(
        opening(&hours, &[], "2026-07-01T12:00:00Z"),
        None,
        "nowhere is never"
    );
}

#[test]
fn a_year_of_holidays_is_waited_for() {
    let christmas = hours(&["daily 08:00-20:00"], &["12-25"]);
    assert_eq!(
        opening(&christmas, &["UTC"], "2026-12-24T20:00:00Z").unwrap(),
        "2026-12-26T08:00:00.000Z"
    );
    let all: Vec<_> = (0..366)
        .map(|n| Date::constant(2024, 1, 1).saturating_add(n.days()))
        .collect();
    let all: Vec<_> = all
        .iter()
        .map(|date| format!("{:02}-{:02}", date.month(), date.day()))
        .collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    assert_eq!(
        opening(
            &hours(&["daily 08:00-20:00"], &all),
            &["UTC"],
            "2026-12-24T20:00:00Z"
        ),
        None
    );
}

/// The same rule from its words alone: which minute the wall shows, and whether some window has it.
fn model(windows: &[Window], holidays: &[Date], zone: &TimeZone, at: Timestamp) -> bool {
    let wall = zone.to_datetime(jiff::Timestamp::from_millisecond(at.millis()).unwrap());
    let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap();
    windows.iter().any(|window| {
        [0, 1].iter().any(|days_ago| {
            let begun = wall
                .date()
                .checked_sub(i32::from(*days_ago as u8).days())
                .unwrap();
            let length = (window.to_minute() + 24 * 60 - window.from_minute() - 1) % (24 * 60) + 1;
            let passed = i32::from(minute) + 1440 * days_ago - i32::from(window.from_minute());
            (0..i32::from(length)).contains(&passed)
                && window.begins_on(begun.weekday())
                && !holidays.contains(&begun)
                && !holidays.contains(&wall.date())
        })
    })
}

#[test]
fn whatever_the_hours_they_open_when_a_look_at_every_minute_says_so() {
    const ZONES: [&str; 6] = [
        "America/New_York",
        "America/Santiago",
        "Europe/London",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
    ];
    // Around changes of clocks in both directions, north and south.
    const AROUND: [&str; 5] = [
        "2026-03-08T00:00:00Z",
        "2026-11-01T00:00:00Z",
        "2026-04-04T12:00:00Z",
        "2026-09-05T12:00:00Z",
        "2026-10-24T12:00:00Z",
    ];
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    for seed in 0..60_u64 {
        let mut random = StdRng::seed_from_u64(seed);
        let from = at(AROUND[random.random_range(0..AROUND.len())]);
        let windows: Vec<Window> = (0..random.random_range(1..=3))
            .map(|_| {
                let day = names[random.random_range(0..7)];
                let (begin, length) = (random.random_range(0..288) * 5, random.random_range(1..200) * 5);
                let end = (begin + length) % 1440;
                let other = names[random.random_range(0..7)];
                format!(
                    "{day},{other} {:02}:{:02}-{:02}:{:02}",
                    begin / 60,
                    begin % 60,
                    end / 60,
                    end % 60
                )
            })
            .filter_map(|text| text.parse().ok())
            .collect();
        if windows.is_empty() {
            continue;
        }
        let day = jiff::Timestamp::from_millisecond(from.millis())
            .unwrap()
            .to_zoned(TimeZone::UTC)
            .date();
        let holidays: Vec<Date> = (0..random.random_range(0..3))
            .map(|_| day.saturating_add(random.random_range(0..6).days()))
            .collect();
        let hours = CallingHours::new(
            HoursZone::Callee,
            windows.clone(),
            holidays.iter().copied().map(Holiday::On).collect(),
        )
        .unwrap();
        let zones: Vec<_> = (0..random.random_range(1..=2))
            .map(|_| zones::named(ZONES[random.random_range(0..ZONES.len())]).unwrap())
            .collect();
        let rules = [HoursIn {
            hours: &hours,
            zones: &zones,
        }];
        let open = |at| zones.iter().all(|zone| model(&windows, &holidays, zone, at));
        // Every edge is on a whole multiple of five minutes; looked at from the end, each knows the next opening.
        let step = |n: i64| Timestamp::from_millis(from.millis() + n * 300_000);
        let mut next = None;
        for n in (0..8 * 288).rev() {
            let now = step(n);
            if open(now) {
                next = Some(now);
            }
            assert_eq!(
                is_open(&rules, now),
                open(now),
                "seed {seed} at {now}: {windows:?} {holidays:?}"
            );
            if n < 288 && next.is_some() && (n % 7 == 0 || open(now)) {
                assert_eq!(
                    opens_at(&rules, now),
                    next,
                    "seed {seed} at {now}: {windows:?} {holidays:?}"
                );
            }
        }
    }
}
