"""Names of a test's own: an HTTPS proxy that knows where the hosts of a document are on this machine."""

from __future__ import annotations

import http.server
import select
import socket
import threading


class NameProxy:
    """Answers CONNECT host:443 with the local port that `hosts` gives the host, and nothing else."""

    def __init__(self, hosts: dict[str, int]) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:  # noqa: N802  the library's name
                port = hosts.get(self.path.rpartition(":")[0])
                if port is None:
                    self.send_error(502, f"no such host here: {self.path}")
                    return
                with socket.create_connection(("127.0.0.1", port)) as inside:
                    self.send_response(200)
                    self.end_headers()
                    carry(self.connection, inside)
                self.close_connection = True

            def log_message(self, *_arguments) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def carry(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways until either side ends."""
    peers = {one: other, other: one}
    while True:
        for ready in select.select(list(peers), [], [])[0]:
            try:
                data = ready.recv(65536)
                peers[ready].sendall(data)
            except OSError:
                return
            if not data:
                return
