//! The callees of the laboratory's carrier (`dev/lab.d/carrier.py`, `docs/lab.md`), by the last two digits.

use crate::model::{Act, Callee, Deed, Greeting, Response};

/// Who answers a number that nothing is said about: rings for 300 ms, says hello, and stays.
pub(super) fn person() -> Callee {
    Callee {
        ring_ms: 300,
        says: Greeting::Human,
        ..Callee::default()
    }
}

/// How soon a phone of the lab's carrier is answered: it rings, and is picked up, in the same instant.
const AT_ONCE_MS: u32 = 2;
/// A hang-up at once: the BYE follows the answer.
const NO_TIME_MS: u32 = 1;

/// The table.
pub(super) fn table() -> Vec<(&'static str, Callee)> {
    vec![
        ("01", human(&[(6_500, "1")])),
        ("02", human(&[(3_600, "1")])),
        ("03", human(&[(3_600, "2"), (6_600, "1")])),
        ("04", human(&[(3_600, "2"), (6_600, "3")])),
        ("05", human(&[])),
        ("06", leaving(human(&[]), 3_600)),
        ("07", leaving(rung(), NO_TIME_MS)),
        ("08", human(&[(6_500, "1")])),
        ("09", says(Greeting::Machine)),
        ("10", refusing(486)),
        ("11", refusing(480)),
        ("12", refusing(404)),
        ("13", refusing(503)),
        ("14", refusing(603)),
        ("15", ringing_on()),
        ("16", after_early_media()),
        ("17", human(&[(3_600, "1")])),
        ("18", delayed(human(&[(3_600, "1")]), 3_000)),
        ("19", swallowed()),
        ("20", Callee::default()),
        ("21", leaving(Callee::default(), 1_000)),
        ("22", human(&[(3_600, "42#")])),
        ("25", says(Greeting::Voicemail)),
        (
            "26",
            Callee {
                says: Greeting::Voicemail,
                ..human(&[(7_900, "1")])
            },
        ),
        ("30", leaving(rung(), 3_000)),
        ("31", refusing(486)),
        ("32", ringing_on()),
        ("33", rung()),
        ("34", refusing(480)),
    ]
}

fn rung() -> Callee {
    Callee {
        ring_ms: AT_ONCE_MS,
        ..Callee::default()
    }
}

fn says(says: Greeting) -> Callee {
    Callee { says, ..rung() }
}

fn human(presses: &[(u32, &str)]) -> Callee {
    let press = |(after_ms, keys): &(u32, &str)| Act {
        upon: None,
        after_ms: *after_ms,
        deed: Deed::Press(keys.parse().expect("the table has keys")),
    };
    Callee {
        acts: presses.iter().map(press).collect(),
        ..says(Greeting::Human)
    }
}

fn leaving(mut callee: Callee, after_ms: u32) -> Callee {
    callee.acts.push(Act {
        upon: None,
        after_ms,
        deed: Deed::HangUp,
    });
    callee
}

fn refusing(status: u16) -> Callee {
    Callee {
        response: Response::Refuse(status),
        ..Callee::default()
    }
}

fn delayed(callee: Callee, delay_ms: u32) -> Callee {
    Callee { delay_ms, ..callee }
}

fn swallowed() -> Callee {
    Callee {
        response: Response::Swallowed,
        ..Callee::default()
    }
}

fn ringing_on() -> Callee {
    Callee {
        response: Response::NoAnswer,
        ..rung()
    }
}

fn after_early_media() -> Callee {
    Callee {
        ring_ms: 0,
        early_media_ms: 2_000,
        ..human(&[(6_500, "1")])
    }
}
