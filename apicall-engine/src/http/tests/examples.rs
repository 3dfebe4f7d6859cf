//! A request for every route of the table, about one project's things. A route without one fails.

use super::world::{PASSWORD, Things};
use serde_json::{Value, json};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The thing that its path names: another project's is not there.
    Path,
    /// The project that its body names: another's is refused as one that is not there.
    Body,
    /// All that somebody has to do with: nothing of another project is in the answer.
    List,
    /// Nothing of a project.
    Nothing,
}

pub(super) struct Example {
    pub about: About,
    pub path: String,
    pub body: Option<Value>,
}

/// A request of whoever is called that.
pub(super) fn example(method: &str, path: &str, of: &Things, unique: &str) -> Example {
    use About::{Body, List, Nothing, Path};
    let fill = |id: &Value| path.replace("{id}", id.to_string().trim_matches('"'));
    let project = &of.project;
    let route = format!("{method} {path}");
    let at = |about, path: String, body| Example { about, path, body };
    let on = |id: &Value, body| at(Path, fill(id), body);
    let plain = |about, body| at(about, path.to_owned(), body);
    match route.as_str() {
        "POST /login" => plain(
            Nothing,
            Some(json!({ "username": "admin", "password": PASSWORD })),
        ),
        "POST /refresh" => plain(Nothing, Some(json!({ "refresh_token": "x" }))),
        "POST /logout" | "GET /me" | "GET /health" | "GET /switches" => plain(Nothing, None),
        "POST /me/password" => plain(Nothing, Some(json!({ "current": PASSWORD, "new": PASSWORD }))),
        "GET /tokens" | "GET /users" | "GET /account-log" => plain(Nothing, None),
        "POST /tokens" => plain(Nothing, Some(json!({ "name": unique, "access": "read" }))),
        "DELETE /tokens/{id}" => at(Nothing, fill(&json!(999_999)), None),
        "POST /users" => {
            let user = json!({ "username": format!("u{unique}"), "password": PASSWORD, "role": "viewer" });
            plain(Nothing, Some(user))
        }
        "GET /users/{username}" => at(Nothing, "/users/vera".to_owned(), None),
        "PATCH /users/{username}" => at(
            Nothing,
            "/users/vera".to_owned(),
            Some(json!({ "full_name": unique })),
        ),
        "DELETE /users/{username}" => at(Nothing, "/users/nobody".to_owned(), None),
        "GET /projects" | "GET /trunks" | "GET /campaigns" | "GET /calls" | "GET /dnc" | "GET /webhooks"
        | "GET /stats" | "GET /stats/stream" => plain(List, None),
        "POST /projects" => {
            let flow = json!({ "simple": { "audio": "promo", "expected_digit": "1" } });
            let new = json!({ "name": format!("p{unique}"), "country": "CO", "flow": flow });
            plain(Nothing, Some(new))
        }
        "PATCH /projects/{id}" => on(project, Some(json!({ "ring_timeout_s": 20 }))),
        "GET /projects/{id}" | "DELETE /projects/{id}" | "GET /projects/{id}/caller-ids" => on(project, None),
        "POST /trunks" => plain(Nothing, Some(json!({ "name": format!("t{unique}") }))),
        "PATCH /trunks/{id}" => on(&of.trunk, Some(json!({ "prefix": "9" }))),
        "GET /trunks/{id}" | "DELETE /trunks/{id}" | "GET /trunks/{id}/breaker" => on(&of.trunk, None),
        "POST /campaigns" => {
            let new = json!({ "project": project, "name": format!("c{unique}") });
            plain(Body, Some(new))
        }
        "PATCH /campaigns/{id}" => on(&of.campaign, Some(json!({ "weight": 20 }))),
        "POST /campaigns/{id}/import" => {
            let list = Value::String("number\n+573001112299\n".to_owned());
            on(&of.campaign, Some(list))
        }
        "GET /campaigns/{id}/imports/{import}/rejects" => {
            let path = fill(&of.campaign).replace("{import}", &of.import.to_string());
            at(Path, path, None)
        }
        "POST /campaigns/{id}/simulate" => {
            let model = json!({ "endings": [{ "outcome": "busy", "share": 1, "rings_ms": [500] }] });
            on(&of.campaign, Some(json!({ "model": model })))
        }
        "GET /campaigns/{id}"
        | "DELETE /campaigns/{id}"
        | "POST /campaigns/{id}/start"
        | "POST /campaigns/{id}/pause"
        | "POST /campaigns/{id}/resume"
        | "POST /campaigns/{id}/stop"
        | "GET /campaigns/{id}/stats"
        | "GET /campaigns/{id}/preflight"
        | "GET /campaigns/{id}/contacts" => on(&of.campaign, None),
        "POST /calls" => plain(
            Body,
            Some(json!({ "project": project, "number": "+573001112202" })),
        ),
        "GET /calls/{id}" | "POST /calls/{id}/hangup" => on(&of.call, None),
        "POST /dnc" => {
            let new = json!({ "project": project, "number": "+573007777777" });
            plain(Body, Some(new))
        }
        "DELETE /dnc/{id}" => on(&of.dnc, None),
        "POST /dnc/import" => {
            let list = Value::String("number\n+573006666666\n".to_owned());
            at(Body, format!("{path}?project={project}"), Some(list))
        }
        "GET /why" => at(
            Path,
            format!("{path}?number=573001112202&project={project}"),
            None,
        ),
        "GET /audios" => plain(Nothing, None),
        // A list is no audio.
        "POST /audios" => {
            let list = Value::String("number\n".to_owned());
            at(Nothing, format!("{path}?name=a{unique}"), Some(list))
        }
        "POST /audios/declare" => plain(Nothing, Some(json!({ "names": ["promo", format!("a{unique}")] }))),
        "GET /audios/{id}" | "GET /audios/{id}/sound" | "DELETE /audios/{id}" => {
            at(Nothing, fill(&json!(999_999)), None)
        }
        "POST /webhooks" => {
            let url = "https://crm.example/new";
            let new = json!({ "project": project, "url": url, "events": ["call.ended"] });
            plain(Body, Some(new))
        }
        "PATCH /webhooks/{id}" => on(&of.webhook, Some(json!({ "active": true }))),
        "GET /webhooks/{id}"
        | "DELETE /webhooks/{id}"
        | "POST /webhooks/{id}/test"
        | "GET /webhooks/{id}/deliveries" => on(&of.webhook, None),
        "GET /deliveries/{id}" | "POST /deliveries/{id}/redeliver" => on(&of.delivery, None),
        _ => panic!("{route} has no example here; give it one, so that it is tried with every role"),
    }
}
