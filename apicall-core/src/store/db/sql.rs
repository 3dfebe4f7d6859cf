//! A statement with its values, and the rows that it gives.

use super::file::Asked;
use super::{Connection, Readers, Rows};
use crate::store::StoreError;
use serde::Serialize;
use sqlx::mysql::{MySql, MySqlRow};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, Database, Decode, Encode, Row as _, Type};
use std::sync::Arc;
use std::time::Duration;

/// A read that takes a server longer than this is given up: it may be gone without a word, and whoever reads would wait for ever.
const LONGEST_READ: Duration = Duration::from_secs(60);

/// A value of a column. There are no others.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(in crate::store) enum Value {
    Null,
    Int(i64),
    Text(String),
    /// A text of this program's.
    Word(&'static str),
}

/// A statement and its values. Its text is put together from texts of this program only.
#[derive(Debug, Clone)]
pub(in crate::store) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
    /// Rows for each of which SQLite runs it, with their values instead of `values`.
    pub(super) rows: Option<Rows>,
}

/// A row of an answer.
#[derive(Debug)]
pub(in crate::store) enum Row {
    /// Names of columns, and values.
    File(Arc<[String]>, Vec<Value>),
    Sqlite(SqliteRow),
    MySql(MySqlRow),
}

/// A statement, or its beginning.
pub(in crate::store) fn sql(text: &'static str) -> Sql {
    Sql {
        text: text.to_owned(),
        values: Vec::new(),
        rows: None,
    }
}

impl Sql {
    /// With the value of the next `?`.
    pub(in crate::store) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(in crate::store) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(in crate::store) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.push("?");
        self.values.push(value.into());
        self
    }

    /// A number, where no value may stand.
    pub(in crate::store) fn push_number(&mut self, number: i64) -> &mut Self {
        self.text.push_str(&number.to_string());
        self
    }

    /// All rows.
    pub(in crate::store) async fn all(self, source: impl Source) -> Result<Vec<Row>, StoreError> {
        source.fetch(self).await
    }

    /// The first row, if there is one.
    pub(in crate::store) async fn first(self, source: impl Source) -> Result<Option<Row>, StoreError> {
        Ok(source.fetch(self).await?.into_iter().next())
    }

    /// The one row that there always is.
    pub(in crate::store) async fn one(self, source: impl Source) -> Result<Row, StoreError> {
        let row = self.first(source).await?;
        row.ok_or_else(|| StoreError::Unreadable("a row that is always there is missing".to_owned()))
    }

    /// The number that is the only thing in the only row.
    pub(in crate::store) async fn number(self, source: impl Source) -> Result<i64, StoreError> {
        self.one(source).await?.try_get(0)
    }

    /// Runs it; the rows that it found.
    pub(in crate::store) async fn run(self, connection: &mut Connection) -> Result<u64, StoreError> {
        #[cfg(test)]
        tap::see(&self);
        let done = match connection {
            Connection::File(file) => return file.run(&self.into()),
            // What opens and ends transactions cannot be prepared.
            Connection::MySql(connection) if self.values.is_empty() => {
                let done = sqlx::raw_sql(AssertSqlSafe(self.text))
                    .execute(connection)
                    .await?;
                done.rows_affected()
            }
            Connection::MySql(connection) => query(self).execute(connection).await?.rows_affected(),
        };
        Ok(done)
    }
}

impl From<Sql> for Asked {
    fn from(sql: Sql) -> Self {
        Self {
            text: sql.text,
            values: sql.values,
            rows: sql.rows,
        }
    }
}

/// Where rows come from.
pub(in crate::store) trait Source {
    fn fetch(self, sql: Sql) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
}

impl Source for &mut Connection {
    async fn fetch(self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        #[cfg(test)]
        tap::see(&sql);
        Ok(match self {
            Connection::File(file) => file.fetch(&sql.into())?,
            Connection::MySql(connection) => wrap(query(sql).fetch_all(connection).await?, Row::MySql),
        })
    }
}

impl Source for &Readers {
    async fn fetch(self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        #[cfg(test)]
        tap::see(&sql);
        Ok(match self {
            Readers::Sqlite(pool) => wrap(query(sql).fetch_all(pool).await?, Row::Sqlite),
            Readers::MySql(pool) => {
                let reading = tokio::time::timeout(LONGEST_READ, query(sql).fetch_all(pool));
                let given_up = |_| StoreError::Away(format!("no answer within {} s", LONGEST_READ.as_secs()));
                wrap(reading.await.map_err(given_up)??, Row::MySql)
            }
        })
    }
}

