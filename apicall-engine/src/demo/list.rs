//! The tour's number list: made up, and the same every time.

use std::fmt::Write;

/// Where the flow transfers to.
pub(super) const AGENT: &str = "+573009999930";
/// Contacts of the list.
const CONTACTS: usize = 500;

/// How fifty people behave, by the last two digits of their numbers, as the emulated switch reads them.
const FIFTY: [(&str, usize); 11] = [
    ("01", 9), // presses 1 after the prompt
    ("02", 6), // presses 1 during the prompt
    ("03", 2), // presses 2, then 1
    ("04", 2), // presses wrong keys
    ("05", 4), // stays silent
    ("06", 6), // hangs up during the prompt
    ("09", 8), // a machine
    ("10", 5), // busy
    ("15", 4), // rings, and nobody picks up
    ("12", 3), // no such number
    ("13", 1), // the carrier has no room
];
const NAMES: [&str; 10] = [
    "Ana", "Luis", "Marta", "Jorge", "Sofía", "Pedro", "Lucía", "Carlos", "Elena", "Diego",
];

/// A list as a spreadsheet saves it, with two lines that cannot be called.
pub(super) fn csv() -> String {
    let behaviours: Vec<_> = FIFTY
        .iter()
        .flat_map(|(digits, people)| std::iter::repeat_n(*digits, *people))
        .collect();
    let mut text = String::from("nombre;telefono;ciudad\n");
    for n in 0..CONTACTS {
        // A step that shares no factor with fifty spreads the behaviours over the list.
        let digits = behaviours[n * 7 % behaviours.len()];
        let name = NAMES[n % NAMES.len()];
        writeln!(
            text,
            "{name} {n};300 {:03} {:02}{digits};Bogotá",
            n / 100 + 400,
            n % 100
        )
        .expect("a string takes all that is written");
    }
    text.push_str("Sin número;;Cali\nMal escrito;12;Cali\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_has_as_many_different_numbers_as_it_says() {
        assert_eq!(FIFTY.iter().map(|(_, people)| people).sum::<usize>(), 50);
        let text = csv();
        let numbers: BTreeSet<_> = text
            .lines()
            .skip(1)
            .take(CONTACTS)
            .filter_map(|line| line.split(';').nth(1))
            .collect();
        assert_eq!(numbers.len(), CONTACTS);
    }
}
