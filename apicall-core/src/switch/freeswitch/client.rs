//! The task that owns the two connections: it connects again and again, passes commands on and events up.

use super::config::FreeSwitchConfig;
use super::connection::{Connection, Heard, in_words};
use super::lease::Lease;
use super::leg::{EslLeg, LegNews, LegOrder};
use super::listen::Ears;
use super::originate;
use super::tracker::{Told, Tracker};
use super::wishes::wishes;
use crate::model::CallId;
use crate::switch::hangups::Hangups;
use crate::switch::reporter::Reporter;
use crate::switch::socket::{Backoff, Broken, now, sleep_until};
use crate::switch::{self, Command, Originate};
use crate::wire::esl::{self, is_refusal};
use serde::Deserialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Runs until shutdown.
pub(super) async fn run(
    config: Arc<FreeSwitchConfig>,
    ears: Ears,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<switch::Event>,
    shutdown: CancellationToken,
) {
    let (leg_orders, legs_ask) = mpsc::unbounded_channel();
    let mut client = Client {
        reporter: Reporter::new(config.name.clone(), events),
        commands,
        tracker: Tracker::default(),
        hangups: Hangups::default(),
        lease: Lease::new(config.timing.lease),
        adopted: Vec::new(),
        legs: HashMap::new(),
        leg_orders,
        legs_ask,
        config,
        ears,
    };
    shutdown.run_until_cancelled(client.stay_connected()).await;
}

/// As often FreeSWITCH is to look for events while there are calls: who answers would else wait for up to 20 ms to be spoken to, and
/// again at the end of each prompt.
const NUDGE_EVERY: Duration = Duration::from_millis(5);

/// What a reply is about.
#[derive(Debug)]
enum About {
    List,
    Originate(CallId),
    HangUp(CallId),
    Leg(CallId, u64),
    Lease,
    /// A call of an earlier run is made ours; it may be over.
    TakeOver,
}

/// The two connections.
#[derive(Debug)]
struct Link {
    commands: Connection<About>,
    events: Connection<Infallible>,
    list: List,
    /// When FreeSWITCH is to look for events next.
    nudge_at: Instant,
    /// Where calls are listened to.
    ears: Arc<Ears>,
}

/// How far the list of channels is. It tells of a channel up to 0.4 s after the channel came or went (1.10.12 with
/// nothing to do), so it is asked for when all from before the first event must be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// To be asked for then.
    Due(Instant),
    /// On its way.
    Asked,
    /// Here.
    Known,
}

impl Link {
    /// Events first: nothing may happen between the list of channels and the first event.
    async fn open(config: &FreeSwitchConfig, ears: &Ears) -> Result<Self, Broken> {
        let mut events = Connection::open(config).await?;
        for wish in wishes().map_err(in_words)? {
            let asking = tokio::time::timeout(config.timing.login, events.ask(&wish)).await;
            let said = asking.unwrap_or_else(|_| Err("no answer to a wish for events".to_owned()))?;
            if is_refusal(&said) {
                return Err(format!(
                    "FreeSWITCH sends no events: {said}; see allowed-events of the user"
                ));
            }
        }
        let commands = Connection::open(config).await?;
        let ears = ears.at(commands.own_address());
        Ok(Self {
            commands,
            events,
            list: List::Due(now() + config.timing.settle),
            nudge_at: now(),
            ears,
        })
    }
}

struct Client {
    config: Arc<FreeSwitchConfig>,
    /// Where calls are listened to, whatever the connection.
    ears: Ears,
    commands: mpsc::UnboundedReceiver<Command>,
    reporter: Reporter,
    tracker: Tracker,
    hangups: Hangups,
    lease: Lease,
    /// Calls of an earlier run that are still to be made ours.
    adopted: Vec<CallId>,
    /// Where a leg hears.
    legs: HashMap<CallId, mpsc::UnboundedSender<LegNews>>,
    leg_orders: mpsc::UnboundedSender<(CallId, LegOrder)>,
    legs_ask: mpsc::UnboundedReceiver<(CallId, LegOrder)>,
}

impl Client {
    async fn stay_connected(&mut self) {
        let mut backoff = Backoff::new(self.config.timing);
        loop {
            let reason = match self.connect().await {
                Ok(mut link) => {
                    backoff.reset();
                    self.converse(&mut link).await
                }
                Err(reason) => reason,
            };
            // What an application said meanwhile would never come: whoever drives a channel has lost it.
            self.legs.clear();
            self.tracker.link_lost();
            self.pass_on_signs();
            self.reporter.down(reason);
            self.without_link(tokio::time::sleep(backoff.pause())).await;
        }
    }

    async fn connect(&mut self) -> Result<Link, Broken> {
        let (config, ears) = (self.config.clone(), self.ears.clone());
        self.without_link(Link::open(&config, &ears)).await
    }

