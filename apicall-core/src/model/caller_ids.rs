//! The numbers that a project may show, and by which rule one of them is chosen.
//!
//! Deliberately absent: choosing, which is `schedule::caller_id`.

use super::text::{serde_as_text, text_enum};
use super::{CallerId, Invalid, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Most numbers of a project.
const NUMBERS: usize = 500;
/// Most calls a day from one number.
const MOST_A_DAY: u32 = 1_000_000;
/// How often `learned` tries any of them when nothing else is said, in percent.
const EXPLORE: u32 = 10;

text_enum! {
    /// How one of a project's numbers is chosen, among those that are free.
    CallerIdPolicy as "caller id policy" {
        /// The first, in the order of the list.
        Fixed = "fixed",
        /// In turn.
        RoundRobin = "round_robin",
        /// The one that was used least today.
        LeastUsed = "least_used",
        /// The one that begins like the callee's.
        LocalPresence = "local_presence",
        /// The one whose calls are answered most.
        Learned = "learned",
    }
}

text_enum! {
    /// What is done when none of the numbers is free.
    WhenNone as "choice" {
        /// Contacts wait until one is.
        Wait = "wait",
        /// The project's own `caller_id` is shown, which has no cap and never rests.
        OwnCallerId = "caller_id",
    }
}

text_enum! {
    /// Why a call shows the number that it shows.
    ChosenBy as "reason" {
        /// It was the first of the list that was free.
        First = "first",
        /// It was its turn.
        Turn = "turn",
        /// It was used least today.
        LeastUsed = "least_used",
        /// It begins like the callee's.
        Local = "local",
        /// None begins like the callee's, and it was used least today.
        NoneLocal = "none_local",
        /// Its calls are answered most.
        BestAnswered = "best_answered",
        /// It was drawn, to learn how its calls are answered.
        Explored = "explored",
        /// None was free.
        NoneFree = "none_free",
    }
}

/// When a number rests: `5% of 100 for 24h` is for 24 hours, as soon as fewer than 5 in 100 of at least 100 calls are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestRule {
    below_percent: u32,
    calls: u32,
    hours: u32,
}

impl RestRule {
    /// The answer rate under which it rests, in percent.
    pub const fn below_percent(self) -> u32 {
        self.below_percent
    }

    /// How many calls it takes to know the rate.
    pub const fn calls(self) -> u32 {
        self.calls
    }

    /// How long it rests.
    pub const fn length(self) -> Duration {
        Duration::from_secs(self.hours as u64 * 3_600)
    }
}

impl FromStr for RestRule {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let read = || {
            let (percent, rest) = text.trim().split_once("% of ")?;
            let (calls, hours) = rest.split_once(" for ")?;
            let rule = Self {
                below_percent: percent.trim().parse().ok()?,
                calls: calls.trim().parse().ok()?,
                hours: hours.trim().strip_suffix('h')?.parse().ok()?,
            };
            let fits = (1..=99).contains(&rule.below_percent)
                && (10..=250).contains(&rule.calls)
                && (1..=720).contains(&rule.hours);
            fits.then_some(rule)
        };
        read().ok_or_else(|| {
            let remedy = "write it as in \"5% of 100 for 24h\": 1 to 99 percent, of 10 to 250 calls, for 1 to 720 hours";
            Invalid::new("rest", text, remedy)
        })
    }
}

impl fmt::Display for RestRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            below_percent,
            calls,
            hours,
        } = self;
        write!(f, "{below_percent}% of {calls} for {hours}h")
    }
}

serde_as_text!(RestRule);

/// The numbers of a project, and how one of them is chosen for each call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Form", into = "Form")]
pub struct CallerIds(Form);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    numbers: Vec<CallerId>,
    policy: CallerIdPolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    daily_cap: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<RestRule>,
    #[serde(default = "explore")]
    explore_percent: u32,
    #[serde(default = "wait")]
    when_none: WhenNone,
}

const fn explore() -> u32 {
    EXPLORE
}

const fn wait() -> WhenNone {
    WhenNone::Wait
}

impl CallerIds {
    /// Numbers without caps that never rest.
    pub fn new(numbers: Vec<CallerId>, policy: CallerIdPolicy) -> Result<Self, Invalid> {
        Self::try_from(Form {
            numbers,
            policy,
            daily_cap: None,
            rest: None,
            explore_percent: EXPLORE,
            when_none: WhenNone::Wait,
        })
    }

