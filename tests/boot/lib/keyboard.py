"""Typing at a machine's keyboard, an American one."""
import re
import time

HOLD_MS = 20

NAMES = {" ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
         ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot",
         "/": "slash", "\x1b": "esc", "\x7f": "backspace"}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))

COMPOSED = {"ä": '"a', "ö": '"o', "ü": '"u', "Ö": '"O', "é": "'e", "ß": "ss"}  # typed behind Compose


def keys_of(character: str) -> list:
    """QEMU's names of the keys to be pressed together."""
    if character in SHIFTED:
        return ["shift", *keys_of(SHIFTED[character])]
    if character.isupper():
        return ["shift", character.lower()]
    return [NAMES.get(character, character)]


def press(machine, *keys: str):
    """Presses keys together, and releases them. Those of several calls follow each other."""
    machine.qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in keys], **{"hold-time": HOLD_MS})


def type_text(machine, text: str):
    for character in text:
        press(machine, *keys_of(character))


def change(machine, key: str, is_down: bool):
    """A key goes down, or up."""
    machine.qmp.execute("input-send-event", events=[
        {"type": "key", "data": {"down": is_down, "key": {"type": "qcode", "data": key}}}])


class Keyboard:
    """A PS/2 keyboard that is typed at as fast as the guest reads it, however slow that is: QEMU's has room for 16
    bytes and loses what comes when it is full. The machine must have been started with the arguments TRACES."""

    TRACES = ["-trace", "ps2_put_keycode", "-trace", "ps2_read_data"]
    _COMPOSE = ("ctrl", "dot")

    def __init__(self, machine):
        """While nobody types, and after the guest has set the keyboard up."""
        self._machine = machine
        self._read_until = 0
        self._count()

    def press(self, *keys: str):
        """Presses keys together, releases them, and waits until the guest has read all that."""
        self._send([(key, True) for key in keys] + [(key, False) for key in reversed(keys)])

    def type(self, text: str):
        for character in text:
            if character in COMPOSED:
                self.press(*self._COMPOSE)
                self.type(COMPOSED[character])
            elif ord(character) < 27 and character not in NAMES:
                self.press("ctrl", chr(ord(character) + 96))
            else:
                self.press(*keys_of(character))

    def _send(self, changes: list, timeout: float = 30):
        self._machine.qmp.execute("input-send-event", events=[
            {"type": "key", "data": {"down": is_down, "key": {"type": "qcode", "data": key}}}
            for key, is_down in changes])
        deadline = time.monotonic() + timeout
        unread = self._count()
        while unread > 0:
            if time.monotonic() > deadline:
                raise AssertionError(f"{unread} bytes of the keys {changes} are not read")
            time.sleep(0.001)
            unread += self._count()

    def _count(self) -> int:
        """Bytes put into the keyboard since the last call, less those that the guest has read. Of a release's two, which
        begin with 0xf0, the controller makes one."""
        with open(self._machine.folder / "resets", "rb") as trace:
            trace.seek(self._read_until)
            lines, end, _ = trace.read().rpartition(b"\n")
        self._read_until += len(lines + end)
        return len(re.findall(rb" keycode 0x(?!f0)", lines)) - lines.count(b"ps2_read_data")
