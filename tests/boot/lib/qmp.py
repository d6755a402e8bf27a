"""QMP, the control connection of a running QEMU: JSON lines over a socket."""
import json
import socket
import time

TIMEOUT_S = 100  # QEMU answers at once, but on a busy host it may not be running


class QmpError(Exception):
    """QEMU refused a command, or closed the connection."""


class Qmp:
    """A client on a connected socket. Every call is bounded by a timeout in seconds."""

    def __init__(self, connection: socket.socket, timeout: float = TIMEOUT_S):
        self._socket = connection
        self._buffer = b""
        self._next_id = 0
        self.events = []
        self._greeting = self._receive(time.monotonic() + timeout)
        self.execute("qmp_capabilities", timeout=timeout)

    def execute(self, command: str, timeout: float = TIMEOUT_S, **arguments):
        """Runs a command and returns what QEMU answers; QmpError if it says no, TimeoutError if nothing."""
        self._next_id += 1
        request = {"execute": command, "arguments": arguments, "id": self._next_id}
        self._socket.sendall(json.dumps(request).encode())
        deadline = time.monotonic() + timeout
        while True:
            message = self._receive(deadline)
            if "event" in message:
                self.events.append(message)
            elif message.get("id") == self._next_id:
                if "error" in message:
                    raise QmpError(f"{command}: {message['error']['desc']}")
                return message["return"]

    def wait_event(self, name: str, timeout: float) -> dict:
        """Data of the first event of that name since the connection was made."""
        deadline = time.monotonic() + timeout
        while True:
            for event in self.events:
                if event["event"] == name:
                    return event["data"]
            self.events.append(self._receive(deadline))

    def close(self):
        self._socket.close()

    def _receive(self, deadline: float) -> dict:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._socket.recv(65536)
            if not data:
                raise QmpError("QEMU closed its control connection")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)
