//! Slowing down whoever guesses passwords.
//!
//! A try counts before its password is looked at, so that many at once count like many in a row. Deliberately absent:
//! locking anybody out for good, which would let a stranger lock out the operator.

use apicall_core::model::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wrong passwords in a row before there is a pause: of one address for one user, of one address, for one user.
const TRIES: [u32; 3] = [5, 50, 100];
/// The pause after each wrong password from then on.
const PAUSE: Duration = Duration::from_secs(30);
/// Wrong passwords are forgotten after this.
const FORGET: Duration = Duration::from_secs(900);
/// What is remembered at once.
const REMEMBERED: usize = 10_000;
/// Longer names are nobody's.
const NAME: usize = 64;

/// Who guessed wrong, how often, and when last.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<Who, (u32, Timestamp)>>);

type Who = (Option<String>, Option<IpAddr>);

impl Guesses {
    /// Counts a try, or says how long to wait.
    pub(super) fn begin(&self, user: &str, from: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let who = keys(user, from);
        let wait = who.iter().zip(TRIES).filter_map(|(who, most)| {
            let (tries, last) = *all.get(who)?;
            let over = last.plus(PAUSE);
            (tries >= most && over > now).then(|| over.since(now))
        });
        if let Some(longest) = wait.max() {
            return Err(longest);
        }
        make_room(&mut all, now);
        for who in who {
            let entry = all.entry(who).or_insert((0, now));
            let tries = if entry.1.plus(FORGET) < now { 0 } else { entry.0 };
            *entry = (tries + 1, now);
        }
        Ok(())
    }

    /// The password was right.
    pub(super) fn right(&self, user: &str, from: IpAddr) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let [both, address, name] = keys(user, from);
        all.remove(&both);
        for who in [address, name] {
            if let Some((tries, _)) = all.get_mut(&who) {
                *tries = tries.saturating_sub(1);
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

fn make_room(all: &mut HashMap<Who, (u32, Timestamp)>, now: Timestamp) {
    if all.len() + TRIES.len() <= REMEMBERED {
        return;
    }
    all.retain(|_, (_, last)| last.plus(FORGET) > now);
    if all.len() + TRIES.len() > REMEMBERED {
        all.retain(|_, (tries, _)| *tries >= TRIES[0]);
    }
    if all.len() + TRIES.len() > REMEMBERED {
        all.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{FORGET, Guesses, PAUSE, REMEMBERED, TRIES};
    use apicall_core::model::Timestamp;
    use std::net::IpAddr;
    use std::time::Duration;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_sixth_guess_waits_and_then_each_one_does() {
        let (guesses, here) = (Guesses::default(), address("10.0.0.1"));
        for _ in 0..TRIES[0] {
            guesses.begin("admin", here, START).unwrap();
        }
        assert_eq!(guesses.begin("admin", here, START), Err(PAUSE));
        let later = START.plus(PAUSE);
        guesses.begin("admin", here, later).unwrap();
        assert_eq!(
            guesses.begin("admin", here, later.plus(Duration::from_secs(10))),
            Err(Duration::from_secs(20))
        );
        guesses.begin("admin", here, later.plus(FORGET + PAUSE)).unwrap();
        guesses.begin("admin", here, later.plus(FORGET + PAUSE)).unwrap();
    }

    #[test]
    fn a_stranger_does_not_lock_the_operator_out() {
        let (guesses, stranger) = (Guesses::default(), address("203.0.113.9"));
        while guesses.begin("admin", stranger, START).is_ok() {}
        guesses.begin("admin", address("10.0.0.1"), START).unwrap();
    }

    #[test]
    fn one_address_cannot_go_through_all_users() {
        let (guesses, stranger) = (Guesses::default(), address("203.0.113.9"));
        let tried = (0..1_000).take_while(|n| guesses.begin(&n.to_string(), stranger, START).is_ok());
        assert_eq!(tried.count(), TRIES[1] as usize);
    }

    #[test]
    fn one_user_cannot_be_tried_from_everywhere() {
        let guesses = Guesses::default();
        let tried = (0..1_000_u128)
            .map(|n| IpAddr::V6((n << 64).into()))
            .take_while(|from| guesses.begin("admin", *from, START).is_ok());
        assert_eq!(tried.count(), TRIES[2] as usize);
    }

    #[test]
    fn the_right_password_clears_the_count() {
        let (guesses, here) = (Guesses::default(), address("10.0.0.1"));
        for _ in 0..1_000 {
            guesses.begin("admin", here, START).unwrap();
            guesses.right("admin", here);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let guesses = Guesses::default();
        for n in 0..2 * u32::try_from(REMEMBERED).unwrap() {
            let _ = guesses.begin(&n.to_string(), IpAddr::V4(n.into()), START);
        }
        assert!(guesses.0.lock().unwrap().len() <= REMEMBERED);
    }
}
