//! Which kind of switch a part is run on.

/// The kinds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum On {
    Asterisk,
    FreeSwitch,
}

impl On {
    /// The one of two names that is meant for it.
    pub(crate) fn name(self, asterisk: &'static str, freeswitch: &'static str) -> &'static str {
        match self {
            Self::Asterisk => asterisk,
            Self::FreeSwitch => freeswitch,
        }
    }

    /// How an originate begins on the wire.
    pub(crate) fn originate(self) -> &'static [u8] {
        match self {
            Self::Asterisk => b"Action: Originate\r\n",
            Self::FreeSwitch => b"bgapi originate ",
        }
    }
}
