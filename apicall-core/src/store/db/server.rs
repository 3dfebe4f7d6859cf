//! Whether a MariaDB or MySQL server will do as a store, and what to do when it will not.

use super::{Connection, mysql, sql};
use crate::store::StoreError;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError};

/// What a store's user needs in its database.
const PRIVILEGES: [&str; 10] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "ALTER",
    "INDEX",
    "DROP",
    "REFERENCES",
    "TRIGGER",
];

/// Connects, and looks at the version.
pub(super) async fn reach(options: &MySqlConnectOptions) -> Result<MySqlConnection, String> {
    let mut connection = Connection::MySql(
        mysql::login(options)
            .await
            .map_err(|error| remedy(options, &error))?,
    );
    let version = sql("SELECT VERSION()").one(&mut connection).await;
    let version: String = version
        .and_then(|row| row.try_get(0))
        .map_err(|error| error.to_string())?;
    will_do(&version)?;
    match connection {
        Connection::MySql(connection) => Ok(connection),
        Connection::File(_) => unreachable!("it was made three lines above"),
    }
}

/// What the first word of a server means to whoever configured it.
fn remedy(options: &MySqlConnectOptions, error: &sqlx::Error) -> String {
    let (user, database) = (options.get_username(), options.get_database().unwrap_or_default());
    let at = format!("{}:{}", options.get_host(), options.get_port());
    let number = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>())
        .map(MySqlDatabaseError::number);
    match number {
        Some(1045 | 1698) => {
            format!("{error}; check the user {user} and its password ([store] url, password)")
        }
        Some(1044) => format!("{error}; GRANT ALL PRIVILEGES ON `{database}`.* TO {user}"),
        Some(1049) => format!(
            "{error}; make it: CREATE DATABASE `{database}` CHARACTER SET utf8mb4; GRANT ALL PRIVILEGES ON `{database}`.* TO {user}"
        ),
        Some(1040 | 1203) => format!("{error}; an engine needs 5 connections: raise max_connections"),
        Some(_) => error.to_string(),
        None => match error {
            sqlx::Error::Io(_) => {
                format!("{error}; check that a server listens at {at} and may be reached from here")
            }
            sqlx::Error::Tls(_) => format!("{error}; check ssl-mode and ssl-ca in [store] url"),
            _ => error.to_string(),
        },
    }
}

/// Whether a version knows what the store needs: `SKIP LOCKED`, `JSON_TABLE`, checks.
fn will_do(version: &str) -> Result<(), String> {
    let (name, least) = if version.contains("MariaDB") {
        ("MariaDB", (10, 6))
    } else {
        ("MySQL", (8, 0))
    };
    // A MariaDB may put 5.5.5- before its own, for old clients.
    let digits = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = digits
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found >= least {
        return Ok(());
    }
    Err(format!(
        "{name} {version} is too old; MariaDB 10.6 or MySQL 8.0 are the oldest that will do"
    ))
}

/// Whether the server replicates as Galera does. One that never heard of it has no such variable.
pub(super) async fn is_node(connection: &mut Connection) -> Result<bool, StoreError> {
    let row = sql("SHOW VARIABLES LIKE 'wsrep_on'").first(connection).await?;
    match row {
        Some(row) => Ok(row.try_get::<&str>(1)? == "ON"),
        None => Ok(false),
    }
}

/// Whether the user may make the tables and triggers; else what to grant.
pub(super) async fn may_be_made(connection: &mut Connection) -> Result<(), String> {
    let said = |error: StoreError| error.to_string();
    let rows = sql("SHOW GRANTS").all(&mut *connection).await.map_err(said)?;
    let grants: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get(0)).collect();
    let database = sql("SELECT DATABASE()")
        .one(&mut *connection)
        .await
        .map_err(said)?;
    let database: String = database.try_get(0).map_err(said)?;
    let grants = grants.map_err(said)?;
    let missing = missing(&grants, &database);
    if !missing.is_empty() {
        return Err(format!(
            "the user lacks {0}; GRANT {0} ON `{database}`.* TO it",
            missing.join(", ")
        ));
    }
    let logs = sql("SELECT @@log_bin AND NOT @@log_bin_trust_function_creators")
        .number(connection)
        .await
        .map_err(said)?;
    if logs != 0
        && !grants
            .iter()
            .any(|grant| grants_all(grant) || names(grant, "SUPER"))
    {
        return Err(
            "the server writes a binary log and lets only SUPER make triggers; SET GLOBAL log_bin_trust_function_creators = 1"
                .to_owned(),
        );
    }
    Ok(())
}

/// The privileges that no grant gives. What a role gives is not seen: then nothing is missing.
fn missing(grants: &[String], database: &str) -> Vec<&'static str> {
    if grants.iter().any(|grant| !grant.contains(" ON ")) {
        return Vec::new();
    }
    let scope = format!("`{database}`.*");
    let escaped = scope.replace('_', "\\_");
    let ours = |grant: &&String| {
        [" ON *.* ", &format!(" ON {scope} "), &format!(" ON {escaped} ")]
            .iter()
            .any(|place| grant.contains(place))
    };
    let ours: Vec<_> = grants.iter().filter(ours).collect();
    let granted = |privilege: &str| {
        ours.iter()
            .any(|grant| names(grant, "ALL PRIVILEGES") || names(grant, privilege))
    };
    PRIVILEGES
        .into_iter()
        .filter(|privilege| !granted(privilege))
        .collect()
}

fn grants_all(grant: &str) -> bool {
    names(grant, "ALL PRIVILEGES") && grant.contains(" ON *.* ")
}

fn names(grant: &str, privilege: &str) -> bool {
    let list = grant
        .strip_prefix("GRANT ")
        .and_then(|rest| rest.split(" ON ").next());
    list.is_some_and(|list| list.split(", ").any(|one| one == privilege))
}

#[cfg(test)]
mod tests {
    use super::{missing, will_do};

    #[test]
    fn versions_that_will_do() {
        for version in [
            "10.6.0-MariaDB",
            "5.5.5-10.11.6-MariaDB-log",
            "11.4.2-MariaDB",
            "8.0.36",
            "8.4.0",
            "9.1.0",
        ] {
            assert_eq!(will_do(version), Ok(()), "{version}");
        }
        for version in ["10.5.23-MariaDB", "5.7.44-log", ""] {
            assert!(will_do(version).unwrap_err().contains("too old"), "{version}");
        }
    }

    #[test]
    fn what_no_grant_gives_is_missing() {
        let grants = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let usage = "GRANT USAGE ON *.* TO `u`@`%`";
        assert!(
            missing(
                &grants(&[usage, "GRANT ALL PRIVILEGES ON `a_b`.* TO `u`@`%`"]),
                "a_b"
            )
            .is_empty()
        );
        assert!(
            missing(
                &grants(&[usage, "GRANT ALL PRIVILEGES ON `a\\_b`.* TO `u`@`%`"]),
                "a_b"
            )
            .is_empty()
        );
        assert_eq!(
            missing(
                &grants(&[usage, "GRANT ALL PRIVILEGES ON `other`.* TO `u`@`%`"]),
                "a"
            )
            .len(),
            10
        );
        let some = "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER ON `a`.* TO `u`@`%`";
        assert_eq!(missing(&grants(&[usage, some]), "a"), ["REFERENCES", "TRIGGER"]);
        assert!(missing(&grants(&[usage, "GRANT `role` TO `u`@`%`"]), "a").is_empty());
    }
}
