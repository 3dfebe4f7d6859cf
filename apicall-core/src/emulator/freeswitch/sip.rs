//! The variables that SIP and media leave on a channel, in the order in which FreeSWITCH sets them (recordings
//! `originate_*`, `early_media_ignored_or_not`).

use super::channel::Channel;
use super::variables::Variables;

/// What is told of a far end that is not there.
struct FarEnd<'a> {
    uuid: &'a str,
    number: &'a str,
    gateway: &'a str,
    caller: &'a str,
    name: &'a str,
    serial: u64,
}

type Table = &'static [(&'static str, &'static str)];

/// Before the dial string's own variables.
const MADE: Table = &[
    ("direction", "outbound"),
    ("is_outbound", "true"),
    ("uuid", "{uuid}"),
    ("call_uuid", "{uuid}"),
    ("session_id", "{serial}"),
];
const DIALED: Table = &[
    ("sip_gateway_name", "{gateway}"),
    ("sip_local_network_addr", "127.0.0.1"),
    ("sip_profile_name", "gateway"),
    ("video_media_flow", "disabled"),
    ("text_media_flow", "disabled"),
    ("channel_name", "{name}"),
    ("sip_destination_url", "sip:{number}@127.0.0.1:5090"),
];
/// Behind them.
const INVITED: Table = &[
    ("rtp_use_codec_string", "PCMU,PCMA"),
    ("local_media_ip", "127.0.0.1"),
    ("local_media_port", "{port}"),
    ("advertised_media_ip", "127.0.0.1"),
    ("audio_media_flow", "sendrecv"),
    (
        "rtp_local_sdp_str",
        "v=0\r\no=FreeSWITCH 1795156715 1795156716 IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 8 101 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:13 CN/8000\r\na=ptime:20\r\na=sendrecv\r\n",
    ),
    (
        "sip_outgoing_contact_uri",
        "<sip:none@127.0.0.1:5080;transport=udp;gw={gateway}>",
    ),
    ("sip_req_uri", "{number}@127.0.0.1:5090"),
    ("sip_to_host", "127.0.0.1:5090"),
    ("sip_from_host", "127.0.0.1"),
    ("sofia_profile_name", "external"),
    ("recovery_profile_name", "external"),
    ("sofia_profile_url", "sip:mod_sofia@127.0.0.1:5080"),
];
/// With the first answer of any kind.
const NETWORK: Table = &[
    ("sip_local_network_addr", "127.0.0.1"),
    ("sip_reply_host", "127.0.0.1"),
    ("sip_reply_port", "5090"),
    ("sip_network_ip", "127.0.0.1"),
    ("sip_network_port", "5090"),
];
const REDIRECTED: Table = &[
    ("sip_hangup_disposition", "recv_refuse"),
    ("sip_redirect_contact_0", "<sip:{number}@127.0.0.1:5090>"),
    ("sip_redirected_to", "<sip:{number}@127.0.0.1:5090>"),
    ("sip_redirect_contact_user_0", "{number}"),
    ("sip_redirect_contact_host_0", "127.0.0.1"),
];
const DIALOG: Table = &[
    ("sip_recover_contact", "<sip:127.0.0.1:5090;transport=UDP>"),
    (
        "sip_full_via",
        "SIP/2.0/UDP 127.0.0.1:5080;rport;branch=z9hG4bK{tag}",
    ),
    (
        "sip_recover_via",
        "SIP/2.0/UDP 127.0.0.1:5080;rport;branch=z9hG4bK{tag}",
    ),
    ("sip_full_from", "<sip:{caller}@127.0.0.1>;tag=F{tag}"),
    ("sip_full_to", "<sip:{number}@127.0.0.1:5090>;tag=T{tag}"),
    ("sip_from_user", "{caller}"),
    ("sip_from_uri", "{caller}@127.0.0.1"),
    ("sip_from_host", "127.0.0.1"),
    ("sip_to_user", "{number}"),
    ("sip_to_port", "5090"),
    ("sip_to_uri", "{number}@127.0.0.1:5090"),
    ("sip_to_host", "127.0.0.1"),
    ("sip_contact_params", "transport=UDP"),
    ("sip_contact_user", "nobody"),
    ("sip_contact_port", "5090"),
    ("sip_contact_uri", "nobody@127.0.0.1:5090"),
    ("sip_contact_host", "127.0.0.1"),
    ("sip_to_tag", "T{tag}"),
    ("sip_from_tag", "F{tag}"),
    ("sip_cseq", "123{serial}"),
    ("sip_call_id", "{tag}-5fdb-1240-6785-96cde77e5075"),
];
const CODECS: Table = &[("ep_codec_string", "CORE_PCM_MODULE.PCMU@8000h@20i@64000b")];
const OFFERED: Table = &[(
    "switch_r_sdp",
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {far_port} RTP/AVP 0 101\r\n\
     a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
)];
const AGREED: Table = &[
    ("rtp_use_codec_string", "PCMU,PCMA"),
    ("remote_video_media_flow", "inactive"),
    ("remote_text_media_flow", "inactive"),
    ("remote_audio_media_flow", "sendrecv"),
];
const FLOWS: Table = &[("audio_media_flow", "sendrecv")];
const MEDIA: Table = &[
    ("rtp_audio_recv_pt", "0"),
    ("rtp_use_codec_name", "PCMU"),
    ("rtp_use_codec_rate", "8000"),
    ("rtp_use_codec_ptime", "20"),
    ("rtp_use_codec_channels", "1"),
    ("rtp_last_audio_codec_string", "PCMU@8000h@20i@1c"),
    ("read_codec", "PCMU"),
    ("original_read_codec", "PCMU"),
    ("read_rate", "8000"),
    ("original_read_rate", "8000"),
    ("write_codec", "PCMU"),
    ("write_rate", "8000"),
    ("dtmf_type", "rfc2833"),
    ("local_media_ip", "127.0.0.1"),
    ("local_media_port", "{port}"),
    ("advertised_media_ip", "127.0.0.1"),
    ("rtp_use_timer_name", "soft"),
    ("rtp_use_pt", "0"),
    ("rtp_use_ssrc", "654{serial}"),
    ("rtp_2833_send_payload", "101"),
    ("rtp_2833_recv_payload", "101"),
    ("remote_media_ip", "127.0.0.1"),
    ("remote_media_port", "{far_port}"),
];
const CALL_ID: Table = &[("sip_call_id", "{tag}-5fdb-1240-6785-96cde77e5075")];
/// What RTP leaves at the end, of callees whose audio is not there.
const COUNTED: [(&str, &str); 27] = [
    ("in_raw_bytes", "0"),
    ("in_media_bytes", "0"),
    ("in_packet_count", "0"),
    ("in_media_packet_count", "0"),
    ("in_skip_packet_count", "0"),
    ("in_jitter_packet_count", "0"),
    ("in_dtmf_packet_count", "0"),
    ("in_cng_packet_count", "0"),
    ("in_flush_packet_count", "0"),
    ("in_largest_jb_size", "0"),
    ("in_jitter_min_variance", "0.00"),
    ("in_jitter_max_variance", "0.00"),
    ("in_jitter_loss_rate", "0.00"),
    ("in_jitter_burst_rate", "0.00"),
    ("in_mean_interval", "0.00"),
    ("in_flaw_total", "0"),
    ("in_quality_percentage", "100.00"),
    ("in_mos", "4.50"),
    ("out_raw_bytes", "0"),
    ("out_media_bytes", "0"),
    ("out_packet_count", "0"),
    ("out_media_packet_count", "0"),
    ("out_skip_packet_count", "0"),
    ("out_dtmf_packet_count", "0"),
    ("out_cng_packet_count", "0"),
    ("rtcp_packet_count", "0"),
    ("rtcp_octet_count", "0"),
];

