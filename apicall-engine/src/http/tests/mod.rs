//! What holds for every route of the table: who may take it, and of what it tells whom.

mod examples;
mod roles;
mod world;

use super::routes::{Who, table};
use std::collections::BTreeMap;

/// Who may take each route, as the table of `docs/http.md` has it.
fn documented() -> BTreeMap<String, String> {
    let mut routes = BTreeMap::new();
    for row in include_str!("../../../../docs/http.md").lines() {
        let cells: Vec<_> = row
            .split(" | ")
            .map(|cell| cell.trim_matches(['|', ' ']))
            .collect();
        let [what, who, ..] = cells[..] else { continue };
        let paths: Vec<_> = what.split('`').filter(|part| part.starts_with('/')).collect();
        let Some(first) = paths.first() else { continue };
        let methods = what.split('`').next().unwrap();
        let whose: Vec<_> = who.split(", ").collect();
        for path in &paths {
            // `/campaigns/{id}/start`, `/pause`: the others are beside the first.
            let beside = first.rsplit_once('/').unwrap().0;
            let path = if path == first {
                (*path).to_owned()
            } else {
                format!("{beside}{path}")
            };
            for (at, method) in methods.split(',').map(str::trim).enumerate() {
                // One for all methods of a row, or one for each.
                let who = whose.get(at).unwrap_or(&whose[0]);
                routes.insert(format!("{method} {path}"), (*who).to_owned());
            }
        }
    }
    routes
}

#[test]
fn the_documentation_tells_who_may_take_each_route() {
    let documented = documented();
    assert!(documented.len() > 40, "the table was not read: {documented:?}");
    let made: BTreeMap<_, _> = table()
        .iter()
        .map(|route| {
            let who = match route.who {
                Who::Everybody => "everybody".to_owned(),
                Who::Least(role) => role.to_string(),
                Who::LoggedIn => "a session".to_owned(),
            };
            (format!("{} {}", route.method, route.path), who)
        })
        .collect();
    assert_eq!(documented, made);
}
