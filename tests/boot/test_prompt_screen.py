"""A person at the prompt, at a keyboard and a screen: one boot of the default system, used by key presses alone; what
is shown is read back from the screen's pixels."""
import re
import time

import pytest

from lib import image as images
from lib import screen
from lib.keyboard import Keyboard
from lib.qemu import Machine

QUIET = {"initrd": r"\EFI\lintel\initrd.cpio", "cmdline": "quiet"}  # no line of the log comes in between
ROWS, COLUMNS = 50, 160
PROMPT = "lintel:~#"
ESCAPE, BACKSPACE = "\x1b", "\x7f"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_L, CTRL_W, CTRL_Z = "\x01", "\x03", "\x04", "\x05", "\x0c", "\x17", "\x1a"
LETTERS = (0xD0, 0xD0, 0xD0)


class Person:
    """Presses keys, and looks until the screen shows what comes of it."""

    def __init__(self, machine: Machine):
        self.machine = machine
        keyboard = Keyboard(machine)
        self.type, self.press = keyboard.type, keyboard.press
        self._pixels = self._lines = None

    def lines(self) -> list:
        """What the screen shows, without the empty lines at its end."""
        path = self.machine.screendump()
        pixels = screen.Screenshot(path).pixels
        if pixels != self._pixels:
            self._pixels, self._lines = pixels, screen.read_text(path, 1)
        return self._lines[:max((row + 1 for row, line in enumerate(self._lines) if line), default=0)]

    def wait(self, is_right, timeout: float = 30) -> list:
        """Until the lines are right: in the eyes of a function, or because a pattern is somewhere in them."""
        if not callable(is_right):
            pattern = re.compile(is_right, re.MULTILINE)
            return self.wait(lambda lines: pattern.search("\n".join(lines)), timeout)
        deadline = time.monotonic() + timeout
        while True:
            lines = self.lines()
            try:
                if is_right(lines):
                    return lines
            except IndexError:
                pass  # there are not so many lines
            assert time.monotonic() < deadline, "the screen shows:\n" + "\n".join(lines)
            time.sleep(0.1)

    def wait_for_lines(self, *wanted: str):
        wanted = [screen.canonical(line) for line in wanted]
        self.wait(lambda lines: lines == wanted)

    def wait_for_block(self, row: int, column: int):
        """Where a character is shown reversed, or where the cursor is: lit where a character is not, at its top."""
        deadline = time.monotonic() + 30
        while screen.Screenshot(self.machine.screendump()).cell_line(row, column, 0) != [LETTERS] * 8:
            assert time.monotonic() < deadline, f"there is no block at {row}, {column}"
            time.sleep(0.1)

    def prompt(self):
        """The shell's prompt, and nothing else."""
        self.type(CTRL_L)
        self.wait_for_lines(PROMPT)

    def run(self, command: str) -> list:
        """Runs a command at a screen that shows nothing but the prompt, and returns the lines that it writes."""
        self.type(command + "\n")
        first = screen.canonical(f"{PROMPT} {command}")
        lines = self.wait(lambda lines: lines[0] == first and len(lines) > 1 and lines[-1] == PROMPT)[1:-1]
        self.prompt()
        return lines


@pytest.fixture(scope="module")
def booted(build, tmp_path_factory):
    path = images.make_image(tmp_path_factory.mktemp("screen") / "screen.img", QUIET)
    with Machine(image=path, extra=Keyboard.TRACES) as machine:
        machine.wait_for("Welcome to Lintel.")
        machine.wait_for(re.compile(r"lintel:\S*# $"))
        yield Person(machine)
    path.unlink()


@pytest.fixture
def person(booted):
    """At the shell's prompt, whatever the test before has left behind."""
    booted.type(CTRL_C)
    booted.prompt()
    yield booted


def test_lines_can_be_edited(person):
    person.type("echo one twx" + BACKSPACE + "o")
    for _ in range(3):
        person.press("left")
    person.wait_for_lines(f"{PROMPT} echo one two")
    person.wait_for_block(0, len(f"{PROMPT} echo one "))
    person.type("X" + CTRL_A + ": no; ")
    person.press("end")
    person.type(" three" + CTRL_W + "four\n")
    person.wait_for_lines(f"{PROMPT} : no; echo one Xtwo four", "one Xtwo four", PROMPT)


