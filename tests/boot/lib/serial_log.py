"""What a machine writes to its serial port, gathered by a thread, to be waited on and searched."""
import os
import re
import threading
import time

# Firmware's terminal driver positions the cursor and sets colours; none of that is text.
_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][0-9A-B]|[=>78cDEHM])|[\r\x00\x07]")
_UNFINISHED_ESCAPE = re.compile(r"\x1b[^@-Z\\^-~]{0,16}$|\x1b\[?$")
TAIL_LINES = 60


def plain_text(text: str) -> str:
    """The text as `SerialLog.text` would have it."""
    return _ESCAPE.sub("", text)


class SerialLog:
    """Reads a pipe until its other end closes; what is typed goes to another pipe. Takes over both file
    descriptors. Thread-safe.

    Not a socket: that holds few of the single bytes that a UART writes, and a guest whose bytes nobody takes
    drops them. A pipe joins them, and holds 64 KiB."""

    def __init__(self, output_fd: int, input_fd: int):
        self._output_fd = output_fd
        self._input_fd = input_fd
        self._changed = threading.Condition()
        self._raw = bytearray()
        self._pending = ""
        self._text = ""
        self._closed = False
        self._decoded = 0
        self._thread = threading.Thread(target=self._read, name="serial", daemon=True)
        self._thread.start()

    @property
    def raw(self) -> bytes:
        """Everything so far, as it came."""
        with self._changed:
            return bytes(self._raw)

    @property
    def text(self) -> str:
        """Everything so far, without escape sequences and carriage returns."""
        with self._changed:
            return self._text

    @property
    def closed(self) -> bool:
        """QEMU has closed its end: nothing more will come."""
        with self._changed:
            return self._closed

    def tail(self, lines: int = TAIL_LINES) -> str:
        return "\n".join(self.text.splitlines()[-lines:])

    def search(self, pattern: re.Pattern, start: int, timeout: float):
        """The first match at or after start; None if there is none by the timeout or when the log ends."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                match = pattern.search(self._text, start)
                remaining = deadline - time.monotonic()
                if match or self._closed or remaining <= 0:
                    return match
                self._changed.wait(remaining)

    def wait_closed(self, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, timeout)

    def send(self, data: bytes):
        """Types on the serial line."""
        os.write(self._input_fd, data)

    def close(self):
        """The other ends must be closed already."""
        self._thread.join(timeout=5)
        os.close(self._output_fd)
        os.close(self._input_fd)

    def _read(self):
        while True:
            data = os.read(self._output_fd, 65536)
            with self._changed:
                if data:
                    self._append(data)
                else:
                    self._closed = True
                self._changed.notify_all()
            if not data:
                return

    def _append(self, data: bytes):
        self._raw += data
        complete = self._complete_utf8_end()
        self._pending += self._raw[self._decoded:complete].decode("utf-8", "replace")
        self._decoded = complete
        unfinished = _UNFINISHED_ESCAPE.search(self._pending)
        end = unfinished.start() if unfinished else len(self._pending)
        self._text += _ESCAPE.sub("", self._pending[:end])
        self._pending = self._pending[end:]

    def _complete_utf8_end(self) -> int:
        """End of the bytes that do not stop in the middle of a UTF-8 sequence."""
        end = len(self._raw)
        for back in range(1, min(4, end - self._decoded) + 1):
            byte = self._raw[end - back]
            if byte >= 0xC0:
                length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                return end - back if back < length else end
            if byte < 0x80:
                break
        return end
