"""Names of keysyms, as keymaps(5) and dumpkeys(1) have them, and their codes, as the Linux ABI has them.

A keysym is 16 bits: a type (KT_*) and a value, or a Unicode character below U+F000, which a keymap holds
exclusive-or UNICODE_MASK.
"""
import unicodedata

(KT_LATIN, KT_FN, KT_SPEC, KT_PAD, KT_DEAD, KT_CONS, KT_CUR, KT_SHIFT, KT_META, KT_ASCII, KT_LOCK, KT_LETTER,
 KT_SLOCK, KT_DEAD2, KT_BRL) = range(15)
UNICODE_MASK = 0xF000

MODIFIERS = ("shift", "altgr", "control", "alt", "shiftl", "shiftr", "ctrll", "ctrlr", "capsshift")


def keysym(kind: int, value: int) -> int:
    return kind << 8 | value


HOLE = keysym(KT_SPEC, 0)  # VoidSymbol: the key does nothing

CONTROL_NAMES = {0: "nul", 8: "BackSpace", 9: "Tab", 10: "Linefeed", 27: "Escape", 28: "Control_backslash",
                 29: "Control_bracketright", 30: "Control_asciicircum", 31: "Control_underscore", 127: "Delete"}
ASCII_PUNCTUATION = {
    " ": "space", "!": "exclam", '"': "quotedbl", "#": "numbersign", "$": "dollar", "%": "percent", "&": "ampersand",
    "'": "apostrophe", "(": "parenleft", ")": "parenright", "*": "asterisk", "+": "plus", ",": "comma", "-": "minus",
    ".": "period", "/": "slash", ":": "colon", ";": "semicolon", "<": "less", "=": "equal", ">": "greater",
    "?": "question", "@": "at", "[": "bracketleft", "\\": "backslash", "]": "bracketright", "^": "asciicircum",
    "_": "underscore", "`": "grave", "{": "braceleft", "|": "bar", "}": "braceright", "~": "asciitilde"}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LATIN1_SIGNS = (
    "nobreakspace exclamdown cent sterling currency yen brokenbar section diaeresis copyright ordfeminine "
    "guillemotleft notsign hyphen registered macron degree plusminus twosuperior threesuperior acute mu paragraph "
    "periodcentered cedilla onesuperior masculine guillemotright onequarter onehalf threequarters "
    "questiondown").split()
OTHER_CHARACTERS = {
    "ae": "æ", "AE": "Æ", "eth": "ð", "ETH": "Ð", "thorn": "þ", "THORN": "Þ", "ssharp": "ß", "multiplication": "×",
    "division": "÷", "euro": "€", "breve": "˘", "caron": "ˇ", "ogonek": "˛", "abovedot": "˙", "doubleacute": "˝",
    "OE": "Œ", "oe": "œ", "idotless": "ı", "kra": "ĸ", "eng": "ŋ", "ENG": "Ŋ"}
# The accents of Unicode's names of letters, and of keysyms'
ACCENTS = {"GRAVE": "grave", "ACUTE": "acute", "CIRCUMFLEX": "circumflex", "TILDE": "tilde",
           "DIAERESIS": "diaeresis", "RING ABOVE": "ring", "CEDILLA": "cedilla", "CARON": "caron", "OGONEK": "ogonek",
           "BREVE": "breve", "DOUBLE ACUTE": "doubleacute", "DOT ABOVE": "abovedot", "STROKE": "stroke",
           "MACRON": "macron"}
SYNONYMS = {
    "Control_at": "nul", "Control_h": "BackSpace", "Control_i": "Tab", "Control_j": "Linefeed",
    "Home": "Find", "End": "Select", "PageUp": "Prior", "PageDown": "Next", "Uncaps_Shift": "CapsShift",
    "Spawn_Console": "KeyboardSignal", "hash": "numbersign", "pound": "sterling", "tilde": "asciitilde",
    "circumflex": "asciicircum", "quote": "apostrophe", "multiply": "multiplication", "div": "division",
    "Oslash": "Ostroke", "oslash": "ostroke", "Ooblique": "Ostroke", "ooblique": "ostroke",
    "middot": "periodcentered", "broken_bar": "brokenbar", "dotlessi": "idotless", "Idotabove": "Iabovedot"}

SPECIAL = {  # of KT_SPEC
    "VoidSymbol": 0, "Return": 1, "Show_Registers": 2, "Show_Memory": 3, "Show_State": 4, "Break": 5,
    "Last_Console": 6, "Caps_Lock": 7, "Num_Lock": 8, "Scroll_Lock": 9, "Scroll_Forward": 10, "Scroll_Backward": 11,
    "Boot": 12, "Caps_On": 13, "Compose": 14, "SAK": 15, "Decr_Console": 16, "Incr_Console": 17,
    "KeyboardSignal": 18, "Bare_Num_Lock": 19}