def test_the_history_is_kept(person):
    person.run("echo the first")
    person.run("echo the second")
    person.press("up")
    person.press("up")
    person.type("\n")
    person.wait_for_lines(f"{PROMPT} echo the first", "the first", PROMPT)


def test_names_are_completed(person):
    person.run("touch /tmp/a-long-name-to-be-completed")
    person.type("ls /tmp/a-lo\t\n")
    person.wait_for_lines(f"{PROMPT} ls /tmp/a-long-name-to-be-completed", "/tmp/a-long-name-to-be-completed", PROMPT)


def start_cat(person):
    """Before the shell has given the terminal back to its own editing, nothing is echoed."""
    person.type("echo runs; cat\n")
    person.wait_for_lines(f"{PROMPT} echo runs; cat", "runs")


def test_jobs_are_controlled(person):
    start_cat(person)
    shown = [f"{PROMPT} echo runs; cat", "runs", "one", "one"]
    person.type("one\n")
    person.wait_for_lines(*shown)
    person.type(CTRL_Z)
    person.wait_for_lines(*shown, "^Z[1]+  Stopped                    cat", PROMPT)
    person.prompt()
    assert person.run("sleep 1000 & jobs") == ["[1]+  Stopped                    cat",
                                               "[2]-  Running                    sleep 1000"]
    person.run("kill %2; wait %2")
    person.type("fg\n")
    person.wait(r"^cat$")
    person.type("two\n")
    person.wait(r"two\ntwo$")
    person.type(CTRL_C)
    person.wait(rf"^\^C\n{PROMPT}$")
    person.prompt()
    assert person.run("echo $?; jobs") == ["130"]


def test_text_is_utf_8(person):
    """What is typed with Compose, too."""
    person.type("echo Grüße | tee /tmp/words | wc -c")
    person.wait_for_lines(f"{PROMPT} echo Grüße | tee /tmp/words | wc -c")
    person.type("\n")
    person.wait_for_lines(f"{PROMPT} echo Grüße | tee /tmp/words | wc -c", "8", PROMPT)
    person.prompt()
    assert person.run("cat /tmp/words; printf 'caf\\303\\251 \\342\\224\\200\\n'") == ["Grüße", "café ─"]
    start_cat(person)
    person.type("ö" + BACKSPACE + "o\n")  # the terminal's own editing erases a character, not a byte
    person.wait_for_lines(f"{PROMPT} echo runs; cat", "runs", "o", "o")
    person.type(CTRL_D)
    person.wait(rf"^{PROMPT}$")


def test_an_editor_saves_a_file(person):
    person.type("vi /tmp/text\n")
    person.wait(lambda lines: len(lines) == ROWS and lines[1] == "~" and lines[-1].startswith("- /tmp/text "))
    person.type("ihello\n")
    person.wait(lambda lines: lines[0] == "hello" and lines[1] == "" and lines[-1].startswith("I /tmp/text "))
    person.wait_for_block(1, 0)
    person.type("wörld" + ESCAPE)
    person.wait(lambda lines: re.match(r"- /tmp/text \[Modified\] 2/2 100%", lines[-1]))
    person.type(":nonsense\n")
    person.wait(lambda lines: "nonsense" in lines[-1] and "not implemented" in lines[-1])
    person.wait_for_block(ROWS - 1, 0)
    person.type("kyyp:wq\n")
    person.wait(rf"^{PROMPT}$")
    person.prompt()
    assert person.run("cat /tmp/text") == ["hello", "hello", "wörld"]


