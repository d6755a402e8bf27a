"""A person at the prompt: one boot of the default system, used over the serial line as somebody would who types there.
"""
import itertools
import re

import pytest

from lib import image as images
from lib.qemu import Machine
from lib.waiting import becomes_idle

INITRD = {"initrd": r"\EFI\lintel\initrd.cpio"}
ENTER, UP, LEFT, BACKSPACE, ESCAPE = "\r", "\x1b[A", "\x1b[D", "\x7f", "\x1b"
CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_W, CTRL_Z = "\x01", "\x03", "\x04", "\x05", "\x17", "\x1a"
LOG_LINE = re.compile(r"^\[ *\d+\.\d{6}\] .*\n", re.MULTILINE)
PROMPT = re.compile(r"lintel:\S*[#$] $")


class Shell:
    """Types, and waits for what comes back."""

    def __init__(self, machine):
        self.machine = machine
        self.numbers = itertools.count(1)

    def type(self, text):
        self.machine.send_serial(text)

    def wait(self, pattern, timeout=15):
        return self.machine.wait_for(pattern, timeout)

    def answer(self, question, text):
        """What is typed before the question's program has switched the echo off is thrown away. Then it waits."""
        self.wait(question)
        assert becomes_idle(self.machine)
        self.type(text + ENTER)

    def run(self, command, timeout=15):
        """Runs a command and returns what it prints, without lines of the log that come in between."""
        number = next(self.numbers)
        self.type(f"{command}; echo end''-{number}-$?{ENTER}")
        self.wait(f"end''-{number}-$?\n", timeout)
        start = self.machine.serial.rindex(f"end''-{number}-$?\n") + len(f"end''-{number}-$?\n")
        end = self.wait(re.compile(rf"end-{number}-(\d+)\n"), timeout)
        self.status = int(end[1])
        text = self.machine.serial[start:self.machine.serial.rindex(f"end-{number}-")]
        self.wait(PROMPT, timeout)
        return LOG_LINE.sub("", text)


@pytest.fixture(scope="module")
def booted(build, tmp_path_factory):
    path = images.make_image(tmp_path_factory.mktemp("prompt") / "prompt.img", INITRD)
    with Machine(image=path) as machine:
        machine.wait_for("Welcome to Lintel.")
        machine.wait_for(PROMPT)
        yield Shell(machine)
    path.unlink()


@pytest.fixture
def shell(booted, request):
    """The shell at its prompt, whatever the test before has left behind."""
    booted.type(CTRL_C)
    booted.wait(PROMPT)
    yield booted


def test_lines_can_be_edited(shell):
    shell.type(f"echo one twx{BACKSPACE}o{LEFT}{LEFT}{LEFT}X{CTRL_A}: no; {CTRL_E}three{ENTER}")
    shell.wait("\none Xtwothree\n")
    shell.type(f"echo some words{CTRL_W}more{ENTER}")
    shell.wait("\nsome more\n")


def test_the_history_is_kept(shell):
    shell.run("echo the first")
    shell.run("echo the second")
    shell.type(f"{UP}{UP}{ENTER}")
    shell.wait(re.compile(r"\nthe first\nend-\d+-0\n"))


def test_names_are_completed(shell):
    shell.run("touch /tmp/a-long-name-to-be-completed")
    shell.type(f"ls /tmp/a-lo\t{ENTER}")
    shell.wait("\n/tmp/a-long-name-to-be-completed\n")
    shell.type(f"hostna\t{ENTER}")
    shell.wait("\nlintel\n")


def start(shell, program):
    """Until it runs, what is typed would be the shell's."""
    shell.type(f"sh -c 'echo runs-$((1 + 1)); exec {program}'{ENTER}")
    shell.wait("runs-2\n")


def test_jobs_are_controlled(shell):
    start(shell, "sleep 1000")
    shell.type(CTRL_C)
    shell.wait(PROMPT)
    assert shell.run("echo $?") == "130\n"
    start(shell, "sleep 1000")
    shell.type(CTRL_Z)
    shell.wait("Stopped")
    assert "Stopped" in shell.run("jobs")
    shell.run("bg")
    assert "Running" in shell.run("jobs")
    shell.run("kill %1; wait")
    start(shell, "cat")
    shell.type(f"one{ENTER}")
    shell.wait("one\none\n")
    shell.type(CTRL_Z)
    shell.wait("Stopped")
    shell.wait(PROMPT)
    shell.type(f"fg{ENTER}")
    shell.wait('exec cat"\n')
    shell.type(f"two{ENTER}")
    shell.wait("two\ntwo\n")
    shell.type(CTRL_C)
    shell.wait(PROMPT)
    assert shell.run("echo $?; jobs") == "130\n"


def test_a_pipeline_reads_what_is_typed(shell):
    start(shell, "cat | sort | uniq")
    shell.type(f"b{ENTER}a{ENTER}b{ENTER}{CTRL_D}")
    shell.wait("a\nb\nlintel:")


def test_a_background_job_that_reads_is_stopped(shell):
    shell.run("cat & true")
    assert "Stopped (tty input)" in shell.run("until jobs | grep Stopped; do sleep 0.1; done; jobs")
    shell.run("kill %1")


def test_an_editor_saves_a_file(shell):
    shell.type(f"vi /tmp/text{ENTER}")
    shell.wait(re.compile(r"/tmp/text\W+1/1"))
    shell.type(f"ihello{ENTER}wörld{ESCAPE}")
    shell.wait(re.compile(r"- /tmp/text \[Modified\] 2/2"))  # an escape and a key at once would be another key
    shell.type(f"kyyp:wq{ENTER}")
    shell.wait(PROMPT)
    assert shell.run("cat /tmp/text") == "hello\nhello\nwörld\n"


