//! What a part of the bench has to say: rows of numbers, and promises kept or not.

use serde_json::{Value, json};
use std::fmt::Write;

/// A part's numbers.
pub(crate) struct Report {
    part: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Row>,
    promises: Vec<Promise>,
}

struct Row {
    /// Where rows are of different things, what this one is of.
    name: Option<&'static str>,
    numbers: Vec<f64>,
}

struct Promise {
    what: String,
    seen: f64,
    bound: f64,
    kept: bool,
}

impl Report {
    pub(crate) fn new(part: &'static str, head: &[&'static str]) -> Self {
        Self {
            part,
            head: head.to_vec(),
            rows: vec![],
            promises: vec![],
        }
    }

    pub(crate) fn row(&mut self, numbers: &[f64]) {
        self.push(None, numbers);
    }

    /// A row that says what it is of.
    pub(crate) fn named_row(&mut self, name: &'static str, numbers: &[f64]) {
        self.push(Some(name), numbers);
    }

    fn push(&mut self, name: Option<&'static str>, numbers: &[f64]) {
        assert_eq!(numbers.len(), self.head.len(), "a number a column");
        let numbers = numbers.to_vec();
        self.rows.push(Row { name, numbers });
    }

    /// Promises that a number is not below a bound.
    pub(crate) fn at_least(&mut self, what: impl Into<String>, seen: f64, bound: f64) {
        self.promise(what.into(), seen, bound, seen >= bound);
    }

    /// Promises that a number is not above a bound.
    pub(crate) fn at_most(&mut self, what: impl Into<String>, seen: f64, bound: f64) {
        self.promise(what.into(), seen, bound, seen <= bound);
    }

    fn promise(&mut self, what: String, seen: f64, bound: f64, kept: bool) {
        self.promises.push(Promise {
            what,
            seen,
            bound,
            kept,
        });
    }

    /// Whether every promise was kept; one without promises measured nothing.
    pub(crate) fn holds(&self) -> bool {
        !self.promises.is_empty() && self.promises.iter().all(|promise| promise.kept)
    }

    pub(crate) fn print(&self) {
        eprintln!("{}", self.table());
        println!("{}", self.json());
    }

    fn table(&self) -> String {
        let mut text = format!("\n{}, {} cores\n", self.part, cores());
        for head in &self.head {
            write!(text, "{head:>18}").unwrap();
        }
        for row in &self.rows {
            text.push('\n');
            for number in &row.numbers {
                write!(text, "{:>18}", short(*number)).unwrap();
            }
            write!(text, "   {}", row.name.unwrap_or_default()).unwrap();
        }
        text.push('\n');
        for promise in &self.promises {
            let (mark, seen, bound) = (
                if promise.kept { "ok  " } else { "FAIL" },
                short(promise.seen),
                short(promise.bound),
            );
            write!(text, "\n{mark} {}: {seen} (bound {bound})", promise.what).unwrap();
        }
        text
    }

    fn json(&self) -> Value {
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.head.iter().zip(&row.numbers);
                let name = row.name.map(|name| ("of".to_owned(), json!(name)));
                cells
                    .map(|(name, number)| ((*name).to_owned(), json!(number)))
                    .chain(name)
                    .collect::<serde_json::Map<_, _>>()
            })
            .collect();
        let promises: Vec<_> = self
            .promises
            .iter()
            .map(|p| json!({ "what": p.what, "seen": p.seen, "bound": p.bound, "kept": p.kept }))
            .collect();
        json!({ "part": self.part, "cores": cores(), "rows": rows, "promises": promises })
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}

fn short(number: f64) -> String {
    if number.fract() == 0.0 || number.abs() >= 1_000.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.3}")
    }
}

/// The value below which this share of a sorted list lies; 0 of an empty one.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a list in memory"
    )]
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or(0.0)
}
