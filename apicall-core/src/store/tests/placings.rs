//! Calls that are placed together take few statements, and it is as if each had been placed alone.

use super::caller_ids::{two, used};
use super::*;
use crate::model::{CallId, CallerId, DncOrigin, Hold, PhoneNumber, ProjectId, Waits};
use crate::schedule::caps;
use db::tap;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

on_each_database!(
    those_placed_together_are_one_question_and_one_insert,
    of_two_to_one_number_the_second_counts_the_first,
    a_number_listed_between_two_is_heard_by_the_second,
    what_the_database_refuses_costs_one_call,
    together_they_go_over_no_cap_of_a_number_they_show,
    together_is_as_one_by_one,
);

fn number(n: u64) -> PhoneNumber {
    format!("+5730{n:08}").parse().unwrap()
}

fn single(project: i64, n: u64) -> Call {
    Call {
        state: CallState::Queued,
        origin: crate::model::Origin::Manual,
        project: project.try_into().unwrap(),
        number: Some(number(n)),
        ended_at: None,
        outcome: None,
        ..ended_call(Outcome::Busy)
    }
}

fn listing(n: u64, project: Option<ProjectId>) -> NewDnc {
    NewDnc {
        number: number(n),
        project,
        origin: DncOrigin::Operator,
        reason: String::new(),
        call: None,
    }
}

/// One call a number within an hour.
fn once() -> Gate {
    Gate::with_past(Some(Duration::from_secs(3_600)), |_, past| {
        let until = caps::wait(&["1/1h".parse().unwrap()], past, NOW)?;
        Some(Waits {
            reason: Hold::NumberCap,
            until: Some(until),
        })
    })
}

/// A store with a second project.
async fn two_projects(ground: Ground) -> Fixture {
    let fixture = fixture(ground).await;
    fixture.store.create_project(None, project).await.unwrap();
    fixture
}

impl Fixture {
    fn place(&self, gate: Gate, shows: Shows, call: Call) -> Reply<Call> {
        self.store.journal().place_through(gate, shows, call).unwrap()
    }

    async fn open(&self) -> usize {
        self.store.open_calls().await.unwrap().len()
    }
}

async fn answers(replies: Vec<Reply<Call>>) -> Vec<Result<Call, StoreError>> {
    let answers = futures_util::future::join_all(replies).await;
    answers.into_iter().map(Result::unwrap).collect()
}

/// Why calls were not made.
fn holds(answers: &[Result<Call, StoreError>]) -> Vec<Option<Hold>> {
    let why = |answer: &Result<Call, StoreError>| match answer {
        Ok(_) => None,
        Err(StoreError::Held { reason, .. }) => Some(*reason),
        Err(error) => panic!("{error}"),
    };
    answers.iter().map(why).collect()
}

async fn those_placed_together_are_one_question_and_one_insert(ground: Ground) {
    let fixture = two_projects(ground).await;
    let lists = vec![listing(3, Some(1.try_into().unwrap())), listing(4, None)];
    fixture.store.list_dnc(lists, NOW).await.unwrap();
    tap::open();
    let place = |n: i64| fixture.place(Gate::open(), Shows::Always(None), single(n % 2 + 1, n as u64 / 2));
    let answers = answers((0..40).map(place).collect()).await;
    let seen = tap::close();
    for (n, why) in holds(&answers).into_iter().enumerate() {
        let (project, number) = (n % 2 + 1, n / 2);
        let listed = number == 4 || (project, number) == (1, 3);
        assert_eq!(
            why,
            listed.then_some(Hold::DoNotCall),
            "{number} of project {project}"
        );
    }
    assert_eq!(fixture.open().await, 37);
    for table in ["dnc", "live_calls"] {
        let about = seen.iter().filter(|statement| statement.text().contains(table));
        assert_eq!(about.count(), 1, "{table}");
    }
}

async fn of_two_to_one_number_the_second_counts_the_first(ground: Ground) {
    let fixture = two_projects(ground).await;
    let until = NOW.plus(Duration::from_secs(60));
    let asleep = Waits {
        reason: Hold::CallingHours,
        until: Some(until),
    };
    let closed = Gate::new(move |_| Some(asleep));
    let place = |gate, project| fixture.place(gate, Shows::Always(None), single(project, 1));
    let placed = vec![
        place(closed, 1),
        place(once(), 1),
        place(once(), 2),
        place(once(), 1),
        place(Gate::open(), 1),
    ];
    let (hours, cap) = (Some(Hold::CallingHours), Some(Hold::NumberCap));
    assert_eq!(holds(&answers(placed).await), [hours, None, None, cap, None]);
    assert_eq!(fixture.open().await, 3, "the held ones are no calls");
}

