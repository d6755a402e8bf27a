"""Flat images, kernel.bin and utask.bin: common/image_header.h as read from the file."""
import struct
from dataclasses import dataclass
from pathlib import Path

from .elf import Elf, FormatError, LinkMap

_HEADER = struct.Struct("<8x8sIIQQQQQQQQ")
MAGIC = b"LINTELIM"


@dataclass
class Header:
    magic: bytes
    version: int
    kind: int
    link_address: int
    entry_offset: int
    text_end: int
    rodata_end: int
    data_end: int
    bss_end: int
    relocs_offset: int
    relocs_size: int


@dataclass
class Region:
    """A part of an image with one permission."""
    name: str
    start: int
    end: int
    permission: str
    memory_type: str
    in_file: bool = True

    @property
    def size(self):
        return self.end - self.start


class Image:
    """The three files of one image: NAME.elf, NAME.bin, NAME.map."""

    def __init__(self, build: Path, name: str, owner: str):
        self.name = name
        self.owner = owner  # Kernel or User: how its memory types are called
        self.path = build / f"{name}.bin"
        data = self.path.read_bytes()
        if len(data) < _HEADER.size:
            raise FormatError(f"{self.path}: {len(data)} bytes, too short for an image header")
        self.file_size = len(data)
        self.header = Header(*_HEADER.unpack_from(data))
        self.elf = Elf(build / f"{name}.elf")
        self.map = LinkMap(build / f"{name}.map")
        self.size_without_symbols = self.file_size - self.map.input_size(".symbols")

    @property
    def base(self) -> int:
        return self.header.link_address

    def regions(self) -> list:
        """What the header says, in order of address; regions of no size are left out."""
        h = self.header
        code, data = f"{self.owner}Code", f"{self.owner}Data"
        every = [
            Region("text", self.base, self.base + h.text_end, "r-x", code),
            Region("rodata", self.base + h.text_end, self.base + h.rodata_end, "r--", code),
            Region("data", self.base + h.rodata_end, self.base + h.data_end, "rw-", data),
            Region("bss", self.base + h.data_end, self.base + h.bss_end, "rw-", data, in_file=False),
        ]
        return [region for region in every if region.size]
