"""What stands between a server and its object storage."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit

STALL_AT = 30_000  # bytes: in the midst of a report, behind all that a look at the bucket asks for


class StallingProxy:
    """Passes bytes to a server; an answer of more than STALL_AT bytes goes on when it is released."""

    def __init__(self, endpoint: str) -> None:
        self.target = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self.stalled, self.released = threading.Semaphore(0), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server, contextlib.suppress(OSError):
            threading.Thread(target=self.pass_on, args=(client, server), daemon=True).start()
            passed = 0
            while piece := server.recv(4096):
                if passed >= STALL_AT and not self.released.is_set():
                    self.stalled.release()
                    self.released.wait()
                client.sendall(piece)
                passed += len(piece)

    @staticmethod
    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(4096):
                target.sendall(piece)

    def close(self) -> None:
        self.released.set()
        self.listener.close()
