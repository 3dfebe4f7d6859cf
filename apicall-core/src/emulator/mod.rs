//! A PBX THAT IS NOT THERE. Servers that speak a switch's own protocols over real sockets, with callees that are data.
//!
//! The engine reaches them with the code it uses for a real switch. How callees behave is said by the call itself, in
//! channel variables, or by a list of rules; behaviour, replies and oddities follow recordings of real switches.
//!
//! Deliberately absent: audio but that of a greeting, a dialplan, and any knowledge of who drives it.

pub mod asterisk;
mod callees;
mod cast;
mod connection;
mod course;
mod faults;
pub mod freeswitch;
mod lab;
mod machine;
mod server;
mod sounds;
mod speech;
mod spool;
mod strain;
mod timers;
mod unrest;

pub use callees::{Callees, Rule, Shares, Whom};
pub use cast::Cast;
pub use faults::{EventFault, Fault, Planned};
pub use server::{Emulator, StartError};
pub use sounds::Sounds;
