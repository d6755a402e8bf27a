"""Keymaps in the text form of keymaps(5), read into tables."""
import gzip
import re
from pathlib import Path

from . import keysyms
from .keysyms import HOLE, KT_LATIN, KT_LETTER, KT_META, keysym

KEY_COUNT = 256
MAP_COUNT = 256
ALT = 8  # the bit of map numbers
INCLUDE_DEPTH_MAX = 20
SUFFIXES = ("", ".map", ".kmap", ".inc", ".map.gz", ".kmap.gz", ".inc.gz", ".gz")
STRINGS_AS_USUAL = {
    **{f"F{n}": f"\033[[{chr(64 + n)}" for n in range(1, 6)},
    **{f"F{n}": f"\033[{code}~" for n, code in zip(range(6, 21), (17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32,
                                                                   33, 34))},
    "Find": "\033[1~", "Insert": "\033[2~", "Remove": "\033[3~", "Select": "\033[4~", "Prior": "\033[5~",
    "Next": "\033[6~", "Macro": "\033[M", "Pause": "\033[P"}
TOKEN = re.compile(r"""\s*(?: (?P<comment>[!#].*) | (?P<string>"(?:[^"\\]|\\.)*") | (?P<char>'(?:[^\\]|\\.)') |
    (?P<unicode>[Uu]\+[0-9a-fA-F]+) | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+) | (?P<name>[A-Za-z][A-Za-z0-9_]*) |
    (?P<sign>[-=,+]) | (?P<literal>[^\x00-\x7f]) )""", re.VERBOSE)
ESCAPES = {"n": "\n", "\\": "\\", '"': '"', "'": "'"}


def integer(text):
    """As in C: 010 is eight."""
    return int(text, 8) if text.startswith("0") and text.isdigit() else int(text, 0)


class KeymapError(Exception):
    """What is wrong, with file and line."""


class Keymap:
    """maps: {map number: list of KEY_COUNT keysyms, None where nothing was said}; strings: {value of the KT_FN
    keysym: text}; compose: list of (accent, base, result), characters."""

    def __init__(self):
        self.maps = {}
        self.strings = {}
        self.compose = []
        self._columns = None  # maps that the columns of a line are for; None: as they come
        self._constant = set()  # keycodes of which a line had one column
        self._alt_is_meta = False

    # -- what the statements do

    def use_maps(self, numbers):
        self._columns = list(numbers)
        for number in numbers:
            self.map(number)

    def map(self, number):
        return self.maps.setdefault(number, [None] * KEY_COUNT)

    def set(self, number, keycode, code):
        if self._columns is not None and number not in self.maps:
            raise ValueError(f"map {number} is not in the line `keymaps`")
        self.map(number)[keycode] = code
        meta = self.maps.get(number | ALT)
        if self._alt_is_meta and meta and not number & ALT and meta[keycode] is None and self._is_ascii(code):
            meta[keycode] = keysym(KT_META, code & 0xFF)

    def set_line(self, keycode, codes):
        """keycode N = a b c"""
        columns = self._columns if self._columns is not None else range(MAP_COUNT)
        if len(codes) > len(columns):
            raise ValueError("more columns than maps")
        if not self._alt_is_meta:  # as loadkeys has it
            for keys in self.maps.values():
                keys[keycode] = None
        if not codes:
            codes = [HOLE]
        if len(codes) == 1:
            self._constant.add(keycode)
            codes = [self._constant_code(codes[0], 0)]
        for number, code in zip(columns, codes):
            self.set(number, keycode, code)
        if self._columns is None or len(codes) == 1:
            return
        for number in columns[len(codes):]:
            if self.maps[number][keycode] is None:
                self.maps[number][keycode] = HOLE

    @staticmethod
    def _is_ascii(code):
        return code >> 8 in (KT_LATIN, KT_LETTER) and code & 0xFF < 0x80

    def use_alt_as_meta(self):
        self._alt_is_meta = True

    def finish(self):
        """What can be told only when all maps are known."""
        for keycode in sorted(self._constant):
            code = self.map(0)[keycode]
            for number in sorted(self.maps):
                if code is not None and (number == 0 or self.maps[number][keycode] is None):
                    self.set(number, keycode, self._constant_code(code, number))

    def _constant_code(self, code, number):
        """What a line with one column says of a further map: of an ASCII letter its forms, of others the same."""
        if not self._is_ascii(code) or not chr(code & 0xFF).isalpha():
            return code
        letter = code & 0xFF
        if number & 4:
            result = keysym(KT_LATIN, letter & 0x1F)
        else:
            result = keysym(KT_LETTER, letter ^ 0x20 if number & 1 else letter)
        return keysym(KT_META, result & 0xFF) if number & 8 else result


