//! Slowing down whoever guesses passwords.
//!
//! A try that is not known to be right counts as wrong, also when whoever made it did not wait for the answer. Only a few
//! may be under way at once, so that many at once are no way around. Deliberately absent: locking anybody out for
//! good, which would let a stranger lock out the operator.

use apicall_core::model::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wrong passwords in a row before there is a pause: of one address for one user, of one address, for one user.
const TRIES: [u32; 3] = [5, 50, 100];
/// Tries of one address for one user that may be under way at once.
const AT_ONCE: u32 = 16;
/// When to come again if more are, as it takes no longer to look at them.
const SOON: Duration = Duration::from_secs(1);
/// The pause after each wrong password from then on.
const PAUSE: Duration = Duration::from_secs(30);
/// Wrong passwords are forgotten after this.
const FORGET: Duration = Duration::from_secs(900);
/// What is remembered at once.
const REMEMBERED: usize = 10_000;
/// Longer names are nobody's.
const NAME: usize = 64;

/// Who guesses.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<Who, Record>>);

type Who = (Option<String>, Option<IpAddr>);

#[derive(Debug, Clone, Copy)]
struct Record {
    wrong: u32,
    last: Timestamp,
    under_way: u32,
}

/// A try under way; a wrong one, unless it is said to be right.
#[derive(Debug)]
pub(in crate::http) struct Try<'a> {
    guesses: &'a Guesses,
    who: [Who; 3],
    at: Timestamp,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Wrong,
    Unseen,
}

impl Guesses {
    /// Begins a try, or says how long to wait.
    pub(super) fn begin(&self, user: &str, from: IpAddr, now: Timestamp) -> Result<Try<'_>, Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let who = keys(user, from);
        let wait = who.iter().zip(TRIES).filter_map(|(who, most)| {
            let record = all.get(who)?;
            let over = record.last.plus(PAUSE);
            (record.wrong >= most && over > now).then(|| over.since(now))
        });
        if let Some(longest) = wait.max() {
            return Err(longest);
        }
        if all.get(&who[0]).is_some_and(|record| record.under_way >= AT_ONCE) {
            return Err(SOON);
        }
        make_room(&mut all, now);
        for who in &who {
            let unknown = Record {
                wrong: 0,
                last: now,
                under_way: 0,
            };
            all.entry(who.clone()).or_insert(unknown).under_way += 1;
        }
        Ok(Try {
            guesses: self,
            who,
            at: now,
            verdict: Verdict::Wrong,
        })
    }
}

impl Try<'_> {
    /// The password was right.
    pub(in crate::http) fn right(mut self) {
        self.verdict = Verdict::Right;
    }

    /// It was not looked at.
    pub(in crate::http) fn unseen(mut self) {
        self.verdict = Verdict::Unseen;
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        let mut all = self.guesses.0.lock().unwrap_or_else(PoisonError::into_inner);
        for who in &self.who {
            let Some(record) = all.get_mut(who) else { continue };
            record.under_way = record.under_way.saturating_sub(1);
            // An address with one good login may still try others' passwords.
            let clears = self.verdict == Verdict::Right && who.0.is_some();
            if clears || record.last.plus(FORGET) < self.at {
                record.wrong = 0;
            }
            if self.verdict == Verdict::Wrong {
                record.wrong += 1;
                record.last = self.at;
            }
        }
        for who in &self.who {
            if all
                .get(who)
                .is_some_and(|record| record.wrong == 0 && record.under_way == 0)
            {
                all.remove(who);
            }
        }
    }
}

fn keys(user: &str, from: IpAddr) -> [Who; 3] {
    let user: String = user.chars().take(NAME).collect();
    let from = network(from);
    [
        (Some(user.clone()), Some(from)),
        (None, Some(from)),
        (Some(user), None),
    ]
}

/// Whoever has one IPv6 address has its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 => v4,
    }
}

