//! From the bytes of an upload to samples, by a library.

use super::{AudioError, form};
use crate::model::AudioForm;
use std::io::{Cursor, ErrorKind};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Rates and channels that can be resampled and mixed within reason.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
const MOST_CHANNELS: usize = 8;
/// One piece in so many may be damaged.
const MOST_DAMAGED: u64 = 20;

/// Takes a rate, channels, and samples of all channels in turn.
pub(super) type Sink<'a> = dyn FnMut(u32, usize, &[f32]) -> Result<(), AudioError> + 'a;

/// Hands the samples on, piece by piece; all pieces have the same rate and channels.
pub(super) fn decode(
    form: AudioForm,
    bytes: Vec<u8>,
    go_on: &dyn Fn() -> bool,
    sink: &mut Sink<'_>,
) -> Result<(), AudioError> {
    let refuse = |reason: String| AudioError::Unreadable { form, reason };
    let mut reader = open(form, bytes).map_err(|error| refuse(error.to_string()))?;
    let track = reader.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| refuse("there is no audio in it".to_owned()))?;
    let parameters = track.codec_params.as_ref().and_then(|codec| codec.audio());
    let parameters = parameters.ok_or_else(|| refuse("it does not say how it is coded".to_owned()))?;
    let decoder =
        symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default());
    let (id, mut decoder) = (track.id, decoder.map_err(|error| refuse(error.to_string()))?);
    let (mut pieces, mut damaged, mut shape) = (0_u64, 0_u64, None);
    let mut samples: Vec<f32> = Vec::new();
    while let Some(packet) = next(reader.as_mut()).map_err(|error| refuse(error.to_string()))? {
        if !go_on() {
            return Err(AudioError::TooSlow);
        }
        if packet.track_id != id {
            continue;
        }
        pieces += 1;
        let piece = match decoder.decode(&packet) {
            Ok(piece) => piece,
            Err(Error::IoError(_) | Error::DecodeError(_)) => {
                damaged += 1;
                continue;
            }
            Err(error) => return Err(refuse(error.to_string())),
        };
        let (rate, channels) = (piece.spec().rate(), piece.spec().channels().count());
        if piece.frames() == 0 {
            continue;
        }
        if !RATES.contains(&rate) || !(1..=MOST_CHANNELS).contains(&channels) {
            return Err(refuse(format!("it has {channels} channels at {rate} Hz")));
        }
        if *shape.get_or_insert((rate, channels)) != (rate, channels) {
            return Err(refuse("its rate or channels change on the way".to_owned()));
        }
        piece.copy_to_vec_interleaved(&mut samples);
        // What is no number is no sound either.
        samples
            .iter_mut()
            .filter(|sample| !sample.is_finite())
            .for_each(|sample| *sample = 0.0);
        sink(rate, channels, &samples)?;
    }
    if damaged * MOST_DAMAGED > pieces {
        return Err(refuse(format!("{damaged} of its {pieces} pieces are damaged")));
    }
    Ok(())
}

fn open(form: AudioForm, bytes: Vec<u8>) -> Result<Box<dyn FormatReader>, Error> {
    let source = Cursor::new(form::with_header(form, bytes));
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let probe = symphonia::default::get_probe();
    probe.probe(
        &Hint::new(),
        stream,
        FormatOptions::default(),
        MetadataOptions::default(),
    )
}

/// The next piece. A file that ends before it says so ends where it ends, as those do that were written into a pipe.
fn next(reader: &mut dyn FormatReader) -> Result<Option<symphonia::core::packet::Packet>, Error> {
    match reader.next_packet() {
        Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(Error::ResetRequired) => Err(Error::Unsupported("several recordings in one file")),
        other => other,
    }
}