class _Parser:
    """One file, line by line; included ones the same way."""

    def __init__(self, keymap, folders):
        self.keymap = keymap
        self.folders = folders
        self.charset = "latin-1"

    def read(self, path, depth=0):
        if depth > INCLUDE_DEPTH_MAX:
            raise KeymapError(f"{path}: included too deeply")
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        text = re.sub(r"\\\n", " ", text)
        for number, line in enumerate(text.split("\n"), 1):
            try:
                self.statement(self.tokens(line), path, depth)
            except (ValueError, KeyError, LookupError) as error:
                raise KeymapError(f"{path}:{number}: {error}: {line.strip()}") from None

    @staticmethod
    def tokens(line):
        result, position = [], 0
        while line[position:].strip():
            match = TOKEN.match(line, position)
            if not match:
                raise ValueError(f"not understood: {line[position:].strip()!r}")
            position = match.end()
            if match.lastgroup == "comment":
                break
            result.append((match.lastgroup, match.group(match.lastgroup)))
        return result

    def statement(self, tokens, path, depth):
        words = [text.lower() if kind == "name" else text for kind, text in tokens]
        if not tokens:
            return
        if words[0] == "keymaps":
            self.keymap.use_maps(self.ranges(tokens[1:]))
        elif words[0] == "charset":
            self.charset = self.codec(self.text(tokens[1]))
        elif words[0] == "include":
            self.read(self.find(self.text(tokens[1]), path), depth + 1)
        elif words[0] == "alt_is_meta":
            self.keymap.use_alt_as_meta()
        elif words[:3] == ["strings", "as", "usual"]:
            for name, string in STRINGS_AS_USUAL.items():
                self.keymap.strings[keysyms.ACTIONS[name] & 0xFF] = string
        elif words[0] == "string":
            self.keymap.strings[self.function(tokens[1])] = self.text(tokens[-1])
        elif words[:3] == ["compose", "as", "usual"]:
            pass # what the built-in table has
        elif words[0] == "compose":
            accent, base, _, result = tokens[1:]
            self.keymap.compose.append(tuple(self.character(token) for token in (accent, base, result)))
        else:
            self.key(tokens, words)

    def key(self, tokens, words):
        at = words.index("keycode")
        keycode = self.number(tokens[at + 1])
        if not 0 <= keycode < KEY_COUNT or words[at + 2] != "=":
            raise ValueError("keycode 0..255 = ... is wanted")
        codes = self.codes(tokens[at + 3:])
        if at == 0:
            self.keymap.set_line(keycode, codes)
            return
        if len(codes) != 1:
            raise ValueError("one keysym behind a line with modifiers")
        number = 0
        for word in words[:at]:
            number |= 0 if word == "plain" else 1 << keysyms.MODIFIERS.index(word)
        self.keymap.set(number, keycode, codes[0])

    def codes(self, tokens):
        result, is_letter = [], False
        for token in tokens:
            if token == ("sign", "+"):
                is_letter = True
                continue
            code = self.code(token)
            result.append(keysyms.as_letter(code) if is_letter else code)
            is_letter = False
        return result

    def code(self, token):
        kind, text = token
        if kind == "number":
            return self.code_of_number(text)
        if kind in ("unicode", "literal", "char"):
            return keysyms.of_character(self.character(token))
        if kind != "name":
            raise ValueError(f"no keysym: {text}")
        return keysyms.lookup(text)

    def code_of_number(self, text):
        """A keysym; a character beyond ASCII is one of the charset."""
        code = integer(text)
        is_character = code >> 8 in (KT_LATIN, KT_LETTER) and code & 0xFF >= 0x80
        return keysyms.of_character(bytes([code & 0xFF]).decode(self.charset)) if is_character else code

    def character(self, token):
        kind, text = token
        if kind == "unicode":
            return chr(int(text[2:], 16))
        if kind == "literal":
            return text
        if kind == "char":
            inner = text[1:-1]
            return ESCAPES[inner[1]] if inner[0] == "\\" else inner
        if kind == "number":
            value = integer(text)
            return bytes([value]).decode(self.charset) if value < 0x100 else chr(value ^ keysyms.UNICODE_MASK)
        return keysyms.CHARACTERS[keysyms.SYNONYMS.get(text, text)]

    @staticmethod
    def function(token):
        code = keysyms.lookup(token[1])
        if code >> 8 != keysyms.KT_FN:
            raise ValueError(f"{token[1]} is no function key")
        return code & 0xFF

    @staticmethod
    def number(token):
        return integer(token[1])

    @staticmethod
    def text(token):
        kind, text = token
        if kind != "string":
            raise ValueError(f"a string is wanted: {text}")
        return re.sub(r"\\([0-7]{1,3}|.)",
                      lambda m: chr(int(m[1], 8)) if m[1][0] in "01234567" else ESCAPES.get(m[1], m[1]), text[1:-1])

    def ranges(self, tokens):
        numbers, previous, is_range = [], None, False
        for kind, text in tokens:
            if kind == "number":
                value = integer(text)
                if value >= MAP_COUNT:
                    raise ValueError(f"map {value} is beyond {MAP_COUNT - 1}")
                numbers += range(previous + 1, value + 1) if is_range else [value]
                previous, is_range = value, False
            elif text == "-":
                is_range = True
        return numbers

    @staticmethod
    def codec(name):
        if name.lower() == "unicode":
            return "latin-1"
        "".encode(name)
        return name

    def find(self, name, path):
        for folder in [path.parent, path.parent / "include", path.parent.parent / "include", *self.folders]:
            for suffix in SUFFIXES:
                candidate = folder / (name + suffix)
                if candidate.is_file():
                    return candidate
        raise ValueError(f"there is no file {name} to include")


def read(path: Path, folders=()) -> Keymap:
    """Errors: KeymapError, OSError."""
    keymap = Keymap()
    _Parser(keymap, [Path(folder) for folder in folders]).read(Path(path))
    keymap.finish()
    return keymap
