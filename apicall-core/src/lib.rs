//! Dialer library.