    /// The numbers, 1 to 500, each once.
    pub fn numbers(&self) -> &[CallerId] {
        &self.0.numbers
    }

    /// How one is chosen.
    pub const fn policy(&self) -> CallerIdPolicy {
        self.0.policy
    }

    /// Most calls from one of them on a day of the project's.
    pub const fn daily_cap(&self) -> Option<u32> {
        self.0.daily_cap
    }

    /// When one of them rests.
    pub const fn rest(&self) -> Option<RestRule> {
        self.0.rest
    }

    /// In how many of 100 calls `learned` draws any of them.
    pub const fn explore_percent(&self) -> u32 {
        self.0.explore_percent
    }

    /// What is done when none is free.
    pub const fn when_none(&self) -> WhenNone {
        self.0.when_none
    }
}

impl TryFrom<Form> for CallerIds {
    type Error = Invalid;
    fn try_from(form: Form) -> Result<Self, Invalid> {
        if form.numbers.is_empty() || form.numbers.len() > NUMBERS {
            let remedy = format!("give 1 to {NUMBERS}");
            return Err(Invalid::new("list of caller ids", form.numbers.len(), remedy));
        }
        let mut seen = HashSet::new();
        if let Some(twice) = form.numbers.iter().find(|number| !seen.insert(*number)) {
            return Err(Invalid::new("list of caller ids", twice, "name each number once"));
        }
        if let Some(cap) = form.daily_cap.filter(|cap| !(1..=MOST_A_DAY).contains(cap)) {
            let remedy = format!("use 1 to {MOST_A_DAY}, or leave it out");
            return Err(Invalid::new("daily_cap", cap, remedy));
        }
        if form.explore_percent > 100 {
            return Err(Invalid::new(
                "explore_percent",
                form.explore_percent,
                "use 0 to 100",
            ));
        }
        Ok(Self(form))
    }
}

impl From<CallerIds> for Form {
    fn from(ids: CallerIds) -> Self {
        ids.0
    }
}

/// A day of a project's calendar, as in 20261121.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CalendarDay(pub u32);

impl fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a call shows its number, and on which day it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdChoice {
    /// Why.
    pub by: ChosenBy,
    /// On which day.
    pub day: CalendarDay,
}

/// What is known of one of a project's numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallerIdFacts {
    /// Calls it was chosen for today, those that never left excepted.
    pub used_today: u32,
    /// Calls of late that reached a telephone.
    pub tried: u32,
    /// Those that were answered, unless by a machine.
    pub answered: u32,
    /// The place of its last use among all uses of the project's numbers; 0 for none.
    pub turn: u64,
    /// Until when it rests.
    pub rests_until: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_refused_names_field_value_and_remedy() {
        let read = |value| serde_json::from_value::<CallerIds>(value).map_err(|error| error.to_string());
        let full = json!({
            "numbers": ["+573001112233", "5550001234"], "policy": "learned", "daily_cap": 200,
            "rest": "5% of 100 for 24h", "explore_percent": 20, "when_none": "caller_id",
        });
        let ids = read(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&ids).unwrap(), full);
        let short = read(json!({ "numbers": ["123"], "policy": "fixed" })).unwrap();
        assert_eq!((short.when_none(), short.explore_percent()), (WhenNone::Wait, 10));
        for (field, value, told) in [
            ("numbers", json!([]), "give 1 to 500"),
            (
                "numbers",
                json!(["12", "12"]),
                "\"12\" is no list of caller ids: name each number once",
            ),
            ("numbers", json!(["call me"]), "use 2 to 20 digits"),
            ("policy", json!("random"), "use one of fixed, round_robin"),
            ("daily_cap", json!(0), "\"0\" is no daily_cap: use 1 to"),
            ("explore_percent", json!(101), "use 0 to 100"),
            ("rest", json!("5%"), "write it as in \"5% of 100 for 24h\""),
            ("rest", json!("5% of 5 for 24h"), "of 10 to 250 calls"),
            ("when_none", json!("any"), "use one of wait, caller_id"),
        ] {
            let mut wrong = full.clone();
            wrong[field] = value;
            let error = read(wrong).unwrap_err();
            assert!(error.contains(told), "{field}: {error}");
        }
    }
}
