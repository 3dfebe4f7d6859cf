//! Rows that are handed to the database, and the statements that do the same with each of them.
//!
//! A value of the row is written `:column` in an expression. SQLite runs the statement for one row after another;
//! on a server all rows go as one text, which the statement reads as a table.

use super::{Dialect, Sql, Value, mysql, sql};
use std::fmt::Write as _;

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

    /// With values that are there already, row by row.
    pub(in crate::store) const fn from_values(columns: &'static [Column], values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// Adds one; as many values as there are columns.
    pub(in crate::store) fn push<const N: usize>(&mut self, row: [Value; N]) {
        debug_assert_eq!(N, self.columns.len(), "a value a column");
        self.values.extend(row);
    }

    pub(in crate::store) const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(in crate::store) const fn count(&self) -> u64 {
        (self.values.len() / self.columns.len()) as u64
    }
}

/// A column that is set, and to what.
pub(in crate::store) type Set = (&'static str, &'static str);

/// A server that has not noticed yet how much a table has grown would rather read all of it.
const BY_KEY: &str = " FORCE INDEX (PRIMARY) ON ";

impl Dialect {
    /// Inserts the rows, and more columns with them.
    pub(in crate::store) fn insert(&self, table: &'static str, more: &[Set], new: Rows) -> Sql {
        self.put("INSERT INTO ", table, more, new)
    }

    /// Inserts the rows, each in place of one with the same key.
    pub(in crate::store) fn replace(&self, table: &'static str, new: Rows) -> Sql {
        self.put("REPLACE INTO ", table, &[], new)
    }

    fn put(&self, verb: &'static str, table: &'static str, more: &[Set], new: Rows) -> Sql {
        let columns = || new.columns.iter().map(|column| column.name());
        let mut insert = sql(verb);
        insert.push(table).push(" (");
        list(
            &mut insert,
            columns().chain(more.iter().map(|(column, _)| *column)),
        );
        insert.push(if self.is_sqlite() {
            ") VALUES ("
        } else {
            ") SELECT "
        });
        for (n, column) in columns().enumerate() {
            insert.push(if n == 0 { ":" } else { ", :" }).push(column);
        }
        for (_, value) in more {
            insert.push(", ").push(value);
        }
        insert.push(if self.is_sqlite() { ")" } else { " FROM :" });
        self.fill(insert, new)
    }

    /// Adds the rows' `n` to those with the same key, the other columns; makes those that are not there.
    pub(in crate::store) fn add(&self, table: &'static str, new: Rows) -> Sql {
        let key = new
            .columns
            .iter()
            .map(|column| column.name())
            .filter(|name| *name != "n");
        let key: Vec<_> = key.collect();
        let mut add = self.insert(table, &[], new);
        if self.is_sqlite() {
            add.push(" ON CONFLICT (");
            list(&mut add, key.into_iter());
            add.push(") DO UPDATE SET n = n + excluded.n");
        } else {
            add.push(" ON DUPLICATE KEY UPDATE n = ")
                .push(table)
                .push(".n + VALUES(n)");
        }
        add
    }

    /// Changes those rows of a table that have the rows' `id` and pass the filter.
    pub(in crate::store) fn update(
        &self,
        table: &'static str,
        set: &[Set],
        filter: &'static str,
        new: Rows,
    ) -> Sql {
        let mut update = sql("UPDATE ");
        if self.is_sqlite() {
            update.push(table);
        } else {
            update
                .push(":")
                .push(" STRAIGHT_JOIN ")
                .push(table)
                .push(BY_KEY)
                .push(table)
                .push(".id = :id");
        }
        for (n, (column, value)) in set.iter().enumerate() {
            update.push(if n == 0 { " SET " } else { ", " });
            if !self.is_sqlite() {
                update.push(table).push(".");
            }
            update.push(column).push(" = ").push(value);
        }
        update.push(" WHERE ");
        if self.is_sqlite() {
            update.push("id = :id AND ");
        }
        update.push(filter);
        self.fill(update, new)
    }

    /// Deletes those rows of a table that have the rows' `id`.
    pub(in crate::store) fn delete(&self, table: &'static str, new: Rows) -> Sql {
        self.delete_by(table, "id", "", new)
    }

    /// The same where the primary key begins with another column, and of those the rows that pass the filter, if there is one.
    pub(in crate::store) fn delete_by(
        &self,
        table: &'static str,
        key: &'static str,
        filter: &'static str,
        new: Rows,
    ) -> Sql {
        let mut delete = sql("DELETE ");
        if self.is_sqlite() {
            delete.push("FROM ").push(table).push(" WHERE ");
        } else {
            delete.push(table).push(" FROM : STRAIGHT_JOIN ").push(table);
            delete.push(BY_KEY).push(table).push(".");
        }
        delete.push(key).push(" = :").push(key).push(filter);
        self.fill(delete, new)
    }

