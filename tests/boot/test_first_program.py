"""PID 1 may be any static Linux program: an ELF file in utask's place runs, and one that cannot is told of."""
import struct

import pytest

from lib import image as images
from lib.kernel_log import END_BY_STATUS, EXIT_FAULT, EXIT_SUCCESS

UTASK = "EFI/lintel/utask.bin"
PHDR_OFFSET, PHDR_SIZE = 64, 56
PT_LOAD, PT_INTERP = 1, 3


def run(machine, tmp_path, program, arguments="", **settings):
    image = images.make_image(tmp_path / "disk.img", files={UTASK: program},
                              boot_cfg={"cmdline": f"{END_BY_STATUS} -- {arguments}"})
    started = machine(image=image, **settings)
    status = started.wait_exit()
    return status, started.serial.replace("\r", "")


def built(build, name):
    return (build / "tests/programs/bin" / name).read_bytes()


@pytest.mark.parametrize("name", ["hello", "hello-pie", "hello-glibc"])
def test_it_runs(machine, build, tmp_path, name):
    status, text = run(machine, tmp_path, built(build, name))
    assert status == EXIT_SUCCESS, text
    assert "process: pid 1 (utask) exited with status 0" in text


def test_it_gets_its_arguments(machine, build, tmp_path):
    _, text = run(machine, tmp_path, built(build, "arguments"), "one --two=2 three.3")
    for word in ["one", "--two=2", "three.3"]:
        assert word in text


def with_bytes(elf, offset, data):
    return elf[:offset] + data + elf[offset + len(data):]


def with_interpreter(elf):
    """The last program header that is not to be loaded becomes PT_INTERP; its name is a text of the file's."""
    count = struct.unpack_from("<H", elf, 56)[0]
    name_at = len(elf)
    for index in reversed(range(count)):
        at = PHDR_OFFSET + index * PHDR_SIZE
        if struct.unpack_from("<I", elf, at)[0] != PT_LOAD:
            header = struct.pack("<IIQQQQQQ", PT_INTERP, 4, name_at, 0, 0, 11, 11, 1)
            return with_bytes(elf, at, header) + b"/lib/ld.so\0"
    raise ValueError("all program headers are loaded")


BROKEN = {
    "cut": (lambda elf: elf[:20000], "is cut short: 20000 bytes, but its segment"),
    "cut header": (lambda elf: elf[:40], "is cut short: 40 bytes, less than an ELF header"),
    "another machine": (lambda elf: with_bytes(elf, 18, b"\x03\0"), "is for another CPU"),
    "not linked": (lambda elf: with_bytes(elf, 16, b"\x01\0"), "is not a program (ELF type 1)"),
    "no program headers": (lambda elf: with_bytes(elf, 56, b"\0\0"), "has no program headers"),
    "entry point": (lambda elf: with_bytes(elf, 24, bytes(8)), "its entry point 0x0 is outside"),
    "no linker": (with_interpreter, "asks for a dynamic linker that the initrd does not have"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_told(machine, build, tmp_path, name):
    change, words = BROKEN[name]
    status, text = run(machine, tmp_path, change(built(build, "hello")))
    assert status == EXIT_FAULT, text
    assert f"process: utask cannot be PID 1: it {words}" in text
    assert "boot: there is no PID 1" in text and "PANIC" not in text


def test_strace_shows_calls(machine, build, tmp_path):
    image = images.make_image(tmp_path / "disk.img", files={UTASK: built(build, "hello")},
                              boot_cfg={"cmdline": f"{END_BY_STATUS} strace=utask"})
    started = machine(image=image)
    assert started.wait_exit() == EXIT_SUCCESS
    text = started.serial
    assert "[pid 1] arch_prctl(0x1002, 0x" in text
    assert "[pid 1] exit_group(0) = ?" in text