async fn a_number_listed_between_two_is_heard_by_the_second(ground: Ground) {
    let fixture = fixture(ground).await;
    let before = fixture.store.transactions();
    let place = || fixture.place(Gate::open(), Shows::Always(None), single(1, 1));
    let journal = fixture.store.journal();
    let first = place();
    let listed = journal.room().unwrap().list(listing(1, None), NOW);
    let second = place();
    let placed = answers(vec![first, second]).await;
    assert_eq!(holds(&placed), [None, Some(Hold::DoNotCall)]);
    assert_eq!(fixture.store.transactions() - before, 1);
    listed.await.unwrap().unwrap();
}

async fn what_the_database_refuses_costs_one_call(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.store.list_dnc(vec![listing(2, None)], NOW).await.unwrap();
    let id = CallId::draw();
    let place = |n| {
        let call = Call {
            id: if n % 10 == 0 { id } else { CallId::draw() },
            ..single(1, n)
        };
        fixture.place(Gate::open(), Shows::Always(None), call)
    };
    // More than are tried apart at once.
    let all = answers((0..200).map(place).collect()).await;
    for (n, answer) in all.iter().enumerate() {
        match (n, answer) {
            (2, Err(StoreError::Held { .. })) => {}
            (n, Err(StoreError::Refused(_))) if n > 0 && n % 10 == 0 => {}
            (n, Ok(call)) if n == 0 || n % 10 > 0 => assert_eq!(call.number, Some(number(n as u64))),
            (n, answer) => panic!("{n}: {answer:?}"),
        }
    }
    assert_eq!(fixture.open().await, 180);
}

async fn together_they_go_over_no_cap_of_a_number_they_show(ground: Ground) {
    let fixture = fixture(ground).await;
    fixture.store.list_dnc(vec![listing(7, None)], NOW).await.unwrap();
    let own: CallerId = "+5760999".parse().unwrap();
    // Others come between them, that show always the same.
    let shows = |n: u64| match n % 6 {
        5 => Shows::Always(Some(own.clone())),
        _ => two(),
    };
    let place = |n| fixture.place(Gate::open(), shows(n), single(1, n));
    let placed = answers((0..30).map(place).collect()).await;
    let holds = holds(&placed);
    let of = |hold| holds.iter().filter(|held| **held == Some(hold)).count();
    assert_eq!((of(Hold::DoNotCall), of(Hold::CallerId)), (1, 4));
    assert_eq!(
        used(&fixture.store).await,
        [10, 10],
        "who is not called uses none"
    );
    let made: Vec<_> = placed.into_iter().flatten().collect();
    assert_eq!(
        made.iter()
            .filter(|call| call.caller_id.as_ref() == Some(&own))
            .count(),
        5
    );
    for call in made {
        assert_eq!(fixture.store.call(call.id).await.unwrap(), Some(call));
    }
}

/// What is handed to the store, one thing after another.
#[derive(Debug, Clone)]
enum Step {
    Place {
        capped: bool,
        chosen: bool,
        call: Box<Call>,
    },
    List(NewDnc),
}

impl Step {
    fn draw(random: &mut StdRng) -> Self {
        let (project, n) = (random.random_range(1..3), random.random_range(0..12));
        if random.random_bool(0.1) {
            return Self::List(listing(
                n,
                random.random_bool(0.5).then(|| project.try_into().unwrap()),
            ));
        }
        Self::Place {
            capped: random.random_bool(0.5),
            chosen: random.random_bool(0.6),
            call: Box::new(single(project, n)),
        }
    }

    /// Hands it over; the answer, if it is awaited.
    fn hand_over(self, fixture: &Fixture) -> Option<Reply<Call>> {
        match self {
            Self::Place { capped, chosen, call } => {
                let gate = if capped { once() } else { Gate::open() };
                let shows = if chosen { two() } else { Shows::Always(None) };
                Some(fixture.place(gate, shows, *call))
            }
            Self::List(entry) => {
                let journal = fixture.store.journal();
                drop(journal.room().unwrap().list(entry, NOW));
                None
            }
        }
    }
}

async fn together_is_as_one_by_one(ground: Ground) {
    let seeds = if ground == Ground::Sqlite { 12 } else { 2 };
    for seed in 0..seeds {
        let mut random = StdRng::seed_from_u64(seed);
        let steps: Vec<_> = (0..60).map(|_| Step::draw(&mut random)).collect();
        let (together, apart) = (two_projects(ground).await, two_projects(ground).await);
        let replies = steps.iter().filter_map(|step| step.clone().hand_over(&together));
        let at_once = answers(replies.collect()).await;
        let mut in_turn = Vec::new();
        for step in steps {
            in_turn.extend(answers(step.hand_over(&apart).into_iter().collect()).await);
        }
        let told = |answers: &[Result<Call, StoreError>]| format!("{answers:#?}");
        assert_eq!(told(&at_once), told(&in_turn), "seed {seed}");
        let why = holds(&at_once);
        for hold in [Hold::DoNotCall, Hold::NumberCap] {
            assert!(why.contains(&Some(hold)), "seed {seed}: nobody waits for {hold}");
        }
        assert_eq!(
            used(&together.store).await,
            used(&apart.store).await,
            "seed {seed}"
        );
    }
}
