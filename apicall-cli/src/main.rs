//! The command line of apicall: drives a remote engine over its HTTP API.
//!
//! stdout is data, stderr is everything else. Exit: 0 done, 1 refused by the engine or a failed expectation, 2 usage,
//! 3 unreachable or not logged in, 70 bug.
//!
//! Deliberately absent: decisions, databases, telephony. What the engine says is shown.

mod cli;
mod commands;
mod error;
mod output;
mod profile;
mod remote;
mod target;
mod values;

use cli::Cli;
use error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::read();
    std::panic::set_hook(Box::new(|panic| {
        #[allow(clippy::print_stderr, reason = "the last word of a bug")]
        {
            eprintln!("apicall-cli: this is a bug: {panic}");
        }
        std::process::exit(70);
    }));
    let done = run(cli);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            #[allow(clippy::print_stderr, reason = "the last word of a command")]
            {
                eprintln!("apicall-cli: {}", output::lines(&error.to_string()));
            }
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(commands::run(cli))
}
