"""Reads what the layout needs from ELF64 files and from lld's map files."""
import re
import struct
from dataclasses import dataclass
from pathlib import Path

PT_LOAD = 1
SHF_ALLOC = 2
SHT_SYMTAB = 2
SHT_NOBITS = 8


class FormatError(Exception):
    """A file is not what its name says."""


@dataclass
class Segment:
    """A PT_LOAD program header."""
    start: int
    file_size: int
    memory_size: int
    flags: int  # PF_X 1, PF_W 2, PF_R 4

    @property
    def end(self):
        return self.start + self.memory_size


@dataclass
class Section:
    name: str
    start: int
    size: int
    kind: int
    is_loaded: bool

    @property
    def end(self):
        return self.start + self.size


class Elf:
    def __init__(self, path: Path):
        self.path = path
        self._data = data = path.read_bytes()
        if data[:6] != b"\x7fELF\x02\x01" or len(data) < 64:
            raise FormatError(f"{path}: not a little-endian ELF64 file")
        (self.entry, program_offset, section_offset) = struct.unpack_from("<24xQQQ", data)
        (program_size, program_count, section_size, section_count, names_index) = struct.unpack_from("<54xHHHHH", data)
        self.segments = [self._segment(program_offset + i * program_size) for i in range(program_count)
                         if self._u32(program_offset + i * program_size) == PT_LOAD]
        self._headers = [struct.unpack_from("<IIQQQQIIQQ", data, section_offset + i * section_size)
                         for i in range(section_count)]
        self.sections = [self._section(header, names_index) for header in self._headers]

    def loaded_sections(self) -> list:
        """Sections that take room in memory, by address."""
        return sorted((s for s in self.sections if s.is_loaded and s.size), key=lambda s: s.start)

    def section(self, name: str):
        return next((s for s in self.sections if s.name == name), None)

    def symbols(self) -> dict:
        """Name -> set of values: local symbols may share a name."""
        symbols = {}
        for header in self._headers:
            if header[1] != SHT_SYMTAB:
                continue
            strings = self._headers[header[6]]
            for offset in range(header[4], header[4] + header[5], header[9]):
                name, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", self._data, offset)
                symbols.setdefault(self._string(strings, name), set()).add(value)
        return symbols

    def _u32(self, offset: int) -> int:
        return struct.unpack_from("<I", self._data, offset)[0]

    def _segment(self, offset: int) -> Segment:
        _, flags, _, start, _, file_size, memory_size, _ = struct.unpack_from("<IIQQQQQQ", self._data, offset)
        return Segment(start, file_size, memory_size, flags)

    def _section(self, header: tuple, names_index: int) -> Section:
        name, kind, flags, start, _, size = header[:6]
        return Section(self._string(self._headers[names_index], name), start, size, kind, bool(flags & SHF_ALLOC))

    def _string(self, table: tuple, offset: int) -> str:
        start = table[4] + offset
        return self._data[start:self._data.index(b"\0", start)].decode("utf-8", "replace")


# Columns of a map: VMA LMA Size Align, then one space and an output section, nine and an input section, or
# seventeen and a symbol.
_MAP_LINE = re.compile(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+( +)(\S.*)$")


class LinkMap:
    """lld's -Map file."""

    def __init__(self, path: Path):
        self.path = path
        self.sections = {}  # output section -> (address, size)
        self.symbols = []  # (name, address)
        self._inputs = []  # (input section, size)
        for line in path.read_text("utf-8", "replace").splitlines()[1:]:
            match = _MAP_LINE.match(line)
            if match:
                self._add(int(match[1], 16), int(match[2], 16), len(match[3]), match[4])
        if not self.sections:
            raise FormatError(f"{path}: not a map file of lld")

    def input_size(self, section: str) -> int:
        """Bytes that input sections of this name take."""
        return sum(size for name, size in self._inputs if name.endswith(f":({section})"))

    def _add(self, address: int, size: int, indent: int, name: str):
        if indent == 1:
            self.sections[name] = (address, size)
        elif indent == 9:
            self._inputs.append((name, size))
        elif " = " not in name:
            self.symbols.append((name, address))
