//! `token …`

use super::user::{ids_of, joined};
use crate::cli::{Format, Token as Verb};
use crate::error::Error;
use crate::output::{self, Column};
use crate::remote::Remote;
use apicall_core::api::{ApiTokenTold, NewApiToken, TokenFilter};
use apicall_core::model::{ApiToken, Timestamp};
use reqwest::Method;

const DAY_MS: i64 = 86_400_000;

const COLUMNS: &[Column<ApiToken>] = &[
    Column::Text("id", |token| token.id.to_string()),
    Column::Text("user", |token| token.username.to_string()),
    Column::Text("name", |token| token.name.clone()),
    Column::Text("access", |token| token.access.to_string()),
    Column::Text("projects", projects),
    Column::Time("created_at", |token| Some(token.created_at)),
    Column::Time("expires_at", |token| token.expires_at),
    Column::Time("last_used_at", |token| token.last_used_at),
];

const TOLD: &[Column<ApiTokenTold>] = &[
    Column::Text("id", |told| told.token.id.to_string()),
    Column::Text("name", |told| told.token.name.clone()),
    Column::Text("access", |told| told.token.access.to_string()),
    Column::Text("projects", |told| projects(&told.token)),
    Column::Time("expires_at", |told| told.token.expires_at),
    Column::Text("secret", |told| told.secret.clone()),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    match verb {
        Verb::Add {
            name,
            access,
            projects,
            days,
        } => {
            let projects = match projects {
                Some(named) => Some(ids_of(remote, &named).await?),
                None => None,
            };
            let now = jiff::Timestamp::now().as_millisecond();
            let end = |days: u32| Timestamp::from_millis(now + i64::from(days) * DAY_MS);
            let new = NewApiToken {
                name,
                access,
                projects,
                expires_at: days.map(end),
            };
            let told: ApiTokenTold = remote.post("/tokens", &new).await?;
            output::one(format, &told, TOLD)
        }
        Verb::List { user } => {
            let filter = TokenFilter { username: user };
            let tokens: Vec<ApiToken> = remote.get("/tokens", &filter).await?;
            output::list(format, &tokens, COLUMNS)
        }
        Verb::Delete { id } => remote.nothing(Method::DELETE, &format!("/tokens/{id}")).await,
    }
}

/// All of its user's when it names none.
fn projects(token: &ApiToken) -> String {
    token.projects.as_ref().map_or("all".to_owned(), joined)
}
