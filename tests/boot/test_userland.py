"""Ordinary Linux programs: what /init shows of the system, and programs that tools/run boots."""
import os
import subprocess

import pytest

from lib import image as images
from lib.qemu import FIRMWARE, FIRMWARE_FOLDER

RUN = images.ROOT / "tools/run"
STORY = [
    "Hello from ring 3! This is utask.",
    "Welcome to Lintel.",
    "# uname -a",
    "Linux lintel ",
    "# ls -l /",
    "drwxrwxrwt    2 root     root",
    "root:x:0:0:root:/root:/bin/sh",
    "997 987 979 \n",
    "a/b/file\n3\n",
    "first\nfrom the background\n",
    "primes: 2 3 5 7 11 13 17 19 23 29 31 37\neach found by a process of its own; all of them have ended: yes\n",
    "4 children added up 10000 (10000 is right); message: \"greetings from a child\"\n",
    "none was lost: right\n",
    "the alarm clock rang three times\n",
    "a blocked signal waits: yes; taken when it suits: User defined signal 1\n",
    "the child has stopped: yes; goes on: yes; has ended: Terminated\n",
    "a write to 0x1234 was caught, and the program lives\n",
    "    tools/run own\n",
    "PID 1 has ended",
]


@pytest.mark.parametrize("cpus", [1, 4])
def test_init_shows_the_system(machine, build, cpus):
    started = machine(image=build / "lintel.img", smp=cpus)
    for line in STORY:
        started.wait_for(line)


def run_program(build, *arguments, timeout=100):
    code, variables = FIRMWARE["4M"]
    return subprocess.run(
        [RUN, "--no-build", "--timeout", str(timeout - 20), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", timeout=timeout,
        env={**os.environ, "LINTEL_BUILD_DIR": str(build), "LINTEL_OVMF_CODE": str(FIRMWARE_FOLDER / code),
             "LINTEL_OVMF_VARS": str(FIRMWARE_FOLDER / variables)})


def test_run_passes_arguments_and_status_on(build, tmp_path):
    script = tmp_path / "program"
    script.write_text('#!/bin/sh\nfor word; do echo "[$word]"; done\nexit 77\n')
    result = run_program(build, script, "one", "two words", "", "it's")
    assert "[one]\n[two words]\n[]\n[it's]\n" in result.stdout.replace("\r", "")
    assert result.returncode == 77, result.stdout


def test_run_tells_of_a_signal(build, tmp_path):
    script = tmp_path / "program"
    script.write_text("#!/bin/sh\nkill -TERM $$\n")
    result = run_program(build, script)
    assert result.returncode == 128 + 15 and "ended by signal 15 (Terminated)" in result.stdout


def test_run_runs_a_static_program(build):
    result = run_program(build, build / "userland/demo-fork-pipes")
    assert "primes: 2 3 5 7 11 13 17 19 23 29 31 37" in result.stdout and result.returncode == 0, result.stdout


def test_run_refuses_what_cannot_run(build, tmp_path):
    result = run_program(build, "/bin/ls")
    assert result.returncode == 1 and "dynamic linker" in result.stderr
    result = run_program(build, tmp_path / "none")
    assert result.returncode == 1 and "no such program" in result.stderr


def compiled(name, folder):
    """A program of tests/boot/programs."""
    program = folder / name
    source = images.ROOT / "tests/boot/programs" / f"{name}.c"
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", program], check=True)
    return program


@pytest.mark.parametrize("option, refused", [("", 0), ("wx=strict", 13)])
def test_writable_and_executable_memory_can_be_forbidden(build, tmp_path, option, refused):
    result = run_program(build, "--append", option, compiled("write_execute", tmp_path))
    text = result.stdout.replace("\r", "")
    assert f"mmap: errno {refused}\nmprotect: errno {refused}\none after the other: errno 0\n" in text, text
    assert "is not a word that is known" not in text


@pytest.mark.parametrize("cpus", [1, 2])
def test_the_largest_program_ends_when_memory_is_used_up(build, tmp_path, cpus):
    result = run_program(build, "--memory", "256M", "--cpus", str(cpus), compiled("memory_shortage", tmp_path), "130")
    text = result.stdout.replace("\r", "")
    assert text.count("it takes all: 0x9\n") == 3, text
    for line in ("as much again: yes", "the one that sat on it: 0x9", "the small one: 0x700"):
        assert line in text, text
    assert result.returncode == 0, text