def test_full_screens_are_drawn_and_left(shell):
    shell.type(f"top{ENTER}")
    shell.wait(re.compile(r"Mem: \d+K used"))
    shell.wait(re.compile(r"PID\s+PPID\s+USER"))
    shell.type("q")
    shell.wait(PROMPT)
    shell.run("seq 1 500 > /tmp/numbers")
    shell.type(f"less /tmp/numbers{ENTER}")
    shell.wait("\n10\n")
    shell.type("G")
    shell.wait("500\n")
    shell.type("q")
    shell.wait(PROMPT)
    shell.type(f"more /tmp/numbers{ENTER}")
    shell.wait("--More--")
    shell.type("q")
    shell.wait(PROMPT)


def test_the_window_size_is_told(shell):
    rows, columns = shell.run("stty size").split()
    assert int(rows) >= 25 and int(columns) >= 80
    script = 'trap "echo the size has changed" WINCH; stty rows 30 columns 100; :'
    assert shell.run(f"sh -c '{script}'") == "the size has changed\n"
    assert shell.run("stty size") == "30 100\n"
    shell.run(f"stty rows {rows} columns {columns}")


def test_text_is_utf_8(shell):
    assert shell.run("echo 'Grüße, 世界 ☃' | tee /tmp/words | wc -c") == "20\n"
    assert shell.run("cat /tmp/words") == "Grüße, 世界 ☃\n"


def test_proc_tells_of_processes(shell):
    assert shell.run("ls -1d /proc/1 /proc/self/fd /proc/meminfo") == "/proc/1\n/proc/meminfo\n/proc/self/fd\n"
    assert re.search(r"^ +1 root .* \{?(init|busybox)", shell.run("ps"), re.MULTILINE)
    assert shell.run("readlink /proc/$$/exe") == "/bin/busybox\n"
    assert " on /proc type proc (" in shell.run("mount")


def test_a_user_logs_in_and_may_do_less(shell):
    shell.run("echo secret > /root/secret; chmod 600 /root/secret; chmod 755 /root")
    shell.type(f"login{ENTER}")
    shell.answer("login: ", "user")
    shell.answer("Password: ", "wrong")
    shell.wait("Login incorrect")
    shell.answer("login: ", "user")
    shell.answer("Password: ", "user")
    shell.wait(PROMPT)
    assert shell.run("id") == "uid=1000(user) gid=1000(user) groups=1000(user)\n"
    assert shell.run("cat /root/secret") == "cat: can't open '/root/secret': Permission denied\n"
    assert shell.run("cat /etc/shadow") == "cat: can't open '/etc/shadow': Permission denied\n"
    assert "Operation not permitted" in shell.run("kill -9 1")
    assert "wrong" not in shell.machine.serial, "a password was echoed"
    shell.type(f"exit{ENTER}")
    shell.wait(PROMPT)


def test_a_password_is_changed(shell):
    shell.type(f"passwd user{ENTER}")
    shell.answer("New password: ", "Ano7her-one")
    shell.answer("Retype password: ", "Ano7her-one")
    shell.wait("password for user changed")
    shell.wait(PROMPT)
    shell.type(f"su nobody -s /bin/sh -c 'su user -c id'{ENTER}")
    shell.answer("Password: ", "Ano7her-one")
    shell.wait("uid=1000(user)")
    shell.wait(PROMPT)
    assert "Ano7her" not in shell.machine.serial, "a password was echoed"


def test_services_work(shell):
    shell.run("logger -t test a line for the log")
    shell.run("until grep -q 'a line for the log' /var/log/messages; do sleep 0.1; done")
    assert "test: a line for the log" in shell.run("cat /var/log/messages")
    assert re.search(r"crond", shell.run("ps"))
    shell.run("mkdir /tmp/dev; mount -t tmpfs tmpfs /tmp/dev; umount /tmp/dev")
    assert shell.status == 0


def test_cron_runs_jobs(shell):
    """From a moment before the minute's end; but where crond comes up too late, it is a minute."""
    shell.run("mkdir /tmp/tabs; echo '* * * * * echo job-$((6 * 7)) of $USER >/tmp/job' >/tmp/tabs/root")
    shell.run("now=$(date +%s); date -s '2030-01-01 12:00:58'; crond -f -c /tmp/tabs 2>/tmp/crond.log & crond=$!")
    assert shell.run("until [ -s /tmp/job ]; do sleep 0.1; done; cat /tmp/job", timeout=90) == "job-42 of root\n"
    shell.run("date -s @$now; kill $crond; wait $crond")


def test_users_who_are_logged_in_are_told(shell):
    shell.type(f"login -f user{ENTER}")
    shell.wait("lintel:~$ ")
    listing = shell.run("who; w; last")
    assert re.search(r"^user +tty1 .*\nUSER.*\nuser +tty1 .*\nUSER.*\nuser +tty1 ", listing, re.MULTILINE), listing
    shell.type(f"exit{ENTER}")
    shell.wait(PROMPT)


def test_it_switches_itself_off(shell):
    """The last one: after it there is no prompt any more."""
    shell.type(f"poweroff{ENTER}")
    shell.wait("The system is going down")
    shell.wait("reboot: power off")
    assert shell.machine.wait_exit(30) == 0
