#!/usr/bin/env python3
"""Writes the carrier: a SIPp server scenario whose behaviour follows the last two digits of the dialled number.

  carrier.py FILE

The table is CALLEES below, and docs/lab.md. Three things SIPp wants: a jump table of `nop`s (a chain of tests would cost
a millisecond each), a CANCEL answered by 200 and then 487 with the INVITE's CSeq, and a BYE accepted in every state.
"""
import sys

SDP = """v=0
      o=carrier 53655765 2353687637 IN IP[local_ip_type] [local_ip]
      s=-
      c=IN IP[media_ip_type] [media_ip]
      t=0 0
      m=audio [auto_media_port] RTP/AVP 0 101
      a=rtpmap:0 PCMU/8000
      a=rtpmap:101 telephone-event/8000
      a=fmtp:101 0-16
      a=ptime:20"""
HEADERS = """[last_Via:]
      [last_From:]
      [last_To:];tag=[pid]carrier[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>"""


def send(status, sdp=False, until_acked=False):
    again = ' retrans="500"' if until_acked else ""
    body = f"Content-Type: application/sdp\n      Content-Length: [len]\n\n      {SDP}" if sdp else "Content-Length: 0"
    return f"  <send{again}><![CDATA[\n      SIP/2.0 {status}\n      {HEADERS}\n      {body}\n\n  ]]></send>\n"


def goto(label):
    return f'  <nop next="{label}"/>\n'


def play(capture):
    return f'  <nop><action><exec play_pcap_audio="{capture}.pcap"/></action></nop>\n'


def send_info(key):
    """A key in a message instead of the sound; the dialog's first request of ours."""
    return f"""  <send retrans="500"><![CDATA[
      INFO [$contact] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: [$to];tag=[pid]carrier[call_number]
      To: [$from]
      Call-ID: [call_id]
      CSeq: 1 INFO
      Max-Forwards: 70
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal={key}
      Duration=100

  ]]></send>
  <recv response="200" timeout="4000" ontimeout="end"/>
"""


def bye_after(ms):
    return f'  <recv request="BYE" timeout="{ms}" ontimeout="send_bye" next="got_bye"/>\n'


RING = send("180 Ringing")
# What is lost on a busy machine is said again, as SIP has it: a caller whose ACK went astray would hear a callee who says nothing.
ACK = '  <recv request="ACK" timeout="16000" ontimeout="end"/>\n'
ANSWER = send("200 OK", sdp=True, until_acked=True) + ACK
UNTIL_CANCEL = '  <recv request="CANCEL" timeout="180000" ontimeout="end" next="cancelled"/>\n'


def refuse(status):
    return send(status) + '  <recv request="ACK"/>\n' + goto("end")


def answer_and(capture, after=None):
    return RING + ANSWER + play(capture) + (after or goto("stay"))


def redirect(number):
    """Tells the caller to call another number."""
    own = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>"
    moved = send("302 Moved Temporarily").replace(own, f"Contact: <sip:{number}@[local_ip]:[local_port]>")
    return moved + '  <recv request="ACK"/>\n' + goto("end")


