"""Typing at a machine's keyboard, an American one."""
HOLD_MS = 20

NAMES = {" ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
         ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma", ".": "dot",
         "/": "slash"}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))


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