NAMED_FUNCTIONS = ("Find", "Insert", "Remove", "Select", "Prior", "Next", "Macro", "Help", "Do", "Pause")
PAD = [f"KP_{digit}" for digit in range(10)] + [
    "KP_Add", "KP_Subtract", "KP_Multiply", "KP_Divide", "KP_Enter", "KP_Comma", "KP_Period", "KP_MinPlus"]
DEAD = ("grave acute circumflex tilde diaeresis cedilla macron breve abovedot abovering doubleacute caron ogonek iota "
        "voiced_sound semivoiced_sound belowdot hook horn stroke abovecomma abovereversedcomma doublegrave "
        "invertedbreve belowcomma currency greek").split()
SHIFTS = ("Shift", "AltGr", "Control", "Alt", "ShiftL", "ShiftR", "CtrlL", "CtrlR", "CapsShift")


def _character_names():
    """{name: character} of what has a name."""
    names = {name: chr(code) for code, name in CONTROL_NAMES.items()}
    names.update({f"Control_{chr(code + 96)}": chr(code) for code in range(1, 27)})
    names.update({name: character for character, name in ASCII_PUNCTUATION.items()})
    names.update({name: str(digit) for digit, name in enumerate(DIGITS)})
    names.update({chr(code): chr(code) for code in range(128) if chr(code).isalpha()})
    names.update({name: chr(0xA0 + i) for i, name in enumerate(LATIN1_SIGNS)})
    names.update(OTHER_CHARACTERS)
    for code in range(0xC0, 0x250):
        words = unicodedata.name(chr(code), "").split()
        if words[:1] == ["LATIN"] and words[2:3] == ["LETTER"] and words[4:5] == ["WITH"] and len(words[3]) == 1:
            accent = ACCENTS.get(" ".join(words[5:]))
            letter = words[3] if words[1] == "CAPITAL" else words[3].lower()
            if accent:
                names[letter + accent] = chr(code)
    return names


def _action_names():
    """{name: keysym} of what is no character."""
    actions = {name: keysym(KT_SPEC, value) for name, value in SPECIAL.items()}
    actions.update({f"F{n}": keysym(KT_FN, n - 1 if n <= 20 else n + 9) for n in range(1, 247)})
    actions.update({name: keysym(KT_FN, 20 + i) for i, name in enumerate(NAMED_FUNCTIONS)})
    actions.update({name: keysym(KT_PAD, i) for i, name in enumerate(PAD)})
    actions.update({f"dead_{name}": keysym(KT_DEAD, i) for i, name in enumerate(DEAD)})
    actions.update({f"Console_{n}": keysym(KT_CONS, n - 1) for n in range(1, 64)})
    actions.update({name: keysym(KT_CUR, i) for i, name in enumerate(("Down", "Left", "Right", "Up"))})
    for i, name in enumerate(SHIFTS):
        actions[name] = keysym(KT_SHIFT, i)
        actions[f"{name}_Lock"] = keysym(KT_LOCK, i)
        actions[f"S{name}"] = keysym(KT_SLOCK, i)
    actions.update({f"Ascii_{digit}": keysym(KT_ASCII, digit) for digit in range(10)})
    actions.update({f"Hex_{value:X}": keysym(KT_ASCII, 10 + value) for value in range(16)})
    actions.update({f"Brl_dot{n}": keysym(KT_BRL, n) for n in range(1, 9)})
    return actions


CHARACTERS = _character_names()
ACTIONS = _action_names()


def of_character(character: str) -> int:
    """As the kernel takes it in Unicode mode: ASCII by its code, what is beyond by its Unicode value."""
    code = ord(character)
    if code >= UNICODE_MASK:
        raise ValueError(f"U+{code:04X} is beyond what a keysym can hold")
    return keysym(KT_LATIN, code) if code < 0x80 else code ^ UNICODE_MASK


def as_letter(code: int) -> int:
    """The same keysym, affected by CapsLock; the kernel does that for Latin-1 alone."""
    if code >> 8 == KT_LATIN:
        return keysym(KT_LETTER, code & 0xFF)
    character = code ^ UNICODE_MASK
    return keysym(KT_LETTER, character) if character < 0x100 else code


def lookup(name: str) -> int:
    """The keysym of a name. KeyError: there is none."""
    name = SYNONYMS.get(name, name)
    if name in ACTIONS:
        return ACTIONS[name]
    if name in CHARACTERS:
        return of_character(CHARACTERS[name])
    if name.startswith("Meta_"):
        code = lookup(name[len("Meta_"):])
        if code >> 8 == KT_LATIN:
            return keysym(KT_META, code)
        if code ^ UNICODE_MASK < 0x100:
            return keysym(KT_META, code & 0xFF)
    raise KeyError(name)