    /// Waits for something; commands that come meanwhile find the switch down.
    async fn without_link<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        tokio::pin!(awaited);
        loop {
            tokio::select! {
                done = &mut awaited => return done,
                Some(command) = self.commands.recv() => self.refuse(command),
                Some((call, order)) = self.legs_ask.recv() => {
                    if let LegOrder::LetGo = order {
                        self.tracker.unwanted(call);
                    }
                }
            }
        }
    }

    fn refuse(&mut self, command: Command) {
        match command {
            Command::Originate(originate) => self.reporter.never_tried(originate.call, "the switch is down"),
            Command::Forget(call) => self.tracker.forget(call),
            Command::Adopt(call) => self.adopt(call),
            // Done when the switch is back and still has it.
            Command::Hangup(call) => self.tracker.unwanted(call),
        }
        self.pass_on_signs();
    }

    /// Without a connection there is nothing else to tell.
    fn pass_on_signs(&mut self) {
        for told in self.tracker.told() {
            if let Told::Sign(call, sign) = told {
                self.reporter.sign(call, sign);
            }
        }
    }

    /// Lists the calls, then passes everything on until a connection breaks.
    async fn converse(&mut self, link: &mut Link) -> Broken {
        self.tracker.begin_list();
        match self.lease.ask() {
            Ok(command) => link.commands.send(&command, About::Lease),
            Err(error) => tracing::error!(%error, "a lease cannot be asked for"),
        }
        loop {
            if let Err(reason) = self.take(link) {
                return reason;
            }
            self.hold_calls(link);
            self.ask_for_list(link);
            self.expire(link);
            self.pass_on(link);
            self.nudge(link);
            let known = link.list == List::Known;
            if known && let Some(reactions) = link.commands.socket.reactions() {
                self.reporter.reacted(reactions);
            }
            let report_due = link.commands.socket.report_due().filter(|_| known);
            let due = self.next_due(link).into_iter().chain(report_due).min();
            let moved = tokio::select! {
                moved = link.events.move_bytes() => moved,
                moved = link.commands.move_bytes() => moved,
                Some(command) = self.commands.recv(), if known => {
                    self.obey(command, link);
                    Ok(())
                }
                Some((call, order)) = self.legs_ask.recv() => {
                    self.serve(call, order, link);
                    Ok(())
                }
                () = sleep_until(due) => Ok(()),
            };
            if let Err(reason) = moved {
                return reason;
            }
        }
    }

    /// Takes in what has come.
    fn take(&mut self, link: &mut Link) -> Result<(), Broken> {
        while let Some(heard) = link.events.poll()? {
            match heard {
                Heard::Event(event) => self.hear(event),
                Heard::Reply(never, _) => match never {},
            }
        }
        while let Some(heard) = link.commands.poll()? {
            let Heard::Reply(about, text) = heard else {
                continue;
            };
            if let About::Originate(_) = about {
                link.commands.socket.originated();
            }
            match about {
                About::List => {
                    let live = self.list(&text)?;
                    link.list = List::Known;
                    self.reporter.up(live);
                }
                About::Originate(call) if is_refusal(&text) => self.tracker.refused(call, text.trim()),
                About::HangUp(call) if is_refusal(&text) => self.hang_up_again(call),
                About::Lease => {
                    let refused = is_refusal(&text);
                    self.lease.replied(refused, now());
                    if refused {
                        tracing::warn!(
                            said = text.trim(),
                            "FreeSWITCH would not end the calls of an engine that is gone; allow `sched_api` and \
                             `sched_del` to the user"
                        );
                    }
                }
                About::Originate(call) => self.tracker.begun(call),
                About::HangUp(_) | About::TakeOver => {}
                About::Leg(call, id) => {
                    self.tell_leg(call, LegNews::Replied(id, text));
                }
            }
        }
        Ok(())
    }

    /// Sees to it that FreeSWITCH lets our calls live.
    fn hold_calls(&mut self, link: &mut Link) {
        for call in self.adopted.drain(..) {
            match self.lease.take_over(call) {
                Ok(command) => link.commands.send(&command, About::TakeOver),
                Err(error) => tracing::error!(%error, "a call's id cannot be sent"),
            }
        }
        match self.lease.renewal(now()) {
            Some(Ok(commands)) => {
                for command in &commands {
                    link.commands.send(command, About::Lease);
                }
            }
            Some(Err(error)) => tracing::error!(%error, "a lease cannot be sent"),
            None => {}
        }
    }

    fn adopt(&mut self, call: CallId) {
        if !self.tracker.follows(call) {
            self.adopted.push(call);
        }
        self.tracker.adopt(call);
    }

    fn ask_for_list(&self, link: &mut Link) {
        if matches!(link.list, List::Due(at) if at <= now()) && !self.lease.is_asked() {
            let command = esl::Command::api("show channels as json");
            link.commands.send(&command, About::List);
            link.list = List::Asked;
        }
    }

    fn hear(&mut self, event: esl::Event) {
        self.tracker.event(&event, now());
        let Some(call) = event.find("Unique-ID").and_then(|id| id.parse().ok()) else {
            return;
        };
        match event.name() {
            "CHANNEL_HANGUP_COMPLETE" => {
                self.legs.remove(&call);
            }
            "DTMF" | "CHANNEL_EXECUTE_COMPLETE" | "CHANNEL_BRIDGE" | "CHANNEL_PARK" => {
                self.tell_leg(call, LegNews::Event(Box::new(event)));
            }
            _ => {}
        }
    }

    fn tell_leg(&mut self, call: CallId, news: LegNews) {
        if let Some(leg) = self.legs.get(&call)
            && leg.send(news).is_err()
        {
            self.legs.remove(&call);
        }
    }

    fn list(&mut self, output: &str) -> Result<Vec<CallId>, Broken> {
        let channels: Channels = serde_json::from_str(output).map_err(|_| {
            let said = output.lines().next().unwrap_or_default();
            format!("FreeSWITCH does not list its channels: {said}; allow `show` to the user")
        })?;
        for channel in channels.rows {
            self.tracker.list(&channel.uuid, &channel.callstate);
        }
        Ok(self.tracker.end_list())
    }

    fn obey(&mut self, command: Command, link: &mut Link) {
        match command {
            Command::Originate(originate) => self.originate(&originate, link),
            Command::Hangup(call) => {
                self.tracker.unwanted(call);
                self.hang_up(call, link);
            }
            Command::Adopt(call) => self.adopt(call),
            Command::Forget(call) => self.tracker.forget(call),
        }
    }

    fn originate(&mut self, originate: &Originate, link: &mut Link) {
        let call = originate.call;
        match originate::command(originate, &self.lease, &self.config) {
            Ok(command) => {
                self.tracker.originated(call);
                link.commands.send(&command, About::Originate(call));
            }
            Err(invalid) => self.reporter.never_tried(call, &invalid.to_string()),
        }
    }

    fn serve(&mut self, call: CallId, order: LegOrder, link: &mut Link) {
        match order {
            LegOrder::Send(id, command) => link.commands.send(&command, About::Leg(call, id)),
            LegOrder::LetGo => {
                self.tracker.unwanted(call);
                self.hang_up(call, link);
            }
        }
    }

    fn hang_up(&mut self, call: CallId, link: &mut Link) {
        let command = esl::Command::api("uuid_kill").word("channel", &call.to_string());
        match command {
            Ok(command) => link.commands.send(&command, About::HangUp(call)),
            Err(error) => tracing::error!(%error, "a call's id cannot be sent"),
        }
    }

    /// FreeSWITCH has no such channel: not yet, when the call is still followed.
    fn hang_up_again(&mut self, call: CallId) {
        if self.tracker.follows(call) {
            self.hangups.too_early(call, now());
        }
    }

    fn expire(&mut self, link: &mut Link) {
        let now = now();
        self.tracker.expire(now);
        for call in self.hangups.due(now, |call| self.tracker.follows(call)) {
            self.hang_up(call, link);
        }
    }

    fn nudge(&self, link: &mut Link) {
        let now = now();
        if self.tracker.has_calls() && link.nudge_at <= now {
            link.nudge_at = now + NUDGE_EVERY;
            link.events.nudge();
        }
    }

    fn next_due(&self, link: &Link) -> Option<Instant> {
        let list = match link.list {
            List::Due(at) if !self.lease.is_asked() => Some(at),
            List::Due(_) | List::Asked | List::Known => None,
        };
        let due = [
            list,
            self.tracker.next_due(),
            self.hangups.next_due(),
            self.lease.next_due(),
            self.tracker.has_calls().then_some(link.nudge_at),
        ];
        due.into_iter().flatten().min()
    }

    fn pass_on(&mut self, link: &mut Link) {
        for told in self.tracker.told() {
            match told {
                Told::Sign(call, sign) => self.reporter.sign(call, sign),
                Told::HangUp(call) => self.hang_up(call, link),
                Told::Ready(call) => self.hand_over(call, &link.ears),
            }
        }
    }

    fn hand_over(&mut self, call: CallId, ears: &Arc<Ears>) {
        let (tell, news) = mpsc::unbounded_channel();
        // One that is over hears nothing more.
        if self.tracker.follows(call) {
            self.legs.insert(call, tell);
        }
        let (orders, config) = (self.leg_orders.clone(), self.config.clone());
        let leg = EslLeg::new(call, orders, news, config, ears.clone());
        self.reporter.leg(call, Box::new(leg));
    }
}

/// What `show channels as json` prints; without channels there are no rows.
#[derive(Debug, Deserialize)]
struct Channels {
    #[serde(default)]
    rows: Vec<Channel>,
}

#[derive(Debug, Deserialize)]
struct Channel {
    uuid: String,
    #[serde(default)]
    callstate: String,
}
