"""Ordinary Linux programs: what /bin/show shows of the system, and programs that tools/lintel runs."""
import os
import subprocess

import pytest

from lib import image as images
from lib.qemu import FIRMWARE, FIRMWARE_FOLDER

LINTEL = images.ROOT / "tools/lintel"
STORY = [
    "Hello from ring 3! This is utask.",
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
def test_the_show_of_the_system(machine, build, image, cpus):
    with_files = image(boot_cfg={"initrd": r"\EFI\lintel\initrd.cpio", "cmdline": "-- init=/bin/show"})
    started = machine(image=with_files, smp=cpus)
    for line in STORY:
        started.wait_for(line)


def lintel(build, *arguments, data=b"", timeout=500):
    code, variables = FIRMWARE["4M"]
    return subprocess.run(
        [LINTEL, "run", "--no-build", "--timeout", str(timeout - 20), *arguments], input=data, capture_output=True,
        timeout=timeout,
        env={**os.environ, "LINTEL_BUILD_DIR": str(build), "LINTEL_OVMF_CODE": str(FIRMWARE_FOLDER / code),
             "LINTEL_OVMF_VARS": str(FIRMWARE_FOLDER / variables)})


def script(folder, text):
    program = folder / "program"
    program.write_text(f"#!/bin/sh\n{text}\n")
    return program


def test_arguments_and_status_are_passed_on(build, tmp_path):
    program = script(tmp_path, 'for word; do echo "[$word]"; done\necho "$NAME, $HOME" >&2\nexit 77')
    result = lintel(build, "--env", "NAME=a b=c", program, "--", "two words", "", "it's", "--help")
    assert result.stdout == b"[--]\n[two words]\n[]\n[it's]\n[--help]\n"
    assert result.stderr == b"a b=c, /root\n"
    assert result.returncode == 77


def test_every_byte_goes_through(build, tmp_path):
    data = bytes(range(256)) * 257 + b"\x1e" * 100 + b"no end of line"
    result = lintel(build, script(tmp_path, "cat; echo done >&2"), data=data)
    assert result.stdout == data
    assert result.stderr == b"done\n" and result.returncode == 0


def test_files_are_taken_along(build, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "one").write_text("first\n")
    (tmp_path / "two").write_text("second\n")
    result = lintel(build, "--file", folder, "--file", f"{tmp_path}/two=/etc/two",
                    script(tmp_path, "cat folder/one /etc/two; yes | head -n 100000 | wc -c"))
    assert result.stdout == b"first\nsecond\n200000\n" and result.returncode == 0, result.stderr


def test_a_signal_is_told(build, tmp_path):
    result = lintel(build, script(tmp_path, "kill -TERM $$"))
    assert result.returncode == 128 + 15 and b"ended by signal 15 (Terminated)" in result.stderr


def test_a_time_limit_ends_it(build, tmp_path):
    for limit_s in ("20", "200"):  # on a busy host a boot may take longer than that
        result = lintel(build, "--timeout", limit_s, script(tmp_path, "echo begins; sleep 1000"))
        if result.stdout:
            break
    assert result.returncode == 124 and result.stdout == b"begins\n", result.stderr


def test_a_panic_is_told(build, tmp_path):
    result = lintel(build, "--append", "provoke=pf", script(tmp_path, "true"))
    assert result.returncode == 125 and b"panic" in result.stderr, result.stderr


def test_what_cannot_run_is_refused(build, tmp_path):
    for arguments, reason in [(["/bin/ls"], b"dynamic linker"), ([tmp_path / "none"], b"No such file"),
                              (["--file", tmp_path / "none", script(tmp_path, "true")], b"No such file"),
                              (["--env", "x", script(tmp_path, "true")], b"NAME=VALUE")]:
        result = lintel(build, *arguments)
        assert result.returncode == 125 and reason in result.stderr, (arguments, result.stderr)


def compiled(name, folder):
    """A program of tests/boot/programs."""
    program = folder / name
    source = images.ROOT / "tests/boot/programs" / f"{name}.c"
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", program], check=True)
    return program


@pytest.mark.parametrize("option, refused", [("", 0), ("wx=strict", 13)])
def test_writable_and_executable_memory_can_be_forbidden(build, tmp_path, option, refused):
    result = lintel(build, "--append", option, compiled("write_execute", tmp_path))
    text = result.stdout.decode()
    assert f"mmap: errno {refused}\nmprotect: errno {refused}\none after the other: errno 0\n" in text, text
    assert b"is not a word that is known" not in result.stderr


def test_a_user_is_refused_more_than_his_share(build, tmp_path):
    result = lintel(build, "--memory", "256M", compiled("user_limits", tmp_path))
    assert result.stdout.decode() == (
        "watches: No space left on device, as many as may be\n"
        "they are given back: 0 0\n"
        "files: Too many open files in system\n"
        "there are as many as may be\n"
        "the superuser's: 1\n"
        "they are given back: 1\n"
        "a pipe's size: 8192\n"
        "it takes 4096\n"
        "it takes 4096\n"
        "it takes -1\n"
        "more: -1 Operation not permitted\n"
        "sockets: No buffer space available\n"
        "reports: some\n")
    assert result.returncode == 0


@pytest.mark.parametrize("cpus", [1, 2])
def test_the_largest_program_ends_when_memory_is_used_up(build, tmp_path, cpus):
    result = lintel(build, "--memory", "256M", "--cpus", str(cpus), compiled("memory_shortage", tmp_path), "130")
    text = result.stdout.decode()
    assert text.count("it takes all: 0x9\n") == 3, text
    for line in ("as much again: yes", "the one that sat on it: 0x9", "the small one: 0x700"):
        assert line in text, text
    assert result.returncode == 0, text
