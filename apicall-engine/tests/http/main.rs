//! The engine as its users meet it: the real program, a store in a directory of its own, requests over a socket.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod campaigns;
mod emulated;
mod engine;
mod imports;
mod process;
mod resources;
mod routes;
mod sessions;
mod tour;
mod watching;
