"""What a boot's text says, taken apart: marks, log lines, memory map, mappings."""
import re
from dataclasses import dataclass

from .qemu import debug_exit_status

PAGE_SIZE = 4096
LINK_BASE = 0xFFFFFFFF80000000
MARKS = ["loader-entry", "images-loaded", "exit-boot-services", "kernel-entry", "first-user"]

# QEMU's exit status under on-exit=debug-exit panic=debug-exit (kernel/main.c).
EXIT_SUCCESS = debug_exit_status(0x10)  # PID 1 ended with status 0
EXIT_FAILURE = debug_exit_status(0x11)  # with another
EXIT_FAULT = debug_exit_status(0x12)
EXIT_PANIC = debug_exit_status(0x13)
END_BY_STATUS = "on-exit=debug-exit panic=debug-exit"

_LOG_LINE = re.compile(r"^\[ *(\d+)\.(\d{6})\] (.*)$", re.MULTILINE)
_LOGGED = re.compile(r"\[ *\d+\.\d{6}\] .*\n")
_TANGLED = re.compile(r"^((?!\[ *\d+\.\d{6}\] ).+?)((?:\[ *\d+\.\d{6}\] .*\n)+)", re.MULTILINE)
_REGION = re.compile(r"memory map: 0x([0-9a-f]{12,})-0x([0-9a-f]{12,}) +(\d+) pages (\w+)$", re.MULTILINE)
_MAPPING = re.compile(r"kernel mapping: 0x([0-9a-f]{16}) +(\d+) pages at 0x([0-9a-f]+) (\S{3}) (.+)$",
                      re.MULTILINE)
_AREA = re.compile(r"user page table: 0x([0-9a-f]{16})-0x([0-9a-f]{16}) (\S{4}) (\w+) at 0x([0-9a-f]+)$",
                   re.MULTILINE)
_MARK = re.compile(r"^mark (\S+) tsc=(\d+)$", re.MULTILINE)
_SLIDE = re.compile(r"^lintel: kernel \S+: \d+ KiB at 0x[0-9a-f]+ slide 0x([0-9a-f]+)$", re.MULTILINE)
_FIRST_LINE = re.compile(r"^\[ *\d+\.\d{6}\] Lintel ", re.MULTILINE)


@dataclass(frozen=True)
class Range:
    """A run of pages; end is the first address behind it."""

    start: int
    end: int
    name: str
    protection: str = ""
    physical: int = None

    def holds(self, start: int, pages: int) -> bool:
        return self.start <= start and start + pages * PAGE_SIZE <= self.end


def log_lines(text: str) -> list:
    """(microseconds, text) of each line that the kernel logged."""
    return [(int(seconds) * 1000000 + int(us), line) for seconds, us, line in _LOG_LINE.findall(text)]


def from_kernel(text: str) -> str:
    """The text from the kernel's first line on, without marks, which are for scripts and not on the screen."""
    first = _FIRST_LINE.search(text)
    return "" if first is None else _MARK.sub("", text[first.start():]).replace("\n\n", "\n")


def untangled(text: str) -> str:
    """The text with each line of the log that came in the middle of a program's line in front of it: what programs
    write is sent a FIFO's content at a time."""
    return _TANGLED.sub(lambda match: match[2] + match[1], text)


def from_programs(text: str) -> str:
    """The text without what the kernel logged, whose lines may come anywhere in those of programs."""
    return _LOGGED.sub("", text)


def marks(text: str) -> list:
    """(name, TSC)"""
    return [(name, int(tsc)) for name, tsc in _MARK.findall(text)]


def slide(text: str) -> int:
    """How far the bootloader says that it moved the kernel."""
    return int(_SLIDE.search(text)[1], 16)


def memory_map(text: str) -> list:
    """Ranges of physical memory, named by type. The page counts are checked."""
    regions = []
    for start, end, pages, name in _REGION.findall(text):
        regions.append(Range(int(start, 16), int(end, 16), name))
        assert regions[-1].end - regions[-1].start == int(pages) * PAGE_SIZE, regions[-1]
    return regions


def kernel_mappings(text: str) -> list:
    return [Range(int(start, 16), int(start, 16) + int(pages) * PAGE_SIZE, name, protection, int(physical, 16))
            for start, pages, physical, protection, name in _MAPPING.findall(text)]


def user_areas(text: str) -> list:
    return [Range(int(start, 16), int(end, 16), name, protection, int(physical, 16))
            for start, end, protection, name, physical in _AREA.findall(text)]