def test_full_screens_are_drawn_and_left(person):
    person.type("top\n")
    lines = person.wait(lambda lines: any(re.match(r"\s+PID\s+PPID\s+USER", line) for line in lines[:5])
                        and any(line.endswith(" top") for line in lines))
    assert re.match(r"Mem: \d+K used, \d+K free", lines[0]) and lines[1].startswith("CPU:")
    heading = next(row for row, line in enumerate(lines) if "PPID" in line)
    person.wait_for_block(heading, 2)
    person.type("q")
    person.wait(rf"^{PROMPT}$")
    person.prompt()
    person.type("seq 1 500 >/tmp/numbers; less -m /tmp/numbers\n")
    person.wait(lambda lines: lines[0] == "1" and lines[ROWS - 2] == str(ROWS - 1) and "/tmp/numbers" in lines[-1])
    person.wait_for_block(ROWS - 1, 0)
    person.press("pgdn")
    person.wait(lambda lines: lines[0] == str(ROWS) and lines[ROWS - 2] == str(2 * ROWS - 2))
    person.type("/333\n")
    person.wait(lambda lines: lines[0] == "333")
    person.press("end")
    person.wait(lambda lines: "500" in lines and lines[-1].endswith("(END)"))
    person.type("q")
    person.wait(rf"^{PROMPT}$")


def test_what_has_scrolled_away_is_shown(person):
    person.type("seq 1 200\n")
    end = [str(number) for number in range(152, 201)] + [PROMPT]
    person.wait(lambda lines: lines == end)
    person.press("shift", "pgup")
    person.wait(lambda lines: lines == [str(number) for number in range(127, 177)])
    person.press("shift", "pgdn")
    person.wait(lambda lines: lines == end)
    person.press("shift", "pgup")
    person.wait(lambda lines: lines[0] == "127")
    person.type("x")
    person.wait(lambda lines: lines == end[:-1] + [PROMPT + " x"])


def test_the_window_size(person):
    """It is the screen's; a program that is told another one draws in that."""
    assert person.run("stty size") == [f"{ROWS} {COLUMNS}"]
    person.type("seq 1 500 >/tmp/numbers; vi /tmp/numbers\n")
    person.wait(lambda lines: lines[0] == "1" and lines[-1].startswith("- /tmp/numbers 1/500"))
    person.type(":!stty rows 20 cols 60\n")
    person.wait(r"Hit return")
    person.type("\n")
    person.wait(lambda lines: lines[18] == "19" and lines[19].startswith("- /tmp/numbers 1/500"))
    person.type(":q\n")
    person.wait(rf"^{PROMPT}$")
    person.prompt()
    person.run("stty rows 8")
    person.type("top\n")
    person.wait(lambda lines: lines[0].startswith("Mem: ") and "COMMAND" in lines[3] and 6 <= len(lines) <= 8
                and all(len(line) <= 60 for line in lines))
    person.type("q")
    person.wait(rf"^{PROMPT}$")
    person.prompt()
    person.run(f"stty rows {ROWS} cols {COLUMNS}")


def test_a_user_logs_in_at_another_terminal(person):
    person.press("alt", "f2")
    person.wait(r"^lintel login:$")
    person.type("user\n")
    person.wait(r"^Password:$")
    person.press("alt", "f1")
    person.wait_for_lines(PROMPT)
    person.run("until stty -a -F /dev/tty2 | grep -q ' -echo '; do sleep 0.1; done")  # it switches it off soon
    person.type("echo this stays")
    person.wait_for_lines(f"{PROMPT} echo this stays")
    person.press("alt", "f2")
    person.wait(r"^Password:$")
    person.type("user\n")
    person.wait(r"^lintel:~\$$")
    person.type("tty; id -u; cat /etc/shadow\n")
    person.wait(r"\n/dev/tty2\n1000\ncat: can't open '/etc/shadow': Permission denied\nlintel:~\$$")
    assert "Password:" in person.lines(), "a password was echoed"
    person.press("alt", "f1")
    person.wait_for_lines(f"{PROMPT} echo this stays")
    person.type("\n")
    person.wait_for_lines(f"{PROMPT} echo this stays", "this stays", PROMPT)
    person.press("alt", "f2")
    person.type("exit\n")
    person.wait(r"^lintel login:$")
    person.press("alt", "f1")
    person.wait_for_lines(f"{PROMPT} echo this stays", "this stays", PROMPT)


def test_three_keys_restart_it(person):
    """The last one: after it there is no prompt any more."""
    person.press("ctrl", "alt", "delete")
    assert person.machine.shutdown_reason(30) == "guest-reset"
    assert "The system is going down" in person.machine.serial  # which shows what the console shows
