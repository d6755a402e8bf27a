"""The table of system calls, the kernel that was built, and docs/linux-abi.md: each entry has a handler and is told of."""
import re
import subprocess

from lib import image as images

TABLE = images.ROOT / "kernel/syscall/table.h"
DOCUMENT = images.ROOT / "docs/linux-abi.md"
KERNEL = images.build_folder() / "kernel.elf"
ENTRY = re.compile(r'^SYSCALL\((\d+), (\w+), "([duloxpsba]*)"\)$', re.MULTILINE)


def entries():
    return [(int(number), name) for number, name, _ in ENTRY.findall(TABLE.read_text("utf-8"))]


def handlers():
    """Names of the system calls that the kernel defines a function for."""
    listing = subprocess.run(["nm", "--defined-only", KERNEL], capture_output=True, text=True, timeout=60, check=True)
    return set(re.findall(r" [Tt] sys_(\w+)$", listing.stdout, re.MULTILINE))


def test_table_is_read():
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("SYSCALL(")]
    assert len(lines) == len(entries()) > 200


def test_numbers_ascend():
    numbers = [number for number, _ in entries()]
    assert numbers == sorted(set(numbers))


def test_numbers_are_the_hosts():
    """As the host's headers have them."""
    header = subprocess.run(["cc", "-E", "-dM", "-include", "asm/unistd_64.h", "-x", "c", "/dev/null"],
                            capture_output=True, text=True, timeout=60, check=True).stdout
    known = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", header)}
    assert known
    wrong = [(number, name) for number, name in entries() if known.get(name, number) != number]
    assert not wrong


def test_each_entry_has_a_handler():
    missing = sorted({name for _, name in entries()} - handlers())
    assert not missing, f"without a handler: {' '.join(missing)}"


def test_each_handler_is_in_the_table():
    unknown = sorted(handlers() - {name for _, name in entries()})
    assert not unknown, f"not in the table: {' '.join(unknown)}"


def test_each_handler_is_documented():
    text = DOCUMENT.read_text("utf-8")
    missing = sorted(name for name in handlers() if not re.search(rf"`{name}\b", text))
    assert not missing, f"docs/linux-abi.md does not tell of: {' '.join(missing)}"
