//! Moves a whole installation from one store to another, of whatever kind.
//!
//! Both are held as an engine would hold them, so that none works on either meanwhile. Rows are carried over in the order of
//! their keys; afterwards both sides are counted, and read once more and compared by their digests. Until then the target
//! bears a mark, with which no engine opens it.
//!
//! Deliberately absent: what the rows mean.

mod tables;

use super::db::{Column, Connection, Readers, Row, Rows, Value, sql};
use super::inspect::Form;
use super::{Access, Location, Store, StoreError, sharing};
use Column::{Int, Text};
use sha2::{Digest, Sha256};
use tables::{TABLES, Table};

/// Rows read and written at once.
const PAGE: usize = 500;
/// What a target is marked with until all is there.
const MARK: &str = "copy_unfinished";

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub doing: &'static str,
    /// The table.
    pub table: &'static str,
    /// Rows done.
    pub rows: u64,
    /// Of so many.
    pub of: u64,
}

impl Store {
    /// Copies everything from one store to another, which must be empty, and compares. Returns the number of rows.
    pub async fn copy(from: &Location, to: &Location, tell: impl Fn(Progress)) -> Result<u64, StoreError> {
        match Self::inspect(from).await?.form {
            Form::Current => {}
            Form::Absent => return Err(refused(from, "there is nothing there to be copied")),
            Form::Older(_) | Form::Newer => {
                return Err(refused(
                    from,
                    "it is of another version; run `apicall-engine admin migrate` on it first",
                ));
            }
        }
        let source = Self::open(from, Access::Alone).await?;
        let target = Self::open(to, Access::Alone).await?;
        target.expect_empty(to).await?;
        let mut rows = 0;
        target.mark().await?;
        for table in &TABLES {
            let read = source.carry(&target, table, &tell).await?;
            let there = digest(&target.readers, table, "comparing", &tell).await?;
            if read != there {
                return Err(refused(
                    to,
                    &format!(
                        "of {}, {} rows were read and {} are there, or they differ; copy again into an empty one",
                        table.name, read.rows, there.rows
                    ),
                ));
            }
            rows += read.rows;
        }
        target.finish_copy().await?;
        source.close().await?;
        target.close().await?;
        Ok(rows)
    }

    async fn expect_empty(&self, location: &Location) -> Result<(), StoreError> {
        for table in TABLES.iter().filter(|table| table.name != "sequences") {
            if count(&self.readers, table).await? > 0 {
                return Err(refused(
                    location,
                    &format!(
                        "it is not empty: there are rows in {}; name an empty one",
                        table.name
                    ),
                ));
            }
        }
        Ok(())
    }

