//! A statement with its values, and the rows that it gives.

use super::{Connection, Readers};
use crate::store::StoreError;
use serde::Serialize;
use sqlx::mysql::{MySql, MySqlArguments, MySqlRow};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteRow};
use sqlx::{AssertSqlSafe, Database, Decode, Encode, Row as _, Type};

/// A value of a column. There are no others.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(in crate::store) enum Value {
    Null,
    Int(i64),
    Text(String),
}

/// A statement and its values. Its text is put together from texts of this program only.
#[derive(Debug)]
pub(in crate::store) struct Sql {
    text: String,
    values: Vec<Value>,
    /// Whether it is likely to come again, word for word, and worth keeping prepared.
    kept: bool,
}

/// A row of an answer.
#[derive(Debug)]
pub(in crate::store) enum Row {
    Sqlite(SqliteRow),
    MySql(MySqlRow),
}

/// A statement, or its beginning.
pub(in crate::store) fn sql(text: &'static str) -> Sql {
    Sql {
        text: text.to_owned(),
        values: Vec::new(),
        kept: true,
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

    /// `(?, ?), (?, ?)` and the values, row by row. Such statements differ by their count of rows.
    pub(in crate::store) fn push_values(&mut self, width: usize, values: Vec<Value>) -> &mut Self {
        for row in 0..values.len() / width {
            self.push(if row == 0 { "(?" } else { ", (?" });
            (1..width).for_each(|_| self.text.push_str(", ?"));
            self.push(")");
        }
        self.values.extend(values);
        self.kept = false;
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
        let done = match connection {
            Connection::Sqlite(connection) => query(self).execute(connection).await?.rows_affected(),
            // What opens and ends transactions cannot be prepared.
            Connection::MySql(connection) if self.values.is_empty() => {
                let done = sqlx::raw_sql(AssertSqlSafe(self.text))
                    .execute(connection)
                    .await?;
                done.rows_affected()
            }
            Connection::MySql(connection) => on_server(self).execute(connection).await?.rows_affected(),
        };
        Ok(done)
    }
}

/// Where rows come from.
pub(in crate::store) trait Source {
    fn fetch(self, sql: Sql) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;
}

impl Source for &mut Connection {
    async fn fetch(self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Connection::Sqlite(connection) => wrap(query(sql).fetch_all(connection).await?, Row::Sqlite),
            Connection::MySql(connection) => wrap(on_server(sql).fetch_all(connection).await?, Row::MySql),
        })
    }
}

impl Source for &Readers {
    async fn fetch(self, sql: Sql) -> Result<Vec<Row>, StoreError> {
        Ok(match self {
            Readers::Sqlite(pool) => wrap(query(sql).fetch_all(pool).await?, Row::Sqlite),
            Readers::MySql(pool) => wrap(on_server(sql).fetch_all(pool).await?, Row::MySql),
        })
    }
}

fn wrap<T>(rows: Vec<T>, as_row: fn(T) -> Row) -> Vec<Row> {
    rows.into_iter().map(as_row).collect()
}

/// On a server every statement is kept: to close one is a message without an answer, and the next one would wait for the
/// other side's delayed acknowledgement of it, 40 ms.
fn on_server(sql: Sql) -> Query<'static, MySql, MySqlArguments> {
    query(Sql { kept: true, ..sql })
}

fn query<DB>(sql: Sql) -> Query<'static, DB, DB::Arguments>
where
    DB: Database + sqlx::database::HasStatementCache,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    let query = sqlx::query(AssertSqlSafe(sql.text)).persistent(sql.kept);
    sql.values.into_iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<i64>),
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
    })
}

impl Row {
    /// A column's value, by its name or place.
    pub(in crate::store) fn try_get<'r, T>(&'r self, column: impl Place) -> Result<T, StoreError>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, MySql> + Type<MySql>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::MySql(row) => row.try_get(column)?,
        })
    }
}

/// A column's name or place.
pub(in crate::store) trait Place:
    sqlx::ColumnIndex<SqliteRow> + sqlx::ColumnIndex<MySqlRow>
{
}

impl<T: sqlx::ColumnIndex<SqliteRow> + sqlx::ColumnIndex<MySqlRow>> Place for T {}

/// A column of rows that are handed to the database.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Column {
    /// A whole number.
    Int(&'static str),
    /// A word of ASCII that is looked up: an id, a state, a number.
    Word(&'static str),
    /// Any text.
    Text(&'static str),
}

impl Column {
    pub(in crate::store) const fn name(self) -> &'static str {
        match self {
            Self::Int(name) | Self::Word(name) | Self::Text(name) => name,
        }
    }
}

/// Rows that are handed to the database.
#[derive(Debug, Clone)]
pub(in crate::store) struct Rows {
    pub(super) columns: &'static [Column],
    pub(super) values: Vec<Value>,
}

impl Rows {
    pub(in crate::store) const fn of(columns: &'static [Column]) -> Self {
        Self {
            columns,
            values: Vec::new(),
        }
    }

    /// Adds one; as many values as there are columns.
    pub(in crate::store) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a value a column");
        self.values.extend(row);
    }

    pub(in crate::store) const fn is_empty(&self) -> bool {
        self.values.is_empty()
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