    /// Looks for rows of a table, for each of the rows in turn.
    pub(in crate::store) fn find(
        &self,
        wanted: &'static str,
        table: &'static str,
        condition: &'static str,
        new: Rows,
    ) -> Sql {
        let mut find = sql("SELECT ");
        find.push(wanted).push(" FROM ");
        if self.is_sqlite() {
            find.push(table).push(" WHERE ");
        } else {
            find.push(": STRAIGHT_JOIN ").push(table).push(" ON ");
        }
        find.push(condition);
        self.fill(find, new)
    }

    /// Writes `:column` as this database does, and `:` alone, on a server, as the table of the rows.
    fn fill(&self, mut template: Sql, new: Rows) -> Sql {
        let text = std::mem::take(&mut template.text);
        let mut parts = text.split(':');
        template.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part
                .find(|c: char| !c.is_ascii_lowercase() && c != '_')
                .unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let place = new.columns.iter().position(|column| column.name() == name);
            match place {
                Some(place) if self.is_sqlite() => {
                    let _ = write!(template.text, "?{}", place + 1);
                }
                Some(_) => {
                    let _ = write!(template.text, "new.{name}");
                }
                None => {
                    debug_assert!(name.is_empty(), "there is no column {name}");
                    mysql::push_rows(&mut template, &new);
                }
            }
            template.text.push_str(rest);
        }
        if self.is_sqlite() {
            template.rows = Some(new);
        }
        template
    }
}

fn list(sql: &mut Sql, names: impl Iterator<Item = &'static str>) {
    for (n, name) in names.enumerate() {
        sql.push(if n == 0 { "" } else { ", " }).push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{mysql, sqlite};
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::of(&[Column::Word("id"), Column::Int("n")]);
        rows.push([Value::Word("a"), Value::Int(1)]);
        rows
    }

    #[test]
    fn one_statement_is_said_in_both_languages() {
        let table = "COLUMNS (place FOR ORDINALITY, id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PATH '$[0]' ERROR ON ERROR, n BIGINT PATH '$[1]' ERROR ON ERROR)) AS new";
        let new = format!("JSON_TABLE(?, '$[*]' {table}");
        let set = [("n", "t.n + :n")];
        let more = [("m", "(SELECT max(m) FROM t WHERE id = :id)")];
        for (here, there, expected) in [
            (
                sqlite::DIALECT.insert("t", &more, rows()).text,
                mysql::DIALECT.insert("t", &more, rows()).text,
                [
                    "INSERT INTO t (id, n, m) VALUES (?1, ?2, (SELECT max(m) FROM t WHERE id = ?1))"
                        .to_owned(),
                    format!(
                        "INSERT INTO t (id, n, m) SELECT new.id, new.n, (SELECT max(m) FROM t WHERE id = new.id) FROM {new}"
                    ),
                ],
            ),
            (
                sqlite::DIALECT.update("t", &set, "t.n > 0", rows()).text,
                mysql::DIALECT.update("t", &set, "t.n > 0", rows()).text,
                [
                    "UPDATE t SET n = t.n + ?2 WHERE id = ?1 AND t.n > 0".to_owned(),
                    format!(
                        "UPDATE {new} STRAIGHT_JOIN t FORCE INDEX (PRIMARY) ON t.id = new.id SET t.n = t.n + new.n WHERE t.n > 0"
                    ),
                ],
            ),
            (
                sqlite::DIALECT.delete("t", rows()).text,
                mysql::DIALECT.delete("t", rows()).text,
                [
                    "DELETE FROM t WHERE id = ?1".to_owned(),
                    format!("DELETE t FROM {new} STRAIGHT_JOIN t FORCE INDEX (PRIMARY) ON t.id = new.id"),
                ],
            ),
            (
                sqlite::DIALECT.add("t", rows()).text,
                mysql::DIALECT.add("t", rows()).text,
                [
                    "INSERT INTO t (id, n) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET n = n + excluded.n"
                        .to_owned(),
                    format!(
                        "INSERT INTO t (id, n) SELECT new.id, new.n FROM {new} ON DUPLICATE KEY UPDATE n = t.n + VALUES(n)"
                    ),
                ],
            ),
        ] {
            assert_eq!([here, there], expected);
        }
    }
}
