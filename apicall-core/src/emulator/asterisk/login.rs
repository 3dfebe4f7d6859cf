//! Challenge and login.

use super::super::machine::SessionId;
use super::classes::Classes;
use super::pbx::Pbx;
use super::session::response;
use super::troubles::STOPPING;
use crate::wire::ami::{Block, Outgoing};
use md5::{Digest, Md5};
use rand::RngExt;
use secrecy::ExposeSecret;
use std::fmt::Write;
use std::time::Instant;

impl Pbx {
    pub(super) fn challenge(&mut self, id: SessionId, action: &Block) {
        let md5 = action
            .find("AuthType")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("MD5"));
        if !md5 {
            return self.respond(id, "Error", action, "Must specify AuthType");
        }
        let drawn = self.random.random_range(100_000_000..999_999_999_u32).to_string();
        let mut answer = response("Success", action);
        answer.header("Challenge", &drawn);
        if let Some(session) = self.desk.sessions.get_mut(&id) {
            session.challenge = Some(drawn);
            session.send(&answer);
        }
    }

    pub(super) fn log_in(&mut self, id: SessionId, action: &Block, now: Instant) {
        let Some(session) = self.desk.sessions.get_mut(&id) else {
            return;
        };
        if session.known {
            return session.respond("Success", action, "Already authenticated");
        }
        if self.troubles.stopping.is_some() {
            session.respond("Error", action, STOPPING);
            return self.end_session(id);
        }
        let user = action.find("Username").unwrap_or_default();
        let proven = match (action.find("Key"), &session.challenge) {
            (Some(key), Some(challenge)) => {
                let expected = md5_hex(challenge, self.config.secret.expose_secret());
                key.eq_ignore_ascii_case(&expected)
            }
            (Some(_), None) => false,
            (None, _) => action.find("Secret") == Some(self.config.secret.expose_secret()),
        };
        // Who is not on the list is told no more than who does not know the secret.
        let proven = proven && !self.troubles.turns_away;
        if !proven || user != self.config.user {
            let mut refusal = response("Error", action);
            refusal.header("Message", "Authentication failed");
            return self.refuse_login(id, refusal, now);
        }
        session.known = true;
        (session.read, session.write) = (self.config.read, self.config.write);
        if let Some(mask) = action.find("Events").and_then(Classes::mask) {
            session.mask = mask;
        }
        session.respond("Success", action, "Authentication accepted");
        if session.listens(Classes::SYSTEM) {
            session.send(&fully_booted((now - self.booted_at).as_secs()));
        }
        self.tell_of_login(user, id);
    }

    /// Somebody asked for more than they may.
    pub(super) fn forbid(&mut self, id: SessionId, action: &Block) {
        self.respond(id, "Error", action, "Permission denied");
        let (seconds, user) = (self.epoch_s, self.config.user.clone());
        self.desk.tell(Classes::SECURITY, "RequestNotAllowed", |sheet| {
            sheet.number("EventTV", seconds);
            sheet.header("Severity", "Error");
            sheet.header("Service", "AMI");
            sheet.header("EventVersion", "1");
            sheet.header("AccountID", &user);
            sheet.number("SessionID", format_args!("{id:#x}"));
            sheet.header("RequestType", &format!("Action: {}", action.name()));
        });
    }

    fn tell_of_login(&mut self, user: &str, id: SessionId) {
        let booted = self.epoch_s;
        self.desk.tell(Classes::SECURITY, "SuccessfulAuth", |sheet| {
            sheet.number("EventTV", booted);
            sheet.header("Severity", "Informational");
            sheet.header("Service", "AMI");
            sheet.header("EventVersion", "1");
            sheet.header("AccountID", user);
            sheet.number("SessionID", format_args!("{id:#x}"));
            sheet.header("UsingPassword", "0");
        });
    }
}

fn fully_booted(uptime_s: u64) -> Outgoing {
    let mut event = Outgoing::default();
    event.begin_event("FullyBooted");
    event.header("Privilege", Classes::SYSTEM.privilege());
    event.number("Uptime", uptime_s);
    event.number("LastReload", uptime_s);
    event.header("Status", "Fully Booted");
    event
}

fn md5_hex(challenge: &str, secret: &str) -> String {
    let digest = Md5::digest(format!("{challenge}{secret}"));
    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
        text
    })
}
