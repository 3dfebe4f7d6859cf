#!/usr/bin/env python3
"""Sounds that the switch plays and RTP that the carrier sends, made of tones: no recording is needed.

  media.py sounds DIR ulaw|wav   prueba (3 s), opcion_invalida (1 s), en_breve (1 s), as raw mu-law or WAV files
  media.py captures DIR          what callees say and press, as captures for SIPp (PCMU, and RFC 4733 events as type 101)
"""
import math
import os
import struct
import sys

SILENCE = b"\xff"


def mu_law(sample):
    sign = 0x80 if sample < 0 else 0
    sample = min(abs(sample), 32635) + 132
    exponent, mask = 7, 0x4000
    while exponent > 0 and not sample & mask:
        exponent -= 1
        mask >>= 1
    return ~(sign | (exponent << 4) | ((sample >> (exponent + 3)) & 15)) & 0xFF


def tenth(*hertz):
    """A tenth of a second of tones at once, which share the loudness."""
    swing = lambda i: sum(math.sin(2 * math.pi * hz * i / 8000) for hz in hertz) / len(hertz)
    return bytes(mu_law(int(8000 * swing(i))) for i in range(800))


SPEECH = tenth(440, 660)  # two, so that it is no beep
BEEP = tenth(1000)


def tone(ms, sound=SPEECH):
    return (sound * (ms // 100 + 1))[: 8 * ms]


class Capture:
    """One RTP stream with continuous sequence numbers and time stamps."""

    def __init__(self):
        self.out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
        self.us, self.seq, self.stamp = 0, 100, 8000

    def packet(self, payload_type, marker, stamp, body):
        rtp = struct.pack("!BBHII", 0x80, (0x80 if marker else 0) | payload_type, self.seq & 0xFFFF, stamp, 0x41504943) + body
        udp = struct.pack("!HHHH", 6000, 10000, 8 + len(rtp), 0) + rtp
        here = bytes([127, 0, 0, 1])
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, here, here)
        frame = b"\0" * 12 + b"\x08\0" + ip + udp
        self.out.append(struct.pack("<IIII", 1000 + self.us // 1000000, self.us % 1000000, len(frame), len(frame)) + frame)
        self.seq += 1

    def audio(self, samples):
        for i in range(0, len(samples) - 159, 160):
            self.packet(0, False, self.stamp, samples[i : i + 160])
            self.stamp += 160
            self.us += 20000

    def silence_until(self, ms):
        self.audio(SILENCE * (8 * (ms - self.us // 1000)))

    def press(self, key):
        event, steps, began = "0123456789*#".index(key), 5, self.stamp
        for i in range(steps):
            self.packet(101, i == 0, began, struct.pack("!BBH", event, 10, 160 * (i + 1)))
            self.us += 20000
        for _ in range(3):
            self.packet(101, False, began, struct.pack("!BBH", event, 0x8A, 160 * steps))
        self.stamp += 160 * steps

    def save(self, path):
        with open(path, "wb") as file:
            file.write(b"".join(self.out))


def callee(*keys, until_ms=16000):
    """Says a short greeting, then presses keys at their times (in ms after the answer)."""
    capture = Capture()
    capture.silence_until(300)
    capture.audio(tone(600))
    for at_ms, key in keys:
        capture.silence_until(at_ms)
        capture.press(key)
    capture.silence_until(until_ms)
    return capture


def voicemail(*keys):
    """Greets for 4 s, beeps, and keeps silent but for these keys."""
    capture = Capture()
    capture.silence_until(300)
    capture.audio(tone(4000))
    capture.silence_until(4800)
    capture.audio(tone(400, BEEP))
    for at_ms, key in keys:
        capture.silence_until(at_ms)
        capture.press(key)
    capture.silence_until(16000)
    return capture


def captures(directory):
    made = {
        "after": callee((6500, "1")),
        "during": callee((3600, "1")),
        "wrong_then_right": callee((3600, "2"), (6600, "1")),
        "wrong_twice": callee((3600, "2"), (6600, "3")),
        "several": callee((3600, "4"), (3800, "2"), (4000, "#")),
        "silent": callee(until_ms=24000),
    }
    machine = Capture()
    machine.silence_until(300)
    machine.audio(tone(8000))
    made["machine"] = machine
    made["voicemail"] = voicemail()
    made["voicemail_pressed"] = voicemail((7900, "1"))
    ringback = Capture()
    ringback.audio(tone(2000))
    made["ringback"] = ringback
    for name, capture in made.items():
        capture.save(os.path.join(directory, name + ".pcap"))


def wav(mu_law_samples):
    """Wraps mu-law samples into a WAV file."""
    kind = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, 8000, 8000, 1, 8, 0)
    data = struct.pack("<4sI", b"data", len(mu_law_samples)) + mu_law_samples
    return struct.pack("<4sI4s", b"RIFF", 4 + len(kind) + len(data), b"WAVE") + kind + data


def sounds(directory, form):
    os.makedirs(directory, exist_ok=True)
    for name, ms in (("prueba", 3000), ("opcion_invalida", 1000), ("en_breve", 1000)):
        path = os.path.join(directory, f"{name}.{form}")
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write({"ulaw": bytes, "wav": wav}[form](tone(ms)))
        os.replace(file.name, path)  # another lab may be playing it


{"sounds": sounds, "captures": captures}[sys.argv[1]](*sys.argv[2:])
