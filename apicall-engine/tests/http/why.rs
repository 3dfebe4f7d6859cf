//! Why a number is called, or not; and what would keep a campaign from dialing well.

use super::emulated::{SWITCH, up};
use super::engine::{Engine, Home, project, refused};
use serde_json::{Value, json};

const NUMBER: &str = "+573001112233";
/// A Sunday in Bogotá, at noon, and the Monday after it, at 8.
const SUNDAY: i64 = 1_900_000_000_000;
const MONDAY: i64 = 1_900_069_200_000;

/// What a rule of a trace says, and until when.
fn said<'a>(trace: &'a Value, rule: &str) -> (&'a str, &'a Value) {
    let rules = trace["rules"].as_array().unwrap();
    let told = rules.iter().find(|told| told["rule"] == rule);
    let told = told.unwrap_or_else(|| panic!("nothing of {rule}: {trace}"));
    (told["verdict"].as_str().unwrap(), &told["until"])
}

async fn traces(engine: &Engine, query: &str) -> Vec<Value> {
    let (status, report) = engine.get(&format!("/why?{query}")).await;
    assert_eq!((status, &report["left_off"]), (200, &json!(false)), "{report}");
    report["traces"].as_array().unwrap().clone()
}

/// A project with a trunk, office hours and a campaign that has the number.
async fn tenant(engine: &Engine) -> Value {
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = trunk["id"].clone();
    new["timezone"] = json!("America/Bogota");
    new["hours"] = json!({ "windows": ["mon-fri 08:00-20:00"] });
    new["number_caps"] = json!(["us_florida"]);
    let id = engine.made("/projects", new).await["id"].clone();
    let campaign = engine
        .made("/campaigns", json!({ "project": id, "name": "May" }))
        .await["id"]
        .clone();
    engine
        .import(&format!("/campaigns/{campaign}/import"), "number\n3001112233\n")
        .await;
    campaign
}

#[tokio::test]
async fn every_rule_tells_what_it_says_and_when_that_ends() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    let campaign = tenant(&engine).await;
    let at = format!("number=300%20111%202233&at={SUNDAY}");
    let known = traces(&engine, &at).await;
    assert_eq!(known.len(), 1, "the campaign that has it");
    let trace = &known[0];
    assert_eq!(
        (&trace["campaign"], &trace["number"]),
        (&campaign, &json!(NUMBER))
    );
    for (rule, verdict, until) in [
        ("number", "passes", Value::Null),
        ("engine", "passes", Value::Null),
        ("campaign", "waits", Value::Null),
        ("trunk", "waits", Value::Null),
        ("contact", "passes", Value::Null),
        ("retry", "passes", Value::Null),
        ("do_not_call", "passes", Value::Null),
        ("scheduled_start", "not_applicable", Value::Null),
        ("calling_hours", "waits", json!(MONDAY)),
        ("number_cap", "passes", Value::Null),
        ("caller_id", "passes", Value::Null),
        ("limits", "passes", Value::Null),
    ] {
        assert_eq!(said(trace, rule), (verdict, &until), "{rule}: {trace}");
    }
    assert_eq!(
        (&trace["verdict"], &trace["next_eligible_at"]),
        (&json!("waits"), &json!(MONDAY))
    );
    assert_eq!(trace["because"], json!(["campaign", "trunk", "calling_hours"]));
    let answer = trace["answer"].as_str().unwrap();
    for words in [
        "2030-03-18 08:00:00 -05:00",
        "it is created; start it",
        "its switch is down",
    ] {
        assert!(answer.contains(words), "{answer}");
    }
    let single = &traces(&engine, &format!("{at}&project=1&single=true")).await[0];
    assert_eq!(
        (&single["campaign"], said(single, "campaign").0),
        (&Value::Null, "not_applicable")
    );

    let new = json!({ "number": NUMBER, "reason": "by letter" });
    engine.made("/dnc", new).await;
    let listed = &traces(&engine, &format!("{at}&campaign={campaign}")).await[0];
    assert_eq!(said(listed, "do_not_call"), ("refused", &Value::Null));
    assert_eq!(
        (&listed["verdict"], &listed["next_eligible_at"]),
        (&json!("refused"), &Value::Null)
    );
    assert!(
        listed["answer"].as_str().unwrap().contains("by letter"),
        "{listed}"
    );
    let other = &traces(
        &engine,
        &format!("number=3001112244&at={SUNDAY}&campaign={campaign}"),
    )
    .await[0];
    assert_eq!(said(other, "contact"), ("refused", &Value::Null));
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_refused() {
    let home = Home::with_switch();
    let engine = Engine::start(&home).await;
    refused(
        &engine.get("/why?number=%2B573001112233").await,
        400,
        "invalid_query",
        Some("number"),
    );
    let campaign = tenant(&engine).await;
    engine.made("/projects", project("other")).await;
    for (query, field) in [
        ("project=1".to_owned(), "number"),
        ("number=nobody&project=1".to_owned(), "number"),
        ("number=3001112233&at=1000".to_owned(), "at"),
        (
            format!("number=3001112233&project=2&campaign={campaign}"),
            "campaign",
        ),
        (
            format!("number=3001112233&single=true&campaign={campaign}"),
            "single",
        ),
        ("number=3001112233&project=x".to_owned(), "project"),
    ] {
        refused(
            &engine.get(&format!("/why?{query}")).await,
            400,
            "invalid_query",
            Some(field),
        );
    }
    for query in ["project=9", "campaign=9"] {
        let answer = engine.get(&format!("/why?number=3001112233&{query}")).await;
        refused(&answer, 404, "not_found", None);
    }
    // Nobody knows it: all projects are told.
    assert_eq!(traces(&engine, "number=3001112255").await.len(), 2);
}

