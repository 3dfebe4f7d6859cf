//! G.711 mu-law, a byte a sample.

const BIAS: i32 = 132;
const LARGEST: i32 = 32_635;

/// Samples to bytes.
pub(crate) fn encode(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|sample| encoded(*sample)).collect()
}

/// Bytes to samples.
pub(crate) fn decode(bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|byte| decoded(*byte)).collect()
}

fn encoded(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(LARGEST) + BIAS;
    // The highest bit is bit 7 at least, because of the bias, and bit 14 at most.
    let exponent = 24_u32.saturating_sub(magnitude.leading_zeros());
    let mantissa = (magnitude >> (exponent + 3)) & 15;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

fn decoded(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((i32::from(byte & 15) << 3) + BIAS) << ((byte >> 4) & 7);
    let sample = magnitude - BIAS;
    if byte & 0x80 == 0 {
        sample as i16
    } else {
        -sample as i16
    }
}
