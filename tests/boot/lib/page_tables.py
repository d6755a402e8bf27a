"""The page tables that a running machine uses, read through QEMU's monitor: no word of the guest is trusted."""
import re
from dataclasses import dataclass

PAGE_SIZE = 4096
PRESENT, WRITE, USER, LARGE, NO_EXECUTE = 1 << 0, 1 << 1, 1 << 2, 1 << 7, 1 << 63
ADDRESS_MASK = 0x000FFFFFFFFFF000


@dataclass(frozen=True)
class Page:
    """One page of 4 KiB, 2 MiB or 1 GiB, with what all levels together permit."""

    start: int
    size: int
    physical: int
    is_writable: bool
    is_executable: bool
    is_user: bool

    @property
    def end(self) -> int:
        return self.start + self.size

    @property
    def physical_end(self) -> int:
        return self.physical + self.size


def registers(machine) -> dict:
    """Registers of CPU 0 by QEMU's names, and of the flags CPL and HLT."""
    text = machine.monitor("info registers")
    found = re.findall(r"\b([A-Z][A-Z0-9]{1,4}) ?=([0-9a-f]+)\b", text)
    return {name: int(value, 16) for name, value in found}


def read_pages(machine) -> list:
    """Every page that is mapped, in ascending order. The machine must be stopped, or its tables at rest."""
    return list(_walk(machine, registers(machine)["CR3"] & ADDRESS_MASK, 4, 0, WRITE | USER, False))


def _walk(machine, table: int, level: int, start: int, permitted: int, is_no_execute: bool):
    size = PAGE_SIZE << 9 * (level - 1)
    for index, entry in enumerate(_read_table(machine, table)):
        if not entry & PRESENT:
            continue
        address = start + index * size
        if level == 4 and index >= 256:
            address += 0xFFFF << 48
        permits = permitted & entry
        denies = is_no_execute or bool(entry & NO_EXECUTE)
        if level == 1 or (entry & LARGE and level < 4):
            yield Page(address, size, entry & ADDRESS_MASK & ~(size - 1), bool(permits & WRITE), not denies,
                       bool(permits & USER))
        else:
            yield from _walk(machine, entry & ADDRESS_MASK, level - 1, address, permits, denies)


def _read_table(machine, table: int) -> list:
    text = machine.monitor(f"xp /512gx {table:#x}")
    entries = [int(word, 16) for line in text.splitlines() for word in line.partition(":")[2].split()]
    assert len(entries) == 512, text
    return entries