#[tokio::test]
async fn what_may_be_called_now_is_said_so() {
    let home = Home::with(SWITCH);
    let engine = up(&home).await;
    let trunk = engine.made("/trunks", json!({ "name": "carrier" })).await;
    let mut new = project("tenant");
    new["trunk"] = trunk["id"].clone();
    let ids = json!({ "numbers": ["5551", "5552"], "policy": "fixed", "daily_cap": 3 });
    new["caller_ids"] = ids;
    engine.made("/projects", new).await;
    let trace = &traces(&engine, "number=3001112233").await[0];
    assert_eq!(trace["verdict"], "passes", "{trace}");
    assert_eq!(
        (&trace["next_eligible_at"], &trace["answer"]),
        (&trace["at"], &json!("it may be called"))
    );
    assert_eq!(said(trace, "trunk").0, "passes");
    let shown = trace["rules"].to_string();
    assert!(shown.contains("5551, chosen by first"), "{shown}");
}

/// The obstacles to a campaign: how bad each is, and what it is about.
async fn obstacles(engine: &Engine, campaign: &Value) -> Vec<(String, String)> {
    let (status, found) = engine.get(&format!("/campaigns/{campaign}/preflight")).await;
    assert_eq!((status, &found["campaign"]), (200, campaign), "{found}");
    let all = found["obstacles"].as_array().unwrap();
    let told = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    all.iter()
        .map(|one| (told(one, "severity"), told(one, "what")))
        .collect()
}

fn pair(severity: &str, what: &str) -> (String, String) {
    (severity.to_owned(), what.to_owned())
}

#[tokio::test]
async fn a_campaign_is_looked_at_before_it_starts() {
    let home = Home::with(&format!("[limits]\ncps = 2\n\n{SWITCH}"));
    let engine = up(&home).await;
    let mut new = project("tenant");
    new["caller_id"] = json!("5551");
    engine.made("/projects", new).await;
    let campaign = json!({ "project": 1, "name": "May", "limits": { "cps": 10, "channels": null } });
    let campaign = engine.made("/campaigns", campaign).await["id"].clone();
    let rate = pair("warning", "rate");
    let expected = [pair("error", "contacts"), pair("error", "trunk"), rate.clone()];
    assert_eq!(obstacles(&engine, &campaign).await, expected);
    engine.made("/trunks", json!({ "name": "carrier" })).await;
    engine.patch("/projects/1", json!({ "trunk": 1 })).await;
    let list = "number\n3001112233\n3001112244\n";
    engine
        .import(&format!("/campaigns/{campaign}/import"), list)
        .await;
    assert_eq!(obstacles(&engine, &campaign).await, std::slice::from_ref(&rate));
    engine.made("/dnc", json!({ "number": "+573001112233" })).await;
    let some = [pair("warning", "do_not_call"), rate.clone()];
    assert_eq!(obstacles(&engine, &campaign).await, some);
    engine.made("/dnc", json!({ "number": "+573001112244" })).await;
    let all = [pair("error", "do_not_call"), rate];
    assert_eq!(obstacles(&engine, &campaign).await, all);
    // A number of another country, whose hours have not opened when the campaign ends.
    let tokyo = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    let today = jiff::Timestamp::now().to_zoned(tokyo).date();
    let holidays = [today, today.tomorrow().unwrap()].map(|day| day.to_string());
    let hours = json!({ "zone": "callee", "windows": ["daily 00:00-24:00"], "holidays": holidays });
    engine.patch("/projects/1", json!({ "hours": hours })).await;
    let ends_at = jiff::Timestamp::now().as_millisecond() + 60_000;
    let short = json!({ "project": 1, "name": "June", "ends_at": ends_at });
    let short = engine.made("/campaigns", short).await["id"].clone();
    engine
        .import(&format!("/campaigns/{short}/import"), "number\n+81312345678\n")
        .await;
    let told = obstacles(&engine, &short).await;
    assert!(told.contains(&pair("error", "calling_hours")), "{told:?}");
    refused(
        &engine.get("/campaigns/9/preflight").await,
        404,
        "not_found",
        None,
    );
}
