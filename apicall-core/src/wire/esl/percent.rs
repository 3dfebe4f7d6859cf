//! Percent-encoding as FreeSWITCH does it: a space is `%20`, and a `+` never means one.

use memchr::memchr;

/// What stands for itself (`switch_url_encode` with `SWITCH_URL_UNSAFE`, 1.10.12; transcript `url_encoding_plain`).
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        plain[byte] = true;
        byte += 1;
    }
    let encoded = b"\"#%&+:;<=>?@[\\]^`{|}";
    let mut at = 0;
    while at < encoded.len() {
        plain[encoded[at] as usize] = false;
        at += 1;
    }
    plain
};

/// Writes a value so that it stays on its line.
pub(super) fn encode(value: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if PLAIN[usize::from(byte)] {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(DIGITS[usize::from(byte >> 4)]));
            into.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// Decodes in place and returns the length that is left; what is behind it becomes spaces. A `%` that two hexadecimal
/// digits do not follow stands for itself.
pub(super) fn decode(value: &mut [u8]) -> usize {
    let Some(first) = memchr(b'%', value) else {
        return value.len();
    };
    let (mut read, mut write) = (first, first);
    while read < value.len() {
        let byte = match (value[read], value.get(read + 1..read + 3)) {
            (b'%', Some([high, low])) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    read += 2;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => byte,
        };
        value[write] = byte;
        (read, write) = (read + 1, write + 1);
    }
    value[write..].fill(b' ');
    write
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}
