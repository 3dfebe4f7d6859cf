//! Measures apicall, and fails when it is not as good as it promises. `dev/bench` builds and runs it; the numbers and what
//! they mean are in `docs/BENCHMARKS.md`.
//!
//!     dev/bench asterisk [CPS…]     the engine on a real Asterisk, beside a bare client
//!     dev/bench freeswitch [CPS…]   the same on a real FreeSWITCH
//!     dev/bench load [CPS…]         on an emulated one, with 10,000 calls up
//!     dev/bench load-freeswitch [CPS…]
//!     dev/bench soak [CPS]          an hour's calls, whose memory stays
//!     dev/bench pacing [CPS…]       how even starts are on the wire
//!     dev/bench pacing-freeswitch [CPS…]
//!     dev/bench fastagi             sessions of five commands, a thousand at once
//!     dev/bench decode              AMI and ESL events on one core
//!     dev/bench amd                 detection of answering machines, beside a real Asterisk's
//!     dev/bench simulate            a campaign of a million contacts, foretold
//!     dev/bench store [PART…]       what the store keeps durable, and whether its size matters
//!
//! Each part prints a table for people on stderr and one JSON on stdout.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program that cannot measure fails, prints what it measured, and holds the stop watch"
)]

mod amd;
mod bare;
mod capture;
mod decode;
#[path = "../../tests/driver/mod.rs"]
mod driver;
mod fastagi;
#[path = "../../../apicall-core/tests/greetings/mod.rs"]
mod greetings;
mod load;
mod on;
mod process;
mod real;
mod report;
mod simulate;
mod store;

use on::On;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().unwrap_or_default();
    if part == "client" {
        // Who asks for calls in `store`, a process of its own.
        let mut told = || arguments.next().expect("an address and a token");
        let (address, token) = (told(), told());
        let answer = tokio::task::spawn_blocking(move || store::client(&address, &token));
        println!("{}", answer.await.unwrap());
        return ExitCode::SUCCESS;
    }
    if part == "store" {
        let words: Vec<_> = arguments.collect();
        return match store::Part::asked(&words) {
            Ok(parts) => tell(&store::run(&parts).await),
            Err(wrong) => {
                eprintln!("bench: {wrong}");
                ExitCode::from(2)
            }
        };
    }
    let numbers: Vec<u32> = arguments
        .map(|text| text.parse().expect("a whole number"))
        .collect();
    let report = match part.as_str() {
        "asterisk" => real::run(&numbers, On::Asterisk).await,
        "freeswitch" => real::run(&numbers, On::FreeSwitch).await,
        "load" => load::sustained(&numbers, On::Asterisk).await,
        "load-freeswitch" => load::sustained(&numbers, On::FreeSwitch).await,
        "soak" => load::soak(&numbers).await,
        "pacing" => load::pacing(&numbers, On::Asterisk).await,
        "pacing-freeswitch" => load::pacing(&numbers, On::FreeSwitch).await,
        "fastagi" => fastagi::run().await,
        // It brings a runtime of its own, on one thread.
        "decode" => tokio::task::spawn_blocking(decode::run).await.unwrap(),
        "amd" => amd::run().await,
        "simulate" => tokio::task::spawn_blocking(simulate::run).await.unwrap(),
        _ => {
            eprintln!(
                "bench: no part is called `{part}`; parts are: asterisk, freeswitch, load, load-freeswitch, soak, pacing, pacing-freeswitch, fastagi, decode, amd, simulate, store"
            );
            return ExitCode::from(2);
        }
    };
    tell(&report)
}

fn tell(report: &report::Report) -> ExitCode {
    report.print();
    if report.holds() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
