"""The test library itself, and the image tools, without anything of Lintel running."""
import os
import re
import subprocess
import time

import pytest

from lib import image as images
from lib import kernel_log, screen
from lib.qemu import Machine, MachineError
from lib.serial_log import SerialLog

TOOLS = images.ROOT / "tools"


def draw(tmp_path, lines, columns, scale=1, ink=b"\xaa\xbb\xcc", paper=b"\x00\x00\x40", spare=(0, 0)):
    """A screendump of the lines, drawn as the kernel would, with spare pixels at the right and bottom."""
    glyphs = {character: bits for bits, character in screen._glyphs().items()}
    width = columns * 8 * scale + spare[0]
    rows = []
    for line in lines:
        for y in range(16):
            bits = "".join(f"{glyphs[character][y]:08b}" for character in screen.canonical(line.ljust(columns)))
            rows += [b"".join((ink if bit == "1" else paper) * scale for bit in bits) + paper * spare[0]] * scale
    rows += [paper * width] * spare[1]
    path = tmp_path / "screen.ppm"
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, len(rows)) + b"".join(rows))
    return path


TEXT = ["Lintel 0.1.0", "", "  ring 3 \N{BOX DRAWINGS LIGHT HORIZONTAL} Gr\xfc\xdfe, \u03a9\u03bc\u03ad\u03b3\u03b1!"]


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("spare", [(0, 0), (3, 5)])
def test_screen_is_read_back(tmp_path, scale, spare):
    path = draw(tmp_path, TEXT, 60, scale, spare=spare)
    assert screen.read_text(path) == [screen.canonical(line) for line in TEXT]


def test_screen_of_a_laptop_is_read_in_time(tmp_path):
    path = draw(tmp_path, [f"line {n}: the quick brown fox, 0x{n:016x}" for n in range(50)], 160)
    start = time.monotonic()
    assert screen.read_text(path)[49].startswith("line 49")
    assert time.monotonic() - start < 2


def test_other_files_are_no_screens(tmp_path):
    path = tmp_path / "no.ppm"
    path.write_bytes(b"P6\n8 16\n255\n" + bytes(7))
    with pytest.raises(ValueError):
        screen.read_text(path)


@pytest.fixture
def serial():
    output, guest_output = os.pipe()
    guest_input, input_ = os.pipe()
    log = SerialLog(output, input_)
    with open(guest_output, "wb", buffering=0) as line:
        yield log, line
    os.close(guest_input)
    log.close()


def test_serial_text_has_no_escape_sequences(serial):
    log, line = serial
    for byte in "\x1b[2J\x1b[01;01Hmark \x1b[1m\x1b[37mgr\xfcn\x1b[0m\r\nnext\x1b".encode():
        line.write(bytes([byte]))
    assert log.search(re.compile("next"), 0, 5)
    assert log.text == "mark gr\xfcn\nnext"


def test_serial_search_ends_when_the_line_does(serial):
    log, line = serial
    line.close()
    start = time.monotonic()
    assert log.search(re.compile("never"), 0, 30) is None
    assert time.monotonic() - start < 5 and log.closed


def fake_esp(tmp_path):
    esp = tmp_path / "esp"
    (esp / "EFI/BOOT").mkdir(parents=True)
    (esp / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"MZ" + bytes(1000))
    return esp


def make_image(*arguments):
    return subprocess.run([TOOLS / "make-image", *map(str, arguments)], capture_output=True, text=True)


def test_log_and_programs_are_told_apart():
    text = "[    0.1] no stamp\nHello fr[    0.000001] ps2: keyboard\n[   10.000002] more\nom utask.\n[    0.000003] end\n"
    log = "[    0.000001] ps2: keyboard\n[   10.000002] more\n"
    assert kernel_log.from_programs(text) == "[    0.1] no stamp\nHello from utask.\n"
    assert kernel_log.untangled(text) == f"[    0.1] no stamp\n{log}Hello from utask.\n[    0.000003] end\n"
    assert kernel_log.untangled(log) == log


def test_images_of_the_same_files_are_the_same(tmp_path):
    esp = fake_esp(tmp_path)
    for name in ("a.img", "b.img"):
        assert make_image(esp, tmp_path / name).returncode == 0
        (esp / "EFI/BOOT/BOOTX64.EFI").touch()
    assert (tmp_path / "a.img").read_bytes() == (tmp_path / "b.img").read_bytes()


def test_image_of_bad_inputs_is_refused(tmp_path):
    esp = fake_esp(tmp_path)
    target = tmp_path / "a.img"
    assert "not a folder" in make_image(tmp_path / "none", target).stderr
    assert "at least 8 MiB" in make_image(esp, target, "--size", 3).stderr
    (esp / "big").write_bytes(bytes(20 << 20))
    assert re.search(r"need \d+ MiB", make_image(esp, target, "--size", 20).stderr)
    (esp / "EFI/BOOT/BOOTX64.EFI").write_bytes(b"")
    assert "missing or empty" in make_image(esp, target).stderr
    assert not list(tmp_path.glob("a.img*"))


def test_image_is_changed(tmp_path):
    base = tmp_path / "base.img"
    assert make_image(fake_esp(tmp_path), base, "--size", 8).returncode == 0
    changed = images.make_image(tmp_path / "changed.img", {"cmdline": "a=b c"}, {"EFI/other/new.txt": "text"},
                                ["EFI/BOOT/BOOTX64.EFI"], base)
    assert images.read_file(changed, "EFI/other/new.txt") == b"text"
    assert images.read_file(changed, images.BOOT_CONFIG) == b"cmdline = a=b c\n"
    with pytest.raises(RuntimeError):
        images.read_file(changed, "EFI/BOOT/BOOTX64.EFI")


def test_boot_config_is_edited(tmp_path):
    target = tmp_path / "base.img"
    assert make_image(fake_esp(tmp_path), target, "--size", 8).returncode == 0
    images.write_file(target, images.BOOT_CONFIG, "# note\n cmdline =a=1 \ntimeout = 3\n")
    subprocess.run([TOOLS / "boot-config", target, "cmdline+=b=\\2 &", "cmdline^=c", "timeout=", "debugger=wait"],
                   check=True)
    assert images.read_file(target, images.BOOT_CONFIG) == b"# note\ncmdline = c a=1 b=\\2 &\ndebugger = wait\n"


def test_machine_reports_what_it_saw(tmp_path):
    with Machine(disk="none") as machine:
        assert "no such text" in str(pytest.raises(MachineError, machine.wait_for, "no such text", 0.2).value)
        assert machine.monitor("info status").startswith("VM status")
        assert screen.Screenshot(machine.screendump()).width > 0
        machine.send_key("ret")
        folder = machine.folder
        machine.qmp.execute("quit")
        assert machine.wait_exit(10) == 0 and not machine.has_triple_faulted()
    assert not folder.exists()


def test_machine_that_cannot_start_says_why():
    error = pytest.raises(MachineError, Machine(disk="none", cpu="no-such-cpu").start).value
    assert "no-such-cpu" in str(error)