    async fn mark(&self) -> Result<(), StoreError> {
        self.edit(|connection| {
            Box::pin(async move {
                sql("INSERT INTO settings (name, value) VALUES (?, 'yes')")
                    .bind(MARK)
                    .run(connection)
                    .await?;
                // Those that a new store begins with.
                sql("DELETE FROM sequences").run(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// The target is whole: no id of a contact that was is given again, and engines may come.
    async fn finish_copy(&self) -> Result<(), StoreError> {
        self.edit(|connection| {
            Box::pin(async move {
                let last = sql("SELECT coalesce(max(contact), 0) FROM
                         (SELECT contact FROM calls UNION ALL SELECT contact FROM live_calls) AS called")
                .number(&mut *connection)
                .await?;
                connection.pass_over_contacts(last).await?;
                sharing::orphan_open_calls(connection).await?;
                sql("DELETE FROM settings WHERE name = ?")
                    .bind(MARK)
                    .run(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Copies a table; what was read.
    async fn carry(
        &self,
        target: &Self,
        table: &'static Table,
        tell: &impl Fn(Progress),
    ) -> Result<Summary, StoreError> {
        let mut pages = Pages::of(&self.readers, table).await?;
        while let Some(values) = pages.next(&self.readers).await? {
            tell(pages.progress("copying"));
            target
                .edit(move |connection| {
                    let values = values.clone();
                    Box::pin(insert(connection, table, values))
                })
                .await?;
        }
        Ok(pages.summary())
    }
}

/// Whether a copy into this store was begun and never ended.
pub(super) async fn is_unfinished(connection: &mut Connection) -> Result<bool, StoreError> {
    let mark = sql("SELECT value FROM settings WHERE name = ?").bind(MARK);
    Ok(mark.first(connection).await?.is_some())
}

fn refused(location: &Location, reason: &str) -> StoreError {
    StoreError::Open {
        url: location.to_string(),
        reason: reason.to_owned(),
    }
}

async fn insert(
    connection: &mut Connection,
    table: &'static Table,
    values: Vec<Value>,
) -> Result<(), StoreError> {
    let rows = Rows::from_values(table.columns, values);
    connection
        .dialect()
        .insert(table.name, &[], rows)
        .run(connection)
        .await?;
    Ok(())
}

fn push_columns(statement: &mut super::db::Sql, table: &Table) {
    for (n, column) in table.columns.iter().enumerate() {
        statement.push(if n == 0 { "" } else { ", " }).push(column.name());
    }
}

async fn count(readers: &Readers, table: &Table) -> Result<u64, StoreError> {
    let mut count = sql("SELECT count(*) FROM ");
    count
        .push(table.name)
        .push(" WHERE ")
        .push(table.columns[0].name())
        .push(" <> ")
        .push_bind(MARK);
    if matches!(table.columns[0], Int(_)) {
        count = sql("SELECT count(*) FROM ");
        count.push(table.name);
    }
    Ok(u64::try_from(count.number(readers).await?).unwrap_or(0))
}

/// What was read of a table: how much, and its digest.
#[derive(Debug, PartialEq, Eq)]
struct Summary {
    rows: u64,
    digest: [u8; 32],
}

async fn digest(
    readers: &Readers,
    table: &'static Table,
    doing: &'static str,
    tell: &impl Fn(Progress),
) -> Result<Summary, StoreError> {
    let mut pages = Pages::of(readers, table).await?;
    while pages.next(readers).await?.is_some() {
        tell(pages.progress(doing));
    }
    Ok(pages.summary())
}

/// Goes through a table in the order of its key.
struct Pages {
    table: &'static Table,
    /// The key of the last row.
    after: Vec<Value>,
    rows: u64,
    of: u64,
    digest: Sha256,
}

impl Pages {
    async fn of(readers: &Readers, table: &'static Table) -> Result<Self, StoreError> {
        Ok(Self {
            table,
            after: Vec::new(),
            rows: 0,
            of: count(readers, table).await?,
            digest: Sha256::new(),
        })
    }

    /// The values of the next rows, row by row.
    async fn next(&mut self, readers: &Readers) -> Result<Option<Vec<Value>>, StoreError> {
        let key = &self.table.columns[..self.table.key];
        let mut page = sql("SELECT ");
        push_columns(&mut page, self.table);
        page.push(" FROM ").push(self.table.name).push(" WHERE (");
        // Behind the last row: one column of the key is beyond its, those before it are equal.
        for n in 0..self.after.len() {
            page.push(if n == 0 { "" } else { " OR " });
            for (column, value) in key.iter().zip(&self.after).take(n) {
                page.push(column.name())
                    .push(" = ")
                    .push_bind(value.clone())
                    .push(" AND ");
            }
            page.push(key[n].name())
                .push(" > ")
                .push_bind(self.after[n].clone());
        }
        page.push(if self.after.is_empty() { "TRUE)" } else { ")" });
        if !matches!(key[0], Int(_)) {
            page.push(" AND ")
                .push(key[0].name())
                .push(" <> ")
                .push_bind(MARK);
        }
        page.push(" ORDER BY ");
        for (n, column) in key.iter().enumerate() {
            page.push(if n == 0 { "" } else { ", " }).push(column.name());
        }
        page.push(" LIMIT ")
            .push_bind(i64::try_from(PAGE).unwrap_or(i64::MAX));
        let rows = page.all(readers).await?;
        let mut values = Vec::with_capacity(rows.len() * self.table.columns.len());
        for row in &rows {
            for column in self.table.columns {
                values.push(value(row, *column)?);
            }
        }
        self.rows += rows.len() as u64;
        for value in &values {
            self.digest.update(serde_json::to_vec(value)?);
            self.digest.update(b"\n");
        }
        if let Some(last) = values.len().checked_sub(self.table.columns.len()) {
            self.after = values[last..last + self.table.key].to_vec();
        }
        Ok((!values.is_empty()).then_some(values))
    }

    fn progress(&self, doing: &'static str) -> Progress {
        Progress {
            doing,
            table: self.table.name,
            rows: self.rows,
            of: self.of,
        }
    }

    fn summary(self) -> Summary {
        Summary {
            rows: self.rows,
            digest: self.digest.finalize().into(),
        }
    }
}

fn value(row: &Row, column: Column) -> Result<Value, StoreError> {
    Ok(match column {
        Int(name) => row.try_get::<Option<i64>>(name)?.into(),
        Text(name) | Column::Word(name) => row.try_get::<Option<String>>(name)?.into(),
    })
}
