//! What goes wrong between us and a FreeSWITCH.

use super::peers::{bench, impatient_bench, originate, settling_bench};
use crate::model::{CallId, LegCommand, LegReply, Outcome};
use crate::switch::{Command, News, Sign};
use crate::wire::esl::{Frame, Headers, Message};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

fn ended(sign: Sign) -> (Outcome, String) {
    match sign {
        Sign::Ended { outcome, cause } => (outcome, cause.text.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_once_and_tried_again() {
    let mut bench = bench().await;
    for _ in 0..3 {
        let mut side = bench.accept().await;
        side.hear().await;
        side.reply("-ERR invalid").await;
    }
    let reason = bench.down().await;
    assert!(
        reason.contains("-ERR invalid") && reason.contains("event_socket.conf.xml"),
        "{reason}"
    );
    let peer = bench.up(&[]).await;
    drop(peer);
    assert!(bench.down().await.contains("closed the connection"));
}

#[tokio::test]
async fn an_address_that_is_not_welcome_is_told_where_to_be_allowed() {
    let mut bench = bench().await;
    let mut side = bench.accept_silently().await;
    side.say(&Message::Rejected("Access Denied, go away.\n".to_owned()))
        .await;
    let reason = bench.down().await;
    assert!(reason.contains("apply-inbound-acl"), "{reason}");
}

#[tokio::test]
async fn what_is_no_freeswitch_is_called_so() {
    let mut bench = bench().await;
    let mut side = bench.accept_silently().await;
    side.stream
        .write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        .await
        .unwrap();
    assert!(bench.down().await.contains("unreadable"));
}

#[tokio::test]
async fn calls_while_it_is_away_end_at_once() {
    let mut bench = bench().await;
    drop(bench.accept().await);
    bench.down().await;
    let call = CallId::draw();
    bench.order(Command::Originate(Box::new(originate(call))));
    let (of, sign) = bench.sign().await;
    assert_eq!(
        (of, ended(sign)),
        (call, (Outcome::Failed, "the switch is down".to_owned()))
    );
}

#[tokio::test]
async fn a_command_that_is_refused_ends_its_call() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let call = CallId::draw();
    bench.order(Command::Originate(Box::new(originate(call))));
    peer.commands.hear().await;
    peer.commands.reply("-ERR command not found").await;
    let (_, sign) = bench.sign().await;
    assert_eq!(
        ended(sign),
        (Outcome::Failed, "originate -ERR command not found".to_owned())
    );
}

#[tokio::test]
async fn a_value_that_cannot_be_carried_ends_its_call_and_no_other() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let (bad, good) = (CallId::draw(), CallId::draw());
    let mut asked = originate(bad);
    asked.variables.set("name", "}").unwrap();
    bench.order(Command::Originate(Box::new(asked)));
    bench.order(Command::Originate(Box::new(originate(good))));
    let (of, sign) = bench.sign().await;
    let (outcome, text) = ended(sign);
    assert!(
        of == bad && outcome == Outcome::Failed && text.starts_with("apicall_name: "),
        "{text}"
    );
    assert!(peer.commands.hear().await.line.contains(&good.to_string()));
}

#[tokio::test]
async fn a_half_open_connection_is_given_up() {
    let mut bench = impatient_bench().await;
    let peer = bench.up(&[]).await;
    let reason = bench.down().await;
    assert!(reason.contains("half open"), "{reason}");
    drop(peer);
}

#[tokio::test]
async fn signs_of_life_keep_it_up() {
    let mut bench = impatient_bench().await;
    let mut peer = bench.up(&[]).await;
    let call = CallId::draw();
    for _ in 0..3 {
        tokio::join!(peer.commands.live(), peer.events.live());
    }
    bench.order(Command::Originate(Box::new(originate(call))));
    assert!(peer.commands.hear().await.line.starts_with("bgapi originate "));
}

#[tokio::test]
async fn what_lives_on_is_told_and_followed_after_a_loss() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let (call, mut leg) = bench.answered(&mut peer).await;
    let stranger = CallId::draw();
    let notice = Frame {
        headers: Headers::new()
            .with("Content-Type", "text/disconnect-notice")
            .unwrap(),
        body: String::new(),
    };
    peer.events.say(&Message::Disconnect(notice)).await;
    assert!(bench.down().await.contains("ended the connection"));
    assert_eq!(leg.execute(LegCommand::Answer).await, LegReply::Gone);
    let mut peer = bench.up(&[(call, "ACTIVE"), (stranger, "RINGING")]).await;
    // Whoever let go of the leg meanwhile meant the channel.
    assert_eq!(peer.commands.hear().await.line, format!("api uuid_kill {call}"));
    bench.order(Command::Adopt(call));
    bench.order(Command::Adopt(stranger));
    assert_eq!(bench.sign().await, (stranger, Sign::Ringing));
    peer.hang_up(call).await;
    let (of, sign) = bench.sign().await;
    assert_eq!((of, ended(sign).0), (call, Outcome::Answered));
}

