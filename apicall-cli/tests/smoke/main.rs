//! `smoke run --local` with both programs as they are built.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod docs;
mod local;
mod programs;
