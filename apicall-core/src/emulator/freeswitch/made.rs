//! Which lines of FreeSWITCH make which events.

/// One event is made in two places.
pub(super) const WRITE_CODEC: &str = "CODEC to write";

/// And the data of a channel, too.
pub(super) const CONNECTED: &str = "CHANNEL_DATA to connect";

/// Where FreeSWITCH makes an event: its file, function and line (1.10.12).
const MADE_IN: [(&str, &str, &str, &str); 29] = [
    ("BACKGROUND_JOB", "mod_event_socket.c", "api_exec", "1572"),
    (
        "CALL_UPDATE",
        "switch_channel.c",
        "switch_channel_flip_cid",
        "3277",
    ),
    (
        "CHANNEL_ANSWER",
        "switch_channel.c",
        "switch_channel_perform_mark_answered",
        "3846",
    ),
    (
        "CHANNEL_BRIDGE",
        "switch_ivr_bridge.c",
        "switch_ivr_multi_threaded_bridge",
        "1689",
    ),
    (
        "CHANNEL_CALLSTATE",
        "switch_channel.c",
        "switch_channel_perform_set_callstate",
        "301",
    ),
    (
        "CHANNEL_CREATE",
        "switch_core_state_machine.c",
        "switch_core_session_run",
        "626",
    ),
    ("CHANNEL_DATA", "mod_commands.c", "uuid_dump_function", "6492"),
    (
        "CHANNEL_DESTROY",
        "switch_core_session.c",
        "switch_core_session_perform_destroy",
        "1584",
    ),
    (CONNECTED, "mod_event_socket.c", "parse_command", "2021"),
    (
        "CHANNEL_EXECUTE",
        "switch_core_session.c",
        "switch_core_session_exec",
        "2944",
    ),
    (
        "CHANNEL_EXECUTE_COMPLETE",
        "switch_core_session.c",
        "switch_core_session_exec",
        "2967",
    ),
    (
        "CHANNEL_HANGUP",
        "switch_channel.c",
        "switch_channel_perform_hangup",
        "3445",
    ),
    (
        "CHANNEL_HANGUP_COMPLETE",
        "switch_core_state_machine.c",
        "switch_core_session_reporting_state",
        "943",
    ),
    (
        "CHANNEL_ORIGINATE",
        "switch_core_state_machine.c",
        "switch_core_session_run",
        "632",
    ),
    (
        "CHANNEL_OUTGOING",
        "switch_core_session.c",
        "switch_core_session_outgoing_channel",
        "768",
    ),
    ("CHANNEL_PARK", "switch_ivr.c", "switch_ivr_park", "1002"),
    (
        "CHANNEL_PROGRESS",
        "switch_channel.c",
        "switch_channel_perform_mark_ring_ready_value",
        "3505",
    ),
    (
        "CHANNEL_PROGRESS_MEDIA",
        "switch_channel.c",
        "switch_channel_perform_mark_pre_answered",
        "3560",
    ),
    (
        "CHANNEL_STATE",
        "switch_channel.c",
        "switch_channel_perform_set_running_state",
        "2408",
    ),
    (
        "CHANNEL_UNBRIDGE",
        "switch_ivr_bridge.c",
        "switch_ivr_multi_threaded_bridge",
        "1879",
    ),
    ("CHANNEL_UNPARK", "switch_ivr.c", "switch_ivr_park", "1213"),
    (
        "CODEC",
        "switch_core_codec.c",
        "switch_core_session_set_real_read_codec",
        "168",
    ),
    (
        WRITE_CODEC,
        "switch_core_codec.c",
        "switch_core_session_set_write_codec",
        "450",
    ),
    ("DTMF", "switch_channel.c", "switch_channel_dequeue_dtmf", "677"),
    (
        "PLAYBACK_START",
        "switch_ivr_play_say.c",
        "switch_ivr_play_file",
        "1646",
    ),
    (
        "PLAYBACK_STOP",
        "switch_ivr_play_say.c",
        "switch_ivr_play_file",
        "2020",
    ),
    (
        "RECORD_START",
        "switch_ivr_play_say.c",
        "switch_ivr_record_file_event",
        "767",
    ),
    (
        "RECORD_STOP",
        "switch_ivr_play_say.c",
        "switch_ivr_record_file_event",
        "1030",
    ),
    ("SHUTDOWN", "switch_core.c", "switch_core_destroy", "3023"),
];

/// The headers that tell where that event is made.
pub(super) fn made_in(made: &str) -> Option<[(&'static str, &'static str); 3]> {
    let found = MADE_IN.iter().find(|(name, ..)| *name == made);
    found.map(|(_, file, function, line)| {
        [
            ("Event-Calling-File", *file),
            ("Event-Calling-Function", *function),
            ("Event-Calling-Line-Number", *line),
        ]
    })
}
