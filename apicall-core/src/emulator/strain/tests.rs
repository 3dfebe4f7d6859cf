//! What work costs a machine, and what it loses when there is too much.

#![allow(
    clippy::disallowed_methods,
    reason = "a test may take any instant as the beginning of its time"
)]
use super::*;
use crate::emulator::spool::Spooled;

/// Notes when what reached it.
#[derive(Debug, Default)]
struct Noted(Vec<(Instant, Vec<u8>)>);

impl Machine for Noted {
    const UNREAD_BYTES: usize = 1;
    fn work(input: &Input) -> Work {
        let hangs_up = matches!(input, Input::LegSaid(..));
        Work {
            calls: if hangs_up { 0.0 } else { 1.0 },
            hangs_up,
        }
    }
    fn handle(&mut self, input: Input, now: Instant) {
        if let Input::Said(_, bytes) | Input::LegSaid(_, bytes) = input {
            self.0.push((now, bytes));
        } else if let Input::Filed(file) = input {
            self.0.push((now, file.name.into_bytes()));
        }
    }
    fn inflict(&mut self, _: Fault, _: Instant) {}
    fn expire(&mut self, _: Instant) {}
    fn next_due(&self) -> Option<Instant> {
        None
    }
    fn poll(&mut self) -> Option<Output> {
        None
    }
    fn farewell(&mut self) {}
}

fn strained(cps: u32, now: Instant) -> Strained<Noted> {
    let mut pbx = Strained::new(Noted::default(), now);
    if let Ok(cps) = Cps::whole(cps) {
        pbx.inflict(Fault::Strength(cps), now);
    }
    pbx
}

#[test]
fn work_waits_for_the_work_before_it() {
    let now = Instant::now();
    let mut pbx = strained(10, now);
    for n in 0..5 {
        pbx.handle(Input::Said(1, vec![n]), now);
    }
    assert_eq!(pbx.next_due(), Some(now + Duration::from_millis(100)));
    pbx.expire(now + Duration::from_secs(5));
    let seen: Vec<_> = pbx
        .pbx
        .0
        .iter()
        .map(|(at, bytes)| ((*at - now).as_millis(), bytes[0]))
        .collect();
    assert_eq!(seen, [(100, 0), (200, 1), (300, 2), (400, 3), (500, 4)]);
}

#[test]
fn first_hang_ups_are_lost_and_then_everything_until_it_is_started_again() {
    let now = Instant::now();
    let mut pbx = strained(10, now);
    pbx.handle(Input::LegSaid(1, vec![1]), now);
    for _ in 0..50 {
        pbx.handle(Input::Said(1, vec![2]), now);
    }
    pbx.handle(Input::LegSaid(1, vec![3]), now);
    assert_eq!(pbx.waiting.len(), 51, "the second hang-up is lost");
    for _ in 0..50 {
        pbx.handle(Input::Said(1, vec![4]), now);
    }
    let later = now + Duration::from_secs(3_600);
    pbx.expire(later);
    pbx.handle(Input::Said(1, vec![5]), later);
    assert_eq!((pbx.pbx.0.len(), pbx.poll()), (0, None), "it has collapsed");
    pbx.inflict(Fault::Crash(Duration::ZERO), later);
    pbx.handle(Input::Said(1, vec![6]), later);
    pbx.expire(later + Duration::from_secs(1));
    assert_eq!(pbx.pbx.0.len(), 1);
}

#[test]
fn call_files_are_work_and_are_called_again_after_a_collapse() {
    let now = Instant::now();
    let mut pbx = strained(10, now);
    let file = |name: &str| {
        let (name, text) = (name.to_owned(), String::new());
        Input::Filed(Spooled { name, text })
    };
    pbx.handle(file("a"), now);
    pbx.handle(file("b"), now);
    pbx.expire(now + Duration::from_millis(150));
    let first = (now + Duration::from_millis(100), b"a".to_vec());
    assert_eq!(pbx.pbx.0, [first], "the second waits for the first");
    for _ in 0..80 {
        pbx.handle(file("c"), now);
    }
    pbx.handle(file("d"), now);
    assert_eq!(pbx.poll_file(), None, "it has collapsed");
    pbx.inflict(Fault::Crash(Duration::ZERO), now);
    let again: Vec<_> = std::iter::from_fn(|| pbx.poll_file()).collect();
    for name in ["b", "c", "d"] {
        assert!(again.contains(&Fate::Again(name.to_owned())), "{name}: {again:?}");
    }
}