/// How somebody hung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The far end said BYE.
    Bye,
    /// The far end refused with this status.
    Refused(u16),
    /// The far end named another number, with this status, and the redirect is not followed.
    Redirected(u16),
    /// Our side ended it.
    Ours,
}

impl Channel {
    fn put(&mut self, tables: &[Table]) {
        let mut variables = std::mem::take(&mut self.variables);
        let caller = self.caller_number().to_owned();
        let far_end = FarEnd {
            uuid: &self.uuid,
            number: &self.number,
            gateway: &self.gateway,
            caller: &caller,
            name: &self.name,
            serial: self.serial,
        };
        for (name, template) in tables.iter().copied().flatten() {
            variables.set(name, far_end.fill(template));
        }
        self.variables = variables;
    }

    /// A channel that came to nothing has these alone.
    pub(super) fn made(&mut self) {
        self.put(&[MADE]);
    }

    /// What stands on it before the dial string's variables.
    pub(super) fn dialed(&mut self) {
        self.put(&[MADE, DIALED]);
    }

    /// And behind them.
    pub(super) fn invited(&mut self) {
        let ignored = matches!(
            self.variables.find("ignore_early_media"),
            Some("true" | "yes" | "1" | "on")
        );
        let early = if ignored { "false" } else { "true" };
        self.variables.set("originate_early_media", early);
        self.variables.set("originate_endpoint", "sofia");
        self.put(&[INVITED]);
    }

