//! Any bytes, in any chunking, decode to the same messages, and nothing panics.
#![no_main]

use apicall_core::wire::callfile::CallFile;
use apicall_core::wire::{Decoded, agi, ami, esl};
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
    let whole = collect(&[bytes], feed, poll);
    assert_eq!(whole, collect(&[first, second], feed, poll));
    // Byte by byte stands for every cut there is.
    let single: Vec<_> = bytes.chunks(1).collect();
    assert_eq!(whole, collect(&single, feed, poll));
}

/// AMI with limits that small inputs reach.
#[derive(Debug)]
struct Narrow(ami::Decoder);

impl Default for Narrow {
    fn default() -> Self {
        let limits = ami::Limits { line_bytes: 24, lines: 6, message_bytes: 80 };
        Self(ami::Decoder::new(limits))
    }
}

/// The event socket with limits that small inputs reach.
#[derive(Debug)]
struct NarrowEsl(esl::Decoder);

impl Default for NarrowEsl {
    fn default() -> Self {
        let limits = esl::Limits { head_bytes: 48, body_bytes: 24, lines: 3 };
        Self(esl::Decoder::new(limits))
    }
}

/// What is read of any event can be written plainly, and says the same then.
fn says_the_same(bytes: &[u8]) {
    let mut decoder = esl::Decoder::default();
    decoder.feed(bytes);
    for message in std::iter::from_fn(|| decoder.poll()) {
        let Ok(message @ esl::Message::Event(_)) = message.item else { continue };
        let mut again = esl::Decoder::default();
        again.feed(&message.encode(esl::Format::Plain));
        assert_eq!(again.poll().and_then(|back| back.item.ok()), Some(message));
    }
}

fuzz_target!(|input: (usize, Vec<u8>)| {
    let (cut, bytes) = input;
    let cut = cut % (bytes.len() + 1);
    same(&bytes, cut, ami::Decoder::feed, ami::Decoder::poll);
    same(&bytes, cut, |narrow: &mut Narrow, bytes| narrow.0.feed(bytes), |narrow| narrow.0.poll());
    same(&bytes, cut, agi::Decoder::feed, agi::Decoder::poll);
    same(&bytes, cut, agi::CommandDecoder::feed, agi::CommandDecoder::poll);
    same(&bytes, cut, esl::Decoder::feed, esl::Decoder::poll);
    same(&bytes, cut, |narrow: &mut NarrowEsl, bytes| narrow.0.feed(bytes), |narrow| narrow.0.poll());
    same(&bytes, cut, esl::RequestDecoder::feed, esl::RequestDecoder::poll);
    says_the_same(&bytes);
    let _ = CallFile::decode(&String::from_utf8_lossy(&bytes));
});
