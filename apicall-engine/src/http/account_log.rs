//! `/account-log`: what accounts did

use super::Answer;
use super::body::{Query, page_limit, page_start};
use super::by::By;
use apicall_core::api::AccountLogFilter;
use apicall_core::model::{AccountEntry, Page};
use apicall_core::store::AccountLogQuery;
use axum::Json as Reply;

pub(super) async fn list(
    by: By,
    Query(filter): Query<AccountLogFilter>,
) -> Answer<Reply<Page<AccountEntry>>> {
    let limit = page_limit(filter.limit)?;
    let query = AccountLogQuery {
        username: filter.username,
        subject: filter.subject,
        from: filter.from,
        to: filter.to,
    };
    let after = page_start(filter.after.as_deref())?;
    Ok(Reply(by.all()?.store.account_log(&query, after, limit).await?))
}