CALLEES = {
    "01": answer_and("after"),
    "02": answer_and("during"),
    "03": answer_and("wrong_then_right"),
    "04": answer_and("wrong_twice"),
    "05": answer_and("silent"),
    "06": answer_and("silent", bye_after(3600)),
    "07": RING + ANSWER + goto("send_bye"),
    "08": answer_and("after"),
    "09": answer_and("machine"),
    "10": refuse("486 Busy Here"),
    "11": refuse("480 Temporarily Unavailable"),
    "12": refuse("404 Not Found"),
    "13": refuse("503 Service Unavailable"),
    "14": refuse("603 Decline"),
    "15": RING + UNTIL_CANCEL,
    "16": send("183 Session Progress", sdp=True) + play("ringback") + '  <pause milliseconds="2000"/>\n' + ANSWER + play("after") + goto("stay"),
    "17": answer_and("silent", '  <pause milliseconds="3600"/>\n' + send_info("1") + goto("stay")),
    "18": send("100 Trying") + '  <pause milliseconds="3000"/>\n' + answer_and("during"),
    "19": '  <pause milliseconds="40000"/>\n' + goto("end"),
    "20": ANSWER + goto("stay"),
    "21": ANSWER + bye_after(1006),  # after 1000 each hang-up would meet the start of the N-th next call, at N a second
    "22": answer_and("several"),
    "24": redirect("573000000020"),
    "25": answer_and("voicemail"),
    "26": answer_and("voicemail_pressed"),
    "30": RING + ANSWER + bye_after(3000),
    "31": refuse("486 Busy Here"),
    "32": RING + UNTIL_CANCEL,
    "33": RING + ANSWER + goto("stay"),
    "34": refuse("480 Temporarily Unavailable"),
}

BEGIN = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="carrier">
  <recv request="INVITE" crlf="true" rrs="true"><action>
      <ereg regexp=".*" search_in="hdr" header="From:" check_it="true" assign_to="from"/>
      <ereg regexp=".*" search_in="hdr" header="To:" check_it="true" assign_to="to"/>
      <ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" check_it="true" assign_to="contact"/>
      <ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" check_it="true" assign_to="cseq"/>
      <ereg regexp="sip:([^@;]*)@" search_in="msg" check_it="true" assign_to="uri,user"/>
      <ereg regexp="sip:([^@;]*)@" search_in="var" variable="from" check_it="false" assign_to="from_uri,caller"/>
      <ereg regexp="([0-9][0-9])$" search_in="var" variable="user" check_it="false" assign_to="all,last"/>
      <log message="[timestamp] [$user] [$caller]"/>
      <todouble assign_to="row" variable="last"/>
      <add assign_to="row" value="4"/>
  </action></recv>
  <nop><action><jump variable="row"/></action></nop>
  <nop next="stay_silent"/>
"""

END = f"""
  <label id="stay_silent"/>
{RING}{ANSWER}
  <label id="stay"/>
  <recv request="INVITE" optional="true" next="again"/>
  <recv request="BYE" next="got_bye"/>

  <label id="again"/>
{send("200 OK", sdp=True, until_acked=True)}  <recv request="ACK" timeout="16000" ontimeout="end" next="stay"/>

  <label id="cancelled"/>
  <send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]carrier[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

  ]]></send>
  <send><![CDATA[
      SIP/2.0 487 Request Terminated
      [last_Via:]
      [last_From:]
      [last_To:];tag=[pid]carrier[call_number]
      [last_Call-ID:]
      CSeq: [$cseq] INVITE
      Content-Length: 0

  ]]></send>
  <recv request="ACK" timeout="4000" ontimeout="end"/>
{goto("end")}
  <label id="send_bye"/>
  <send retrans="500"><![CDATA[
      BYE [$contact] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: [$to];tag=[pid]carrier[call_number]
      To: [$from]
      Call-ID: [call_id]
      CSeq: 1 BYE
      Max-Forwards: 70
      Content-Length: 0

  ]]></send>
  <recv request="BYE" optional="true" next="got_bye"/>
  <recv response="200" timeout="8000" ontimeout="end"/>
{goto("end")}
  <label id="got_bye"/>
  <send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

  ]]></send>

  <label id="end"/>
  <timewait milliseconds="500"/>
  <Reference variables="uri,all,from_uri"/>
</scenario>
"""

# After a <jump> SIPp follows the `next` of the message before its target: the table begins one further.
table = "".join(goto(f"callee_{k:02d}" if f"{k:02d}" in CALLEES else "stay_silent") for k in range(100))
callees = "".join(f'\n  <label id="callee_{digits}"/>\n{body}' for digits, body in CALLEES.items())
with open(sys.argv[1], "w") as file:
    file.write(BEGIN + table + callees + END)
