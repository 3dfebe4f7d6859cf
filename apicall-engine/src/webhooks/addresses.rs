//! Where webhooks may go.
//!
//! A flow is written by whoever may change a project; the engine's machine reaches more than they should. What a name
//! leads to is looked at when the connection is made, so a name that changes its address gains nothing.

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Refused unless allowed: this machine, private networks, the link with its metadata services, and what is no one host.
const REFUSED: [&str; 14] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
];

/// The addresses that webhooks may go to.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    allow: Vec<IpNet>,
    deny: Vec<IpNet>,
    refused: Vec<IpNet>,
}

/// An address that is not among them.
#[derive(Debug, thiserror::Error)]
#[error("webhooks may not go to {address}; if this one may, put it into webhooks.allow")]
pub(super) struct Refused {
    address: IpAddr,
}

impl Addresses {
    pub(super) fn new(allow: &[IpNet], deny: &[IpNet]) -> Self {
        let refused = REFUSED
            .iter()
            .map(|net| net.parse().expect("the list is of networks"));
        Self {
            allow: allow.to_vec(),
            deny: deny.to_vec(),
            refused: refused.collect(),
        }
    }

    pub(super) fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let plain = plain(address);
        let among = |nets: &[IpNet]| {
            nets.iter()
                .any(|net| net.contains(&plain) || net.contains(&address))
        };
        if among(&self.deny) || (among(&self.refused) && !among(&self.allow)) {
            return Err(Refused { address: plain });
        }
        Ok(())
    }

    /// Checks a URL that names an address; names are checked when they are resolved.
    pub(super) fn check_literal(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => self.check(address),
            Err(_) => Ok(()),
        }
    }
}

/// The IPv4 address within an IPv6 one that stands for it (mapped, or NAT64), so that neither is a way around.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => v6.to_canonical(),
    }
}

impl Resolve for Addresses {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.clone();
        Box::pin(async move {
            let mut found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let first = found.first().copied();
            found.retain(|address| addresses.check(address.ip()).is_ok());
            match first {
                Some(first) if found.is_empty() => Err(Refused {
                    address: plain(first.ip()),
                }
                .into()),
                _ => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}
