//! The audio of parked channels.

use super::Bench;
use crate::emulator::speech::Frame;
use std::time::Duration;

const HERE: &str = "127.0.0.1:40000";

impl Bench {
    /// Has the audio of a channel sent to that port.
    fn unicast(&mut self, number: &str, port: u16) {
        self.say(&format!(
            "sendmsg {number}\ncall-command: unicast\nlocal-ip: 127.0.0.1\nlocal-port: 0\nremote-ip: 127.0.0.1\n\
             remote-port: {port}\ntransport: udp\n\n"
        ));
    }

    /// Frames sent since the last look.
    fn frames(&mut self) -> Vec<Frame> {
        let here = HERE.parse().unwrap();
        let sounds = std::mem::take(&mut self.sounds);
        assert!(sounds.iter().all(|(_, to, _)| *to == here), "{sounds:?}");
        let times: Vec<_> = sounds.iter().map(|(at, ..)| *at).collect();
        for two in times.windows(2) {
            assert!((two[1] - two[0]).as_millis() % 20 == 0, "{times:?}");
        }
        sounds.iter().map(|(.., frame)| *frame).collect()
    }
}

/// One whose callee has just answered, and is listened to.
fn listening(says: &str) -> Bench {
    let mut bench = Bench::hearing("CHANNEL_PARK CHANNEL_UNPARK CHANNEL_EXECUTE_COMPLETE", |_| {});
    bench.originate("20", &[("APICALL_CALLEE", &format!(r#"{{"says":"{says}"}}"#))]);
    bench.unicast("20", 40_000);
    bench
}

#[test]
fn a_parked_channel_sends_what_its_callee_says() {
    let mut bench = listening("human");
    bench.pass(Duration::from_secs(2));
    let frames = bench.frames();
    let spoken = |frame: &Frame| matches!(frame, Frame::Speech(_));
    let spoken: Vec<_> = frames.iter().map(spoken).collect();
    let expected = [vec![false; 15], vec![true; 30], vec![false; 55]].concat();
    assert_eq!(spoken, expected);
    let mut bench = listening("nothing");
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.frames(), [Frame::Nothing; 50]);
}

#[test]
fn what_is_played_is_in_the_way_and_a_new_parking_ends_it() {
    let mut bench = listening("machine");
    bench.pass_ms(1_000);
    assert_eq!(bench.frames().len(), 50);
    // A second is not heard of.
    bench.unicast("20", 40_001);
    bench.execute("20", "playback", "en_breve", true);
    bench.pass_ms(980);
    assert_eq!(bench.frames(), []);
    bench.pass_ms(1_000);
    // The rest of it, and then a frame every 20 ms.
    let frames = bench.frames().len();
    assert!((48..=50).contains(&frames), "{frames}");
    bench.say("api uuid_transfer 20 park inline\n\n");
    bench.pass_ms(60);
    assert!(bench.frames().len() <= 1);
    assert_eq!(
        bench.names(),
        [
            "CHANNEL_PARK",
            "CHANNEL_EXECUTE_COMPLETE",
            "CHANNEL_UNPARK",
            "CHANNEL_EXECUTE_COMPLETE",
            "CHANNEL_PARK"
        ]
    );
    // And can be listened to again.
    bench.unicast("20", 40_000);
    bench.pass_ms(100);
    assert_eq!(bench.frames().len(), 5);
    bench.say("api uuid_kill 20\n\n");
    bench.pass_ms(1_000);
    assert_eq!(bench.frames(), []);
}
