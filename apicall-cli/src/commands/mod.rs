//! One file a noun; a verb is a function.

mod amd;
mod audio;
mod call;
mod caller_ids;
mod campaign;
mod contact;
mod dnc;
mod import;
mod manual;
mod preflight;
mod project;
mod session;
mod simulate;
mod smoke;
mod stats;
mod token;
mod trunk;
mod user;
mod webhook;
mod why;

use crate::cli::{Amd, Cli, Command, Smoke, Switch};
use crate::error::Error;
use crate::remote::Remote;

/// Does what was asked.
pub(crate) async fn run(cli: Cli) -> Result<(), Error> {
    if let Command::Amd(Amd::Tune(asked)) = &cli.command {
        return amd::tune(&cli, asked).await;
    }
    match cli.command {
        Command::Manual => return manual::print(),
        Command::Completions { shell } => return manual::completions(shell),
        Command::Smoke(Smoke::Schema { kind }) => return smoke::schema(kind),
        Command::Smoke(Smoke::Run(asked)) if asked.local => return smoke::run_here(cli.output, asked).await,
        _ => {}
    }
    let remote = Remote::new(&cli)?;
    let format = cli.output;
    match cli.command {
        Command::Login { user, password_stdin } => {
            session::login(&remote, &cli.profile, &user, password_stdin).await
        }
        Command::Logout => session::logout(&remote, &cli.profile).await,
        Command::Status => session::status(&remote, format).await,
        Command::User(verb) => user::run(&remote, format, verb).await,
        Command::Token(verb) => token::run(&remote, format, verb).await,
        Command::Project(verb) => project::run(&remote, format, verb).await,
        Command::Trunk(verb) => trunk::run(&remote, format, verb).await,
        Command::Audio(verb) => audio::run(&remote, format, verb).await,
        Command::Campaign(verb) => campaign::run(&remote, format, verb).await,
        Command::Contact(verb) => contact::run(&remote, format, verb).await,
        Command::Call(call) => call::run(&remote, format, call).await,
        Command::Dnc(verb) => dnc::run(&remote, format, verb).await,
        Command::Why(asked) => why::run(&remote, format, asked).await,
        Command::Webhook(verb) => webhook::run(&remote, format, verb).await,
        Command::Switch(Switch::List) => stats::switches(&remote, format).await,
        Command::Smoke(Smoke::Run(asked)) => smoke::run(&remote, format, asked).await,
        Command::Smoke(Smoke::Init { project, file }) => smoke::init(&remote, &project, &file).await,
        Command::Stats { project, watch } => stats::run(&remote, format, project.as_ref(), watch).await,
        Command::Amd(_)
        | Command::Manual
        | Command::Completions { .. }
        | Command::Smoke(Smoke::Schema { .. }) => Ok(()),
    }
}
