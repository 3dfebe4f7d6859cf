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
In CSV a cell that a spreadsheet would take for a formula gets a quote in front; telephone numbers stay as they are.
";

pub(super) fn print() -> Result<(), Error> {
    let mut page = HEAD.to_owned();
    let mut tree = Cli::command();
    tree.build();
    describe(&tree, &mut page);
    std::io::stdout().write_all(page.as_bytes()).map_err(Into::into)
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
