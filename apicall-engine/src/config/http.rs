//! `[http]`: where the API is, and who may come near it.

use super::{Fault, within};
use axum::http::HeaderValue;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `[http]`
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    pub listen: SocketAddr,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Longest number list.
    pub max_import_bytes: u64,
    /// How long a login lasts, in hours.
    pub session_h: u32,
    /// How long one of its tokens does, in minutes; then it is refreshed.
    pub token_min: u32,
    /// What browsers may ask from other pages than its own: pages of these origins.
    pub cors_origins: Vec<Origin>,
    /// What it shows to whoever connects; then nothing but TLS is spoken.
    pub tls: Option<Tls>,
}

/// `[http.tls]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// PEM, with those that sign it.
    pub certificate: PathBuf,
    /// PEM, its private key.
    pub key: PathBuf,
}

/// Scheme, host and port of a page, as browsers say it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Origin(HeaderValue);

impl Origin {
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
        let header = host
            .filter(|host| !host.is_empty() && host.chars().all(plain))
            .and_then(|_| HeaderValue::from_str(&text).ok());
        let remedy = "use scheme, host and port in small letters, as in https://app.example:8443";
        header
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no origin; {remedy}"))
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: ([127, 0, 0, 1], 8080).into(),
            trusted_proxies: Vec::new(),
            max_import_bytes: 1 << 30,
            session_h: 12,
            token_min: 60,
            cors_origins: Vec::new(),
            tls: None,
        }
    }
}

impl Http {
    pub(super) fn check(&self) -> Result<(), Fault> {
        within("http.max_import_bytes", self.max_import_bytes, 1, 1 << 40)?;
        within("http.session_h", self.session_h.into(), 1, 8_760)?;
        within("http.token_min", self.token_min.into(), 1, 525_600)
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_origin_is_what_a_browser_says_and_nothing_more() {
        for good in ["https://app.example", "http://localhost:3000", "http://[::1]:80"] {
            assert!(Origin::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "app.example",
            "https://",
            "https://app.example/",
            "https://A.example",
            "https://a b",
        ] {
            let refused = Origin::try_from(bad.to_owned()).unwrap_err();
            assert!(refused.contains("https://app.example"), "{refused}");
        }
    }
}
