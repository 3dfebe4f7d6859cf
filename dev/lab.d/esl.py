#!/usr/bin/env python3
"""Asks FreeSWITCH's event socket for one thing and prints the answer.

  esl.py PORT PASSWORD COMMAND…
"""
import socket
import sys


def frame(stream):
    head = {}
    while True:
        line = stream.readline()
        if not line:
            sys.exit("esl.py: FreeSWITCH closed the connection")
        if line == b"\n":
            break
        name, _, value = line.decode().partition(":")
        head[name.lower()] = value.strip()
    return head, stream.read(int(head.get("content-length", 0))).decode()


port, password, command = int(sys.argv[1]), sys.argv[2], " ".join(sys.argv[3:])
with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rwb") as stream:
    frame(stream)
    stream.write(f"auth {password}\n\napi {command}\n\n".encode())
    stream.flush()
    head, _ = frame(stream)
    if not head.get("reply-text", "").startswith("+OK"):
        sys.exit(f"esl.py: login refused: {head.get('reply-text')}")
    print(frame(stream)[1].rstrip("\n"))