fn wrap<T>(rows: Vec<T>, as_row: fn(T) -> Row) -> Vec<Row> {
    rows.into_iter().map(as_row).collect()
}

/// Every statement is kept prepared: on a server, to close one is a message without an answer, and the next one would wait for
/// the other side's delayed acknowledgement of it, 40 ms.
fn query<DB>(sql: Sql) -> Query<'static, DB, DB::Arguments>
where
    DB: Database + sqlx::database::HasStatementCache,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    let query = sqlx::query(AssertSqlSafe(sql.text));
    sql.values.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Word(word) => query.bind(word.to_owned()),
    })
}

impl Row {
    /// A column's value, by its name or place.
    pub(in crate::store) fn try_get<'r, T: Kept<'r>>(&'r self, column: impl Place) -> Result<T, StoreError> {
        Ok(match self {
            Self::File(names, values) => {
                let value = column.among(names).and_then(|place| T::of(values.get(place)?));
                value.ok_or_else(|| StoreError::Unreadable("a column is not of its kind".to_owned()))?
            }
            Self::Sqlite(row) => row.try_get(column)?,
            Self::MySql(row) => row.try_get(column)?,
        })
    }
}

/// What a column may hold.
pub(in crate::store) trait Kept<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, MySql> + Type<MySql>
{
    /// This, if the value is one.
    fn of(value: &'r Value) -> Option<Self>;
}

impl Kept<'_> for i64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }
}

impl<'r> Kept<'r> for &'r str {
    fn of(value: &'r Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Kept<'_> for String {
    fn of(value: &Value) -> Option<Self> {
        <&str>::of(value).map(str::to_owned)
    }
}

impl<'r, T: Kept<'r>> Kept<'r> for Option<T> {
    fn of(value: &'r Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// A column's name or place.
pub(in crate::store) trait Place:
    sqlx::ColumnIndex<SqliteRow> + sqlx::ColumnIndex<MySqlRow>
{
    /// Its place among columns of these names.
    fn among(&self, names: &[String]) -> Option<usize>;
}

impl Place for usize {
    fn among(&self, _: &[String]) -> Option<usize> {
        Some(*self)
    }
}

impl Place for &str {
    fn among(&self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Lets a test see the statements that are run on its thread, which is that of its runtime.
#[cfg(test)]
pub(in crate::store) mod tap {
    use super::Sql;
    use std::cell::RefCell;

    thread_local! {
        static SEEN: RefCell<Option<Vec<Sql>>> = const { RefCell::new(None) };
    }

    impl Sql {
        pub(in crate::store) fn text(&self) -> &str {
            &self.text
        }

        /// Whether it has a plan: what opens and ends transactions has none.
        pub(in crate::store) fn is_explained(&self) -> bool {
            let verb = self.text.split(' ').next().unwrap_or_default();
            ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb)
        }

        /// Asks SQLite for its steps, if it is run for each of some rows.
        pub(in crate::store) fn steps(&self) -> Option<Self> {
            self.rows.as_ref().map(|_| self.explained("EXPLAIN"))
        }

        /// Asks for its plan.
        pub(in crate::store) fn explain(&self, sqlite: bool) -> Self {
            // MySQL 9 tells a tree when it is not asked for a table.
            let explain = if sqlite {
                "EXPLAIN QUERY PLAN"
            } else {
                "EXPLAIN FORMAT=TRADITIONAL"
            };
            self.explained(explain)
        }

        fn explained(&self, explain: &str) -> Self {
            let row = self
                .rows
                .iter()
                .flat_map(|rows| rows.values.iter().take(rows.columns.len()));
            Self {
                text: format!("{explain} {}", self.text),
                values: self.values.iter().chain(row).cloned().collect(),
                rows: None,
            }
        }
    }

    /// From now on.
    pub(in crate::store) fn open() {
        SEEN.set(Some(Vec::new()));
    }

    /// What was seen.
    pub(in crate::store) fn close() -> Vec<Sql> {
        SEEN.take().unwrap_or_default()
    }

    pub(super) fn see(sql: &Sql) {
        SEEN.with_borrow_mut(|seen| seen.iter_mut().for_each(|seen| seen.push(sql.clone())));
    }
}
