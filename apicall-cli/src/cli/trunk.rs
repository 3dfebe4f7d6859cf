//! `trunk …`

use super::LimitArgs;
use apicall_core::model::{CallerIdFormat, SwitchName, TrunkName};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Trunk {
    /// Make one
    Add {
        /// Its name on the switch: the PJSIP endpoint, or the gateway of a FreeSWITCH
        #[arg(long)]
        name: TrunkName,
        /// The switch; may be left out when there is one
        #[arg(long)]
        switch: Option<SwitchName>,
        /// Digits put in front of every number
        #[arg(long, default_value = "")]
        prefix: String,
        /// How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)
        #[arg(long, value_name = "FORMAT")]
        caller_id_format: Option<CallerIdFormat>,
        /// Whether it is let alone for a while when its calls fail; it is when nothing is said
        #[arg(long)]
        breaker: Option<bool>,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// All of them
    List,
    /// One of them, and whether it is trusted with calls
    Show {
        /// Which
        name: TrunkName,
    },
    /// Change one; what is not named stays
    Set {
        /// Which
        name: TrunkName,
        /// Digits put in front of every number
        #[arg(long)]
        prefix: Option<String>,
        /// Whether calls may use it
        #[arg(long)]
        enabled: Option<bool>,
        /// How it wants caller IDs: as_is, plus (with a plus sign in front) or digits (without one)
        #[arg(long, value_name = "FORMAT")]
        caller_id_format: Option<CallerIdFormat>,
        /// Whether it is let alone for a while when its calls fail
        #[arg(long)]
        breaker: Option<bool>,
        #[command(flatten)]
        limits: LimitArgs,
    },
    /// Remove one
    Delete {
        /// Which
        name: TrunkName,
    },
}