    /// Something came back: 180, 183 or 200.
    pub(super) fn reached(&mut self) {
        if !std::mem::replace(&mut self.has_network, true) {
            self.put(&[NETWORK, DIALOG]);
        }
    }

    /// 183.
    pub(super) fn early_media(&mut self) {
        self.has_network = true;
        self.put(&[NETWORK, CODECS, DIALOG, OFFERED]);
        self.variables.set("endpoint_disposition", "EARLY MEDIA");
    }

    /// What 183 brought is heard.
    pub(super) fn early_codecs(&mut self) {
        self.put(&[CODECS, AGREED, FLOWS, MEDIA]);
        self.variables.set("endpoint_disposition", "EARLY MEDIA");
        self.read_codec = Some("PCMU");
    }

    /// 200.
    pub(super) fn media(&mut self) {
        if self.read_codec.is_some() {
            return self.put(&[NETWORK, CODECS, DIALOG, OFFERED]);
        }
        self.reached();
        self.put(&[OFFERED, CODECS, AGREED, MEDIA]);
        self.read_codec = Some("PCMU");
    }

    /// Before the hang-up is told.
    pub(super) fn hangup_begins(&mut self, ending: Ending) {
        let status = match ending {
            Ending::Ours => return,
            Ending::Bye => 200,
            Ending::Refused(status) => {
                self.has_network = true;
                self.put(&[CALL_ID, NETWORK]);
                let status_text = status.to_string();
                let refused = [
                    ("sip_hangup_disposition", "recv_refuse"),
                    ("sip_invite_failure_status", &status_text),
                    ("sip_invite_failure_phrase", super::cause::phrase(status)),
                ];
                for (name, value) in refused {
                    self.variables.set(name, value);
                }
                status
            }
            Ending::Redirected(status) => return self.redirected(status),
        };
        let cause = super::cause::Cause::of_status(status).q850();
        self.variables.set("sip_term_status", status.to_string());
        self.variables
            .set("proto_specific_hangup_cause", format!("sip:{status}"));
        self.variables.set("sip_term_cause", cause.to_string());
    }

    /// As a real one told it with `outbound_redirect_fatal` (the lab's 24).
    fn redirected(&mut self, status: u16) {
        self.has_network = true;
        self.put(&[CALL_ID, NETWORK, REDIRECTED]);
        self.variables
            .set("proto_specific_hangup_cause", format!("sip:{status}"));
    }

    /// Behind it.
    pub(super) fn hangup_begun(&mut self, ending: Ending) {
        if ending == Ending::Bye {
            self.variables.set("sip_hangup_disposition", "recv_bye");
        }
    }

    /// After the times of the call were set.
    pub(super) fn hangup_ends(&mut self, ending: Ending) {
        if matches!(ending, Ending::Ours | Ending::Redirected(_)) {
            let answered = self.times.answered > 0;
            let disposition = if answered { "send_bye" } else { "send_cancel" };
            self.variables.set("sip_hangup_disposition", disposition);
            if !answered {
                self.variables.set("sip_invite_failure_status", "487");
                self.variables.set("sip_invite_failure_phrase", "CANCEL");
            }
        }
        if self.read_codec.is_some() {
            count(&mut self.variables);
        }
    }
}

fn count(variables: &mut Variables) {
    for (name, value) in COUNTED {
        variables.set(&format!("rtp_audio_{name}"), value);
    }
}

impl FarEnd<'_> {
    /// Puts what is told in braces.
    fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').expect("templates are written in code");
            text.push_str(before);
            self.tell(name, &mut text);
            rest = after;
        }
        text.push_str(rest);
        text
    }

    fn tell(&self, name: &str, into: &mut String) {
        use std::fmt::Write;
        let serial = self.serial;
        let written = match name {
            "uuid" => into.write_str(self.uuid),
            "number" => into.write_str(self.number),
            "gateway" => into.write_str(self.gateway),
            "caller" => into.write_str(self.caller),
            "name" => into.write_str(self.name),
            "serial" => write!(into, "{serial}"),
            "tag" => write!(into, "{:08x}", serial.wrapping_mul(0x9e37_79b9) & 0xffff_ffff),
            "port" => write!(into, "{}", 16_384 + serial * 2 % 16_384),
            _ => write!(into, "{}", 40_000 + serial * 2 % 16_384),
        };
        written.expect("a string takes all that is written");
    }
}
