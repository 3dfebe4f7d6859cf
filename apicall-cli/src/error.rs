//! What can go wrong, and the exit code it has.

use apicall_core::api::Problem;
use std::fmt;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

/// A failure.
#[derive(Debug)]
pub(crate) enum Error {
    /// The engine said no.
    Refused(Box<Problem>),
    /// The engine cannot now, and says when to ask again.
    Busy(Box<Problem>, Duration),
    /// Something was expected, and is not so.
    Expectation(String),
    /// The command line does not make sense.
    Usage(String),
    /// The engine is not there.
    Unreachable(String),
    /// The engine does not know who asks.
    NotLoggedIn(String),
    /// Reading or writing here failed.
    Local(io::Error),
}

impl Error {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) | Self::Busy(..) | Self::Expectation(_) | Self::Local(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) | Self::NotLoggedIn(_) => 3,
        })
    }

    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Local(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problem) | Self::Busy(problem, _) => match &problem.field {
                Some(field) => write!(f, "{field}: {}", problem.detail),
                None => write!(f, "{}", problem.detail),
            },
            Self::Expectation(text) | Self::Usage(text) | Self::Unreachable(text) => f.write_str(text),
            Self::NotLoggedIn(text) => write!(f, "{text}; log in with: apicall-cli login"),
            Self::Local(error) => write!(f, "{error}"),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Local(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Local(error.into())
    }
}

/// Keeps the kind of an I/O error, by which a closed pipe is known.
impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        Self::Local(match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        })
    }
}
