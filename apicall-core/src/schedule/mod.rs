//! WHAT NEXT. Which call may be dialed, and when: limiters, caps, shares, retries, the number that is shown, and how fast a
//! switch can be dialed without being overloaded.
//!
//! Pure: time comes in as an argument, and so does what is random. Every call passes all levels of its path (engine, switch,
//! trunk, project, campaign); a start counts in each of them, a channel too.
//!
//! Deliberately absent: clocks, storage, what a call is beyond its id.

mod ahead;
pub mod breaker;
pub mod caller_id;
pub mod caps;
pub mod eligible;
pub mod exits;
mod gauge;
mod governor;
pub mod hours;
mod lanes;
mod level;
mod levels;
mod limiter;
pub mod preflight;
mod quickest;
pub mod redelivery;
pub mod retry;
mod scheduler;
mod shares;
pub mod simulate;
#[cfg(test)]
mod tests;
mod turns;
pub mod why;
pub mod zones;

pub use governor::{Governor, Missing, Slowed, Why};
pub use lanes::{Lane, LaneSettings};
pub use level::{Level, Load, Path, Portioned};
pub use scheduler::Scheduler;