fn make_room(all: &mut HashMap<Who, Record>, now: Timestamp) {
    let full = |all: &HashMap<Who, Record>| all.len() + TRIES.len() > REMEMBERED;
    if full(all) {
        all.retain(|_, record| record.under_way > 0 || record.last.plus(FORGET) > now);
    }
    if full(all) {
        all.retain(|_, record| record.under_way > 0 || record.wrong >= TRIES[0]);
    }
    if full(all) {
        all.retain(|_, record| record.under_way > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, FORGET, Guesses, PAUSE, REMEMBERED, SOON, TRIES};
    use apicall_core::model::Timestamp;
    use std::net::IpAddr;
    use std::time::Duration;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A wrong try; how long to wait when it is not taken.
    fn wrong(guesses: &Guesses, user: &str, from: IpAddr, now: Timestamp) -> Result<(), Duration> {
        guesses.begin(user, from, now).map(drop)
    }

    #[test]
    fn the_sixth_guess_waits_and_then_each_one_does() {
        let (guesses, here) = (Guesses::default(), address("10.0.0.1"));
        for _ in 0..TRIES[0] {
            wrong(&guesses, "admin", here, START).unwrap();
        }
        assert_eq!(wrong(&guesses, "admin", here, START), Err(PAUSE));
        let later = START.plus(PAUSE);
        wrong(&guesses, "admin", here, later).unwrap();
        let soon = later.plus(Duration::from_secs(10));
        assert_eq!(wrong(&guesses, "admin", here, soon), Err(Duration::from_secs(20)));
        let much_later = later.plus(FORGET + PAUSE);
        wrong(&guesses, "admin", here, much_later).unwrap();
        wrong(&guesses, "admin", here, much_later).unwrap();
    }

    #[test]
    fn many_right_ones_at_once_are_no_guessing() {
        let (guesses, here) = (Guesses::default(), address("10.0.0.1"));
        for _ in 0..100 {
            let tries: Vec<_> = (0..AT_ONCE)
                .map(|_| guesses.begin("admin", here, START).unwrap())
                .collect();
            assert_eq!(wrong(&guesses, "admin", here, START), Err(SOON));
            tries.into_iter().for_each(|each| each.right());
        }
        assert!(guesses.0.lock().unwrap().is_empty());
    }

    #[test]
    fn what_was_not_looked_at_does_not_count() {
        let (guesses, here) = (Guesses::default(), address("10.0.0.1"));
        for _ in 0..100 {
            guesses.begin("admin", here, START).unwrap().unseen();
        }
        wrong(&guesses, "admin", here, START).unwrap();
    }

    #[test]
    fn a_stranger_does_not_lock_the_operator_out() {
        let (guesses, stranger) = (Guesses::default(), address("203.0.113.9"));
        while wrong(&guesses, "admin", stranger, START).is_ok() {}
        wrong(&guesses, "admin", address("10.0.0.1"), START).unwrap();
    }

    #[test]
    fn one_address_cannot_go_through_all_users_even_with_a_login_of_its_own() {
        let (guesses, stranger) = (Guesses::default(), address("203.0.113.9"));
        let tried = (0..1_000).take_while(|n| {
            guesses
                .begin("stranger", stranger, START)
                .map(|own| own.right())
                .is_ok()
                && wrong(&guesses, &n.to_string(), stranger, START).is_ok()
        });
        assert_eq!(tried.count(), TRIES[1] as usize);
    }

    #[test]
    fn one_user_cannot_be_tried_from_everywhere() {
        let guesses = Guesses::default();
        let tried = (0..1_000_u128)
            .map(|n| IpAddr::V6((n << 64).into()))
            .take_while(|from| wrong(&guesses, "admin", *from, START).is_ok());
        assert_eq!(tried.count(), TRIES[2] as usize);
    }

    #[test]
    fn memory_is_bounded() {
        let guesses = Guesses::default();
        for n in 0..2 * u32::try_from(REMEMBERED).unwrap() {
            let _ = wrong(&guesses, &n.to_string(), IpAddr::V4(n.into()), START);
        }
        assert!(guesses.0.lock().unwrap().len() <= REMEMBERED);
    }
}
