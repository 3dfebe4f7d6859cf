//! A request that a flow makes of somebody's HTTP service, and what came of it. No HTTP library's words.

use super::text::text_enum;
use std::fmt;
use std::time::Duration;

text_enum! {
    /// How a webhook asks.
    #[derive(Default)]
    WebhookMethod as "webhook method" {
        /// To read.
        Get = "GET",
        /// To tell.
        #[default]
        Post = "POST",
        /// To put in place.
        Put = "PUT",
        /// To change.
        Patch = "PATCH",
        /// To take away.
        Delete = "DELETE",
    }
}

/// A request, with every value filled in. Its `Debug` shows nothing but the method and the [`url_origin`].
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRequest {
    /// How.
    pub method: WebhookMethod,
    /// Where to: `http` or `https`.
    pub url: String,
    /// Headers beside the usual ones.
    pub headers: Vec<(String, String)>,
    /// The body, JSON.
    pub body: Option<String>,
    /// Until when the whole answer must be there.
    pub timeout: Duration,
    /// Whether the body of the answer is wanted.
    pub read_body: bool,
}

impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookRequest({} {}/…)", self.method, url_origin(&self.url))
    }
}

/// What came of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookReply {
    /// The service answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, when it was wanted.
        body: Vec<u8>,
    },
    /// It did not: why, in words without values of the request.
    Failed(String),
    /// The caller hung up before it did.
    CallerLeft,
}

/// Scheme, host and port of a URL: what may be shown of it. The rest may hold secrets and people's data.
pub fn url_origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let length = url[host..].find(['/', '?', '#']);
    length.map_or(url, |length| &url[..host + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_origin_is_shown() {
        let request = WebhookRequest {
            method: WebhookMethod::Post,
            url: "https://crm.example:8443/hooks/T0KEN?number=573001234567".into(),
            headers: vec![("authorization".into(), "Bearer S3CRET".into())],
            body: Some("{\"name\":\"Ana\"}".into()),
            timeout: Duration::from_secs(5),
            read_body: false,
        };
        assert_eq!(
            format!("{request:?}"),
            "WebhookRequest(POST https://crm.example:8443/…)"
        );
        assert_eq!(url_origin("http://a?x=1"), "http://a");
        assert_eq!(url_origin("http://a"), "http://a");
    }
}
