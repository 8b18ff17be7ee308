"""Connections that end in the middle."""

from __future__ import annotations

import socket
import struct


def test_a_client_that_hangs_up_leaves_no_trace(source, serve, capsys):
    server = serve(source=source)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            # a reset instead of a goodbye
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.sendall(b"GET /")
    server.close()  # waits for what is being served
    assert "Traceback" not in capsys.readouterr().err
