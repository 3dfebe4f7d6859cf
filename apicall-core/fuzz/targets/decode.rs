//! Any bytes, in any two chunkings, decode to the same messages, and nothing panics.
#![no_main]

use apicall_core::wire::callfile::CallFile;
use apicall_core::wire::{Decoded, agi, ami};
use libfuzzer_sys::fuzz_target;

fn collect<D: Default, T>(
    chunks: &[&[u8]],
    feed: impl Fn(&mut D, &[u8]),
    poll: impl Fn(&mut D) -> Option<Decoded<T>>,
) -> Vec<Decoded<T>> {
    let mut decoder = D::default();
    let mut all = vec![];
    for chunk in chunks {
        feed(&mut decoder, chunk);
        while let Some(message) = poll(&mut decoder) {
            all.push(message);
        }
    }
    all
}

fn same<D: Default, T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    cut: usize,
    feed: impl Fn(&mut D, &[u8]) + Copy,
    poll: impl Fn(&mut D) -> Option<Decoded<T>> + Copy,
) {
    let (first, second) = bytes.split_at(cut);
    assert_eq!(collect(&[bytes], feed, poll), collect(&[first, second], feed, poll));
}

fuzz_target!(|input: (usize, Vec<u8>)| {
    let (cut, bytes) = input;
    let cut = cut % (bytes.len() + 1);
    same(&bytes, cut, ami::Decoder::feed, ami::Decoder::poll);
    same(&bytes, cut, agi::Decoder::feed, agi::Decoder::poll);
    same(&bytes, cut, agi::CommandDecoder::feed, agi::CommandDecoder::poll);
    let _ = CallFile::decode(&String::from_utf8_lossy(&bytes));
});
