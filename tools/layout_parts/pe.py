"""Reads what the layout needs from a PE32+ file: the bootloader."""
import struct
from dataclasses import dataclass
from pathlib import Path

from .elf import FormatError

SUBSYSTEM_EFI_APPLICATION = 10
DLL_NX_COMPAT = 0x100
FILE_RELOCS_STRIPPED = 1
SCN_DISCARDABLE = 0x02000000
SCN_EXECUTE = 0x20000000
SCN_WRITE = 0x80000000


@dataclass
class PeSection:
    name: str
    start: int  # relative to the image base
    size: int
    flags: int

    @property
    def permission(self) -> str:
        return "r" + ("w" if self.flags & SCN_WRITE else "-") + ("x" if self.flags & SCN_EXECUTE else "-")


class Pe:
    def __init__(self, path: Path):
        self.path = path
        data = path.read_bytes()
        self.file_size = len(data)
        try:
            self._parse(data)
        except struct.error:
            raise FormatError(f"{path}: ends inside its headers") from None

    def _parse(self, data: bytes):
        header = struct.unpack_from("<60xI", data)[0]
        if data[:2] != b"MZ" or data[header:header + 4] != b"PE\0\0":
            raise FormatError(f"{self.path}: not a PE file")
        section_count, optional_size, self.flags = struct.unpack_from("<2xH12xHH", data, header + 4)
        optional = header + 24
        if struct.unpack_from("<H", data, optional)[0] != 0x20B:
            raise FormatError(f"{self.path}: not a 64-bit PE file")
        self.section_alignment, = struct.unpack_from("<I", data, optional + 32)
        self.subsystem, self.dll_flags = struct.unpack_from("<HH", data, optional + 68)
        self.sections = [self._section(data, optional + optional_size + 40 * i) for i in range(section_count)]

    @staticmethod
    def _section(data: bytes, offset: int) -> PeSection:
        name, size, start, flags = struct.unpack_from("<8sII20xI", data, offset)
        return PeSection(name.rstrip(b"\0").decode("ascii", "replace"), start, size, flags)
