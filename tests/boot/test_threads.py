"""The kernel's own tests of threads (kernel/test/) on one, two, four and eight CPUs, also on machines that stand
still at random moments.

LINTEL_PAUSED_BOOTS=30 makes more boots of the latter kind than the few that a run of all tests has time for."""
import os
import random
import re
import signal
import time
from itertools import groupby
from pathlib import Path

import pytest

from lib.kernel_log import END_BY_STATUS, EXIT_FAILURE, EXIT_SUCCESS
from lib.qmp import QmpError

SUITES = re.findall(r'\{"([a-z-]+)", test_\w+\}',
                    (Path(__file__).resolve().parents[2] / "kernel/test/suites.c").read_text())
TIMEOUT_S = 240  # on two real CPUs that are busy otherwise
TURNS = ["1", "2"]
TURN_LINES = 20
ROUND_ROBIN = [f"kernel {number}" for number in range(1, 6)] + ["ring 3"]
ROUND_ROBIN_LINES = 4

PAUSED_BOOTS = int(os.environ.get("LINTEL_PAUSED_BOOTS", "4"))
PAUSED_SUITES = "turns,create-join,wake-storm,sleep,ping-pong,affinity,fpu,lock-torture,tlb,stealing,timer"
PAUSE_MAX_S, RUN_MAX_S = 0.15, 0.3


def lines_of(text, labels):
    """Who of them printed a line, in order."""
    return [label for label in re.findall(r"(?:\] |^)-- (.+) --$", text, re.MULTILINE) if label in labels]


def assert_turns(text):
    """Each printed all its lines, in turn. Where the real CPU is taken away for all of a slice a turn is lost,
    and the other thread has two in a row: seldom."""
    lines = lines_of(text, TURNS)
    assert {label: lines.count(label) for label in TURNS} == dict.fromkeys(TURNS, TURN_LINES)
    runs = [len(list(run)) for _, run in groupby(lines)]
    assert len(runs) >= TURN_LINES * 3 // 2, lines


def assert_round_robin(text):
    """Slices are so long that none is lost: the order is exact."""
    assert lines_of(text, ROUND_ROBIN) == ROUND_ROBIN * ROUND_ROBIN_LINES


def failures(text):
    """The lines that say what went wrong, for the report."""
    return re.findall(r"test(?:s|:| \S+: FAILED).*", text)


def assert_all_passed(status, text, suites):
    assert status == EXIT_SUCCESS, failures(text)
    assert re.findall(r"\] test (\S+): ok \(\d+ ms\)$", text, re.MULTILINE) == suites, failures(text)
    assert re.search(rf"\] tests: {len(suites)} passed, 0 failed$", text, re.MULTILINE)


@pytest.mark.parametrize("cpus", [8, 4, 2, 1])  # the longest first
def test_all_suites(run_to_end, cpus):
    status, text = run_to_end(f"test=all {END_BY_STATUS}", smp=cpus, timeout=TIMEOUT_S)
    assert f"cpus {cpus} online" in text
    assert_all_passed(status, text, SUITES)
    assert_turns(text)
    assert_round_robin(text)


def test_numbers_repeat_and_suites_are_chosen(run_to_end):
    status, text = run_to_end(f"test=stealing,turns test-seed=4711 {END_BY_STATUS}")
    assert "tests: stealing,turns, test-seed=4711\n" in text
    assert_all_passed(status, text, ["stealing", "turns"])


def test_a_name_that_is_not_known_is_a_failure(run_to_end):
    status, text = run_to_end(f"test=turns,turn {END_BY_STATUS}")
    assert status == EXIT_FAILURE
    assert 'test: "turn" is not a name that is known' in text
    assert re.search(r"\] tests: 1 passed, 1 failed$", text, re.MULTILINE)


def pause(machine, numbers):
    """Stop all CPUs for a while: with the guest's time, or so that it goes on meanwhile."""
    if numbers.random() < 0.5:
        machine.qmp.execute("stop")
        time.sleep(numbers.uniform(0, PAUSE_MAX_S))
        machine.qmp.execute("cont")
    else:
        os.kill(machine.pid, signal.SIGSTOP)
        time.sleep(numbers.uniform(0, PAUSE_MAX_S))
        os.kill(machine.pid, signal.SIGCONT)


def pause_at_random(machine, numbers):
    """Until the machine ends."""
    deadline = time.monotonic() + TIMEOUT_S
    while machine.is_running() and time.monotonic() < deadline:
        try:
            pause(machine, numbers)
        except (OSError, QmpError):
            machine.wait_exit(5)  # it has ended in the middle
        time.sleep(numbers.uniform(0, RUN_MAX_S))


@pytest.mark.parametrize("seed", range(PAUSED_BOOTS))
def test_suites_with_pauses(machine, image, seed):
    started = machine(smp=4, image=image(
        boot_cfg={"cmdline": f"test={PAUSED_SUITES} test-seed={seed} {END_BY_STATUS}"}))
    started.wait_for("] tests: ", 60)
    pause_at_random(started, random.Random(seed))
    status = started.wait_exit(TIMEOUT_S)
    assert not started.has_triple_faulted()
    assert_all_passed(status, started.serial, PAUSED_SUITES.split(","))
