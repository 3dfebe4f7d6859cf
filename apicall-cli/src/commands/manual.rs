//! The manual, made from the command tree: `docs/cli.md` is its output.

use crate::cli::Cli;
use crate::error::Error;
use clap::CommandFactory;
use std::fmt::Write as _;
use std::io::Write as _;

const HEAD: &str = "# The command line

Made from the program itself: `dev/cli-manual` writes this page, `dev/test` compares it.

stdout is data, stderr is everything else. Exit: 0 done, 1 refused by the engine or a failed expectation, 2 usage, 3 unreachable or not
logged in, 70 bug. Logins are kept in the user's configuration directory, readable by its owner only; `APICALL_TOKEN` goes before them.
In CSV a cell that a spreadsheet would take for a formula gets a quote in front; telephone numbers (a plus sign and nothing but digits)
stay as they are, so that scripts and later imports read them. Times are local in tables, UTC in CSV, epoch milliseconds in JSON.
Lists go on to the end unless `--limit` says otherwise. A reading command that meets a busy engine (`Retry-After`) asks again, once.
";

pub(super) fn print() -> Result<(), Error> {
    let mut page = HEAD.to_owned();
    let mut tree = Cli::command();
    tree.build();
    describe(&tree, &mut page);
    std::io::stdout().write_all(page.as_bytes()).map_err(Into::into)
}

/// The script that teaches a shell the command tree; `completions/` keeps those of the usual shells.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "apicall-cli", &mut script);
    std::io::stdout().write_all(&script).map_err(Into::into)
}

fn describe(command: &clap::Command, page: &mut String) {
    for sub in command
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set() && sub.get_name() != "help")
    {
        let name = sub.get_bin_name().unwrap_or_else(|| sub.get_name()).to_owned();
        let help = sub.clone().term_width(110).render_help().to_string();
        if sub.get_subcommands().next().is_none() || sub.get_name() == "call" {
            // A string takes all that is written.
            let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
        }
        describe(sub, page);
    }
}
