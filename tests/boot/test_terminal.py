"""The terminals on the screen, read back through the font: a shell on the serial line writes to them."""
import itertools
import re
import time

import pytest

from lib import image as images
from lib import screen
from lib.qemu import Machine
from lib.waiting import becomes_true

INITRD = r"\EFI\lintel\initrd.cpio"
COLUMNS, ROWS = 160, 50
LETTERS, BACKGROUND = (0xD0, 0xD0, 0xD0), (0, 0, 0)


class Terminals:
    """A machine whose screen is nobody's but the test's."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self._numbers = itertools.count()

    def run(self, command: str, timeout: float = 60) -> str:
        """What a command of the shell prints on the serial line."""
        number, before = next(self._numbers), len(self.machine.serial)
        self.machine.send_serial(f"{command}; echo end-$(({number}+0))\n")
        self.machine.wait_for(re.compile(rf"end-{number}\n"), timeout)
        return self.machine.serial[before:].rpartition(f"end-{number}\n")[0]

    def write(self, text: str, terminal: int = 1):
        """The shell's printf writes to a terminal, whose output processing is off."""
        escaped = "".join(f"\\{byte:03o}" for byte in text.encode())
        for start in range(0, len(escaped), 400):
            self.run(f"printf '{escaped[start:start + 400]}' >/dev/tty{terminal}")

    def lines(self) -> list:
        lines = screen.read_text(self.machine.screendump(), 1)
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def wait_for(self, wanted: list, timeout: float = 150):
        """Until the screen shows these lines, and no others below them."""
        wanted = [screen.canonical(line) for line in wanted]
        deadline = time.monotonic() + timeout
        while (lines := self.lines()) != wanted:
            assert time.monotonic() < deadline, "\n".join(lines)
            time.sleep(0.2)

    def cell(self, row: int, column: int) -> set:
        """The colours of a cell."""
        return screen.Screenshot(self.machine.screendump()).cell_colours(row, column)

    def pixels(self, row: int, column: int, line: int) -> list:
        """One line of a cell's dots."""
        return screen.Screenshot(self.machine.screendump()).cell_line(row, column, line)


@pytest.fixture(scope="module")
def terminals(build, tmp_path_factory):
    path = tmp_path_factory.mktemp("terminals") / "terminals.img"
    config = {"cmdline": "console=ttyS0 -- init=/bin/sh", "initrd": INITRD}
    with Machine(image=images.make_image(path, config)) as machine:
        machine.wait_for(re.compile(r"\n.*# $"))
        started = Terminals(machine)
        started.run("PS1=; stty -echo")
        started.run("exec 8<>/dev/tty1 9<>/dev/tty2; stty -opost <&8; stty -opost <&9")
        yield started


@pytest.fixture(autouse=True)
def blank_screen(terminals):
    terminals.run("chvt 1")
    terminals.write("\033c")


def test_size(terminals):
    assert terminals.run("stty size </dev/tty1").strip() == f"{ROWS} {COLUMNS}"


def test_sequences_move_and_erase(terminals):
    terminals.write("\033[3;5Hthree-five\033[2Gtwo\033[5;1Hone\033[1;1Hfirst line\033[2;9Hx\033[3D<\033[1;6H\033[P-\033[@")
    terminals.wait_for(["first- ine", "      < x", " twothree-five", "", "one"])


def test_lines_scroll_between_margins(terminals):
    terminals.write("top\r\n1\r\n2\r\n3\r\nbottom\033[2;4r\033[4;1H\n4\033[2;1H\033M0\033[r\033[7;1Hend")
    terminals.wait_for(["top", "0", "2", "3", "bottom", "", "end"])


def test_text_that_is_not_ascii(terminals):
    terminals.write("\033(0lqqk\033(B ─│┌▒ äßλЖ é\r\ncafe\u0301 soft")
    terminals.wait_for(["┌──┐ ─│┌▒ äßλЖ é", "café soft"])
    terminals.write("\033c[中]")
    assert becomes_true(lambda: re.match(r"\[..\]", "".join(terminals.lines()[:1]))), "a wide character takes two cells"