#[tokio::test]
async fn a_call_answered_while_nobody_listened_is_driven() {
    let mut bench = bench().await;
    let call = CallId::draw();
    let _peer = bench.up(&[(call, "ACTIVE")]).await;
    bench.order(Command::Adopt(call));
    assert_eq!(bench.sign().await, (call, Sign::Answered));
    assert_eq!(bench.leg().await.0, call);
}

#[tokio::test]
async fn an_end_that_overtakes_the_list_is_not_lost() {
    let mut bench = impatient_bench().await;
    let call = CallId::draw();
    let mut peer = bench.connected().await;
    peer.hang_up(call).await;
    peer.events.live().await;
    let other = CallId::draw();
    peer.list(&[(call, "ACTIVE"), (other, "RINGING")]).await;
    let News::Up { live } = bench.news().await else {
        panic!()
    };
    assert_eq!(live, [other]);
}

#[tokio::test]
async fn a_command_without_an_answer_breaks_the_connection() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    bench.order(Command::Originate(Box::new(originate(CallId::draw()))));
    peer.commands.hear().await;
    let reason = bench.down().await;
    assert!(reason.contains("unanswered"), "{reason}");
}

#[tokio::test]
async fn what_cannot_be_read_breaks_the_connection() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    peer.commands
        .stream
        .write_all(b"Content-Length: x\n\n")
        .await
        .unwrap();
    assert!(bench.down().await.contains("unreadable"));
}

#[tokio::test]
async fn a_list_that_is_refused_is_told_with_the_remedy() {
    let mut bench = bench().await;
    let mut peer = bench.connected().await;
    peer.commands
        .say(&Message::Response("-ERR show Command not found!\n".to_owned()))
        .await;
    let reason = bench.down().await;
    assert!(
        reason.contains("-ERR show") && reason.contains("allow `show`"),
        "{reason}"
    );
}

/// Empty lines, which FreeSWITCH takes for a reason to look for events.
#[tokio::test]
async fn events_are_looked_for_as_long_as_there_are_calls() {
    let mut bench = bench().await;
    let mut peer = bench.up(&[]).await;
    let mut said = [0; 16];
    let nothing = tokio::time::timeout(Duration::from_millis(100), peer.events.stream.read(&mut said)).await;
    assert!(nothing.is_err(), "there are no calls");
    let (call, leg) = bench.answered(&mut peer).await;
    for _ in 0..3 {
        let count = tokio::time::timeout(Duration::from_secs(10), peer.events.stream.read(&mut said));
        let count = count.await.expect("a word within ten seconds").unwrap();
        assert!(
            count > 0 && said[..count].iter().all(|byte| *byte == b'\n'),
            "{said:?}"
        );
    }
    peer.hang_up(call).await;
    bench.sign().await;
    drop(leg);
}

/// FreeSWITCH lists a channel only some time after it came, and until some time after it went.
#[tokio::test]
async fn the_list_of_channels_is_asked_for_when_it_has_caught_up() {
    let settle = Duration::from_millis(500);
    let mut bench = settling_bench(settle).await;
    let began = Instant::now();
    let mut peer = bench.connected().await;
    assert!(began.elapsed() >= settle, "after {:?}", began.elapsed());
    peer.list(&[]).await;
    assert!(matches!(bench.news().await, News::Up { .. }));
}
