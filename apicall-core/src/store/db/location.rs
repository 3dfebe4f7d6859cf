//! Where a store is: its URL, understood. Shown without its password.

use super::sqlite;
use crate::store::StoreError;
use secrecy::{ExposeSecret, SecretString};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// What may follow the database's name in a URL.
const PARAMETERS: [&str; 5] = ["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"];
/// What a URL may look like.
const FORMS: &str = "use sqlite://PATH or mysql://USER:PASSWORD@HOST:PORT/DATABASE";

/// Where a store is.
#[derive(Clone)]
pub enum Location {
    /// A file.
    Sqlite(Box<SqliteConnectOptions>),
    /// A database of a MariaDB or MySQL server.
    MySql(Box<MySqlConnectOptions>),
}

impl Location {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(options) => Some(options.get_filename()),
            Self::MySql(_) => None,
        }
    }

    /// With a password that does not stand in the URL.
    pub fn with_password(self, password: &SecretString) -> Result<Self, StoreError> {
        match self {
            Self::Sqlite(_) => Err(StoreError::Open {
                url: self.to_string(),
                reason: "a file has no password; remove it, or set a mysql:// URL".to_owned(),
            }),
            Self::MySql(options) => Ok(Self::MySql(Box::new(options.password(password.expose_secret())))),
        }
    }
}

impl FromStr for Location {
    type Err = StoreError;

    fn from_str(url: &str) -> Result<Self, StoreError> {
        let scheme = url.split(':').next().unwrap_or_default();
        // Whatever else stands in it may be a password.
        let cannot = |reason: String| StoreError::Open {
            url: format!("{scheme}:…"),
            reason,
        };
        match scheme {
            "sqlite" => file(url),
            "mysql" | "mariadb" => server(url).map_err(cannot),
            _ => Err(cannot(FORMS.to_owned())),
        }
    }
}

fn file(url: &str) -> Result<Location, StoreError> {
    let cannot = |reason: String| StoreError::Open {
        url: url.to_owned(),
        reason,
    };
    let options = SqliteConnectOptions::from_str(url).map_err(|error| cannot(error.to_string()))?;
    if options.get_filename().as_os_str().is_empty() || url.contains(":memory:") {
        return Err(cannot("give the path of a file".to_owned()));
    }
    Ok(Location::Sqlite(Box::new(sqlite::durable(options))))
}

fn server(url: &str) -> Result<Location, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) {
            return Err(format!(
                "there is no parameter {name}; there are {}",
                PARAMETERS.join(", ")
            ));
        }
    }
    let options = MySqlConnectOptions::from_str(url).map_err(|error| {
        format!("{error}; {FORMS}, where characters such as @ : / in a password are written %40 %3A %2F")
    })?;
    match options.get_database() {
        None => Err(format!("it names no database; {FORMS}")),
        Some(_) => Ok(Location::MySql(Box::new(options))),
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(options) => write!(f, "sqlite://{}", options.get_filename().display()),
            Self::MySql(options) => {
                write!(f, "mysql://{}@{}", options.get_username(), options.get_host())?;
                write!(
                    f,
                    ":{}/{}",
                    options.get_port(),
                    options.get_database().unwrap_or_default()
                )
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let table = [
            ("sqlite://a/b.db", "sqlite://a/b.db"),
            ("mysql://u:s3cret@db:3307/apicall", "mysql://u@db:3307/apicall"),
            (
                "mariadb://u:s3%40cret@db/apicall?ssl-mode=REQUIRED",
                "mysql://u@db:3306/apicall",
            ),
        ];
        for (url, shown) in table {
            let location: Location = url.parse().unwrap();
            assert_eq!(location.to_string(), shown);
            assert_eq!(format!("{location:?}"), shown);
        }
    }

    #[test]
    fn a_url_that_will_not_do_is_refused_with_what_to_write_and_without_what_it_holds() {
        let table = [
            ("postgres://u:s3cret@db/a", "use sqlite://PATH or mysql://"),
            ("mysql://u:s3cret@db", "it names no database"),
            (
                "mysql://u:s3cret@db/a?sslmode=none",
                "there is no parameter sslmode",
            ),
            ("mysql://u:s3cret@db:what/a", "port"),
            ("sqlite://", "give the path of a file"),
            ("sqlite://:memory:", "give the path of a file"),
        ];
        for (url, word) in table {
            let error = url.parse::<Location>().unwrap_err().to_string();
            assert!(error.contains(word), "{url}: {error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
