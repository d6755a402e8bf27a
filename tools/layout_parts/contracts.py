"""Constants of common/*.h, read from the headers themselves so that each stands once."""
import re
from pathlib import Path

_DEFINE = re.compile(r"^#define\s+([A-Z][A-Z0-9_]*)\s+\(?(0x[0-9a-fA-F]+|\d+)[uUlL]*\)?\s*(?:/\*.*)?$", re.MULTILINE)


def read_constants(common: Path) -> dict:
    constants = {}
    for header in ("image_header.h", "boot_info.h", "memory_type.h"):
        for name, value in _DEFINE.findall((common / header).read_text("utf-8")):
            constants[name] = int(value, 0)
    return constants
