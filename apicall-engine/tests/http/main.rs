//! The engine as its users meet it: the real program, a store of its own, requests over a socket. The store is a file, or a
//! database of the server that `dev/mariadb` started.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audio;
mod calls;
mod campaigns;
mod emulated;
mod engine;
#[cfg(feature = "mariadb")]
mod engines;
mod imports;
mod machines;
mod process;
mod resources;
mod routes;
mod rules;
mod security;
mod server;
#[path = "../service/mod.rs"]
mod service;
mod sessions;
mod simulate;
mod tour;
mod trunks;
mod watching;
mod webhooks;
mod why;