def test_colours_and_attributes(terminals):
    terminals.write("\033[31;44mA\033[m\033[7mB\033[m\033[1mC\033[m\033[38;2;255;0;128mD\033[m\033[8mE\033[m"
                    "\033[38;5;196;48;5;21mF\033[m\033[4m \033[m\033[2mG\033[m\033[?25l")
    assert becomes_true(lambda: terminals.cell(0, 7) == {(0x68, 0x68, 0x68), BACKGROUND})  # the last one
    assert terminals.cell(0, 0) == {(0xAA, 0, 0), (0, 0, 0xAA)}
    assert terminals.cell(0, 1) == {LETTERS, BACKGROUND} and terminals.pixels(0, 1, 0) == [LETTERS] * 8
    assert terminals.cell(0, 2) == {(0xFF, 0xFF, 0xFF), BACKGROUND}
    assert terminals.cell(0, 3) == {(0xFF, 0, 0x84), BACKGROUND}
    assert terminals.cell(0, 4) == {BACKGROUND}
    assert terminals.cell(0, 5) == {(0xFF, 0, 0), (0, 0, 0xFF)}
    assert terminals.pixels(0, 6, 14) == [LETTERS] * 8 and terminals.pixels(0, 6, 13) == [BACKGROUND] * 8


def test_the_cursor(terminals):
    terminals.write("\033[2;2H")
    assert becomes_true(lambda: terminals.cell(1, 1) == {LETTERS})
    terminals.write("\033[4 q")
    assert becomes_true(lambda: terminals.pixels(1, 1, 13) == [BACKGROUND] * 8)
    assert terminals.pixels(1, 1, 15) == [LETTERS] * 8
    terminals.write("\033[?25l")
    assert becomes_true(lambda: terminals.cell(1, 1) == {BACKGROUND})


def test_palette(terminals):
    terminals.write("\033]P1123456\033[31mred\033[m\033[?25l")
    assert becomes_true(lambda: terminals.cell(0, 0) == {(0x12, 0x34, 0x56), BACKGROUND})
    terminals.write("\033]R")
    assert becomes_true(lambda: terminals.cell(0, 0) == {(0xAA, 0, 0), BACKGROUND})


def test_alternate_screen_and_history(terminals):
    terminals.run("seq 1 200 | sed 's/$/\\r/' >/dev/tty1")
    numbers = [str(number) for number in range(152, 201)]
    terminals.wait_for(numbers)
    terminals.write("\033[?1049h\033[Hediting")
    terminals.wait_for(["editing"])
    terminals.machine.send_key("shift", "pgup")  # there is no history of this one
    time.sleep(0.5)
    assert terminals.lines() == ["editing"]
    terminals.write("\033[?1049l")
    terminals.wait_for(numbers)
    terminals.machine.send_key("shift", "pgup")
    terminals.wait_for([str(number) for number in range(127, 177)])
    terminals.machine.send_key("shift", "pgdn")
    terminals.wait_for(numbers)
    terminals.machine.send_key("shift", "pgup")
    terminals.write("201")  # what is written brings the end back
    terminals.wait_for(numbers + ["201"])


def test_terminals_are_switched(terminals):
    terminals.write("on the first")
    terminals.write("\033con the second", 2)
    terminals.wait_for(["on the first"])
    terminals.machine.send_key("alt", "f2")
    terminals.wait_for(["on the second"])
    terminals.machine.send_key("alt", "f6")  # nobody has opened that one
    time.sleep(0.5)
    assert terminals.lines() == ["on the second"]
    terminals.write(", unseen")
    terminals.machine.send_key("alt", "f1")
    terminals.wait_for(["on the first, unseen"])
    terminals.run("chvt 2")
    terminals.wait_for(["on the second"])
    assert terminals.run("chvt 9 2>&1").strip() == "chvt: VT_ACTIVATE: No such device or address"
    terminals.run("chvt 4")
    terminals.wait_for([])
    assert "tty4" in terminals.run("chvt 1; ls /dev/tty4; deallocvt 4; deallocvt 1 2>&1 || deallocvt")


def test_answers_are_typed(terminals):
    terminals.run("stty -icanon -echo min 6 </dev/tty1")
    answer = terminals.run("printf '\\033[3;7H\\033[6n' >/dev/tty1; dd bs=6 count=1 </dev/tty1 2>/dev/null | od -An -c")
    assert answer.split() == ["033", "[", "3", ";", "7", "R"]
    terminals.run("stty icanon echo </dev/tty1")


def test_random_bytes_leave_it_usable(terminals):
    terminals.run("head -c 1000000 /dev/urandom >/dev/tty1", timeout=120)
    terminals.write("\030\033cusable")
    terminals.wait_for(["usable"])


def test_the_log_goes_to_the_first_terminal(terminals):
    """Whatever is in front."""
    terminals.write("\033c", 2)
    terminals.run("chvt 2; echo '<4>a message of the test' >/dev/kmsg")
    time.sleep(0.3)
    assert terminals.lines() == []
    terminals.machine.send_key("alt", "f1")
    assert becomes_true(lambda: "a message of the test" in "\n".join(terminals.lines()))
