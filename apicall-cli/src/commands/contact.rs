//! `contact …`

use crate::cli::{Contact as Verb, Format};
use crate::error::Error;
use crate::output::{self, Column, maybe};
use crate::remote::Remote;
use apicall_core::model::Contact;

const COLUMNS: &[Column<Contact>] = &[
    Column::Text("id", |contact| contact.id.to_string()),
    Column::Text("number", |contact| contact.number.to_string()),
    Column::Text("state", |contact| contact.state.to_string()),
    Column::Text("attempts", |contact| contact.attempts.to_string()),
    Column::Text("last_outcome", |contact| maybe(contact.last_outcome)),
    Column::Time("next_attempt_at", |contact| contact.next_attempt_at),
    Column::Text("held_by", |contact| maybe(contact.held_by)),
    Column::Text("variables", |contact| {
        contact
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    }),
];

pub(super) async fn run(remote: &Remote, format: Format, verb: Verb) -> Result<(), Error> {
    let Verb::List {
        campaign,
        state,
        limit,
    } = verb;
    let query: Vec<_> = state
        .map(|state| ("state".to_owned(), state.to_string()))
        .into_iter()
        .collect();
    let path = format!("/campaigns/{campaign}/contacts");
    let contacts: Vec<Contact> = remote.all(&path, &query, limit.unwrap_or(usize::MAX)).await?;
    output::list(format, &contacts, COLUMNS)
}
