"""What a program in ring 3 may do, and how it ends if it does what it may not. The kernel goes on in every
case."""
import re

import pytest

from lib.image import ROOT
from lib.kernel_log import END_BY_STATUS, EXIT_FAILURE, EXIT_FAULT, EXIT_SUCCESS, LINK_BASE

SOURCE = ROOT / "userland/utask/faults.c"
LAST_WORDS = re.compile(r"\] PID 1 has ended: nothing is left to run\n\[.*\] memory: .* used by the kernel, .*\n\Z")
PRIVILEGED = ("privileged instruction", "#GP general protection", "SIGSEGV", "text")
# Without more detail: the CPU reports no address.
GENERAL = ("non-canonical address or protection violation", "#GP general protection", "SIGSEGV", "text")


def page_fault(words, area="text"):
    return words, "#PF page fault", "SIGSEGV", area


FAULTS = {  # name for utask: what it did, exception, signal, and the area that the program was in
    "null": page_fault("null pointer: write to 0x0"),
    "null-call": page_fault("null pointer: jump to 0x0", "no area"),
    "kernel-read": page_fault(f"kernel address: read from {LINK_BASE:#x}"),
    "kernel-write": page_fault("kernel address: write to 0xffff800000000000"),
    "kernel-jump": page_fault(f"kernel address: jump to {LINK_BASE:#x}", "no area"),
    "write-code": page_fault("write to code: write to 0x4000...."),
    "write-rodata": page_fault("write to read-only data: write to 0x4000...."),
    "execute-data": page_fault("execution of data: jump to 0x4000....", "data"),
    "execute-stack": page_fault("execution of data: jump to 0x7fffffff....", "stack"),
    "privileged": PRIVILEGED,
    "hlt": PRIVILEGED,
    "port": PRIVILEGED,
    "msr": PRIVILEGED,
    "control-register": PRIVILEGED,
    "interrupt": PRIVILEGED,
    "divide": ("division by zero or its result too large", "#DE divide error", "SIGFPE", "text"),
    "stack-overflow": page_fault("stack overflow: write to 0x7ffffffddff8"),
    "non-canonical-jump": ("jump to a non-canonical address", "#GP general protection", "SIGSEGV", "(no area|text)"),
    "non-canonical-read": GENERAL,
    "non-canonical-stack": GENERAL,
    "invalid-opcode": ("invalid instruction", "#UD invalid opcode", "SIGILL", "text"),
    "breakpoint": ("breakpoint without a debugger", "#BP breakpoint", "SIGTRAP", "text"),
    "single-step": ("breakpoint without a debugger", "#DB debug exception", "SIGTRAP", "text"),
    "compatibility-mode": ("bad segment selector", "#GP general protection", "SIGSEGV", "text"),
    "sysenter": ("invalid instruction", "#UD invalid opcode", "SIGILL", "text"),  # Intel's CPUs: #GP
    "x87": ("floating-point exception", "#MF x87 floating-point error", "SIGFPE", "text"),
}
# QEMU's TCG raises neither alignment checks nor SIMD exceptions.
NOT_RAISED = ["alignment", "simd"]


def test_table_is_complete():
    names = re.findall(r'^    \{"([a-z0-9-]+)", fault_', SOURCE.read_text(), re.MULTILINE)
    assert set(FAULTS) | set(NOT_RAISED) == set(names)


@pytest.mark.parametrize("name", FAULTS)
def test_fault(run_to_end, name):
    words, exception, signal, area = FAULTS[name]
    status, text = run_to_end(f"{END_BY_STATUS} -- fault={name}")
    assert status == EXIT_FAULT
    assert "PANIC" not in text
    assert re.search(rf"\] process: pid 1 \(utask\) ended by a fault: {words}\n", text)
    place = re.search(rf"\] {exception}, error code 0x[0-9a-f]+, {signal}, at rip 0x([0-9a-f]+) in {area}\n", text)
    assert place
    rip = f"{int(place[1], 16):016x}"
    assert re.search(rf"\] rip {rip}  cs 33  rflags [0-9a-f]{{8}}  rsp [0-9a-f]{{16}}  ss 2b\n", text)
    assert re.search(rf"call chain:\n\[.*\]   #0 {rip}\n", text)
    is_readable = "no area" not in area and area != "(no area|text)"
    assert not is_readable or re.search(r"\] code at rip:( [0-9a-f]{2}){16}\n", text)
    assert LAST_WORDS.search(text)


@pytest.mark.parametrize("name", NOT_RAISED)
def test_fault_that_the_emulator_does_not_raise(run_to_end, name):
    status, text = run_to_end(f"{END_BY_STATUS} -- fault={name}")
    assert status == EXIT_FAILURE
    assert f"utask: fault {name} did not end this program\n" in text and "PANIC" not in text


@pytest.mark.parametrize("settings", [{}, {"cpu": "qemu64"}, {"smp": 4}], ids=["1 cpu", "no SMAP and SMEP", "4 cpus"])
def test_system_calls(run_to_end, settings):
    """Also on a CPU where the kernel alone must check user addresses."""
    status, text = run_to_end(f"{END_BY_STATUS} -- check", **settings)
    result = re.search(r"^check: (\d+) checks, 0 failed$", text, re.MULTILINE)
    assert status == EXIT_SUCCESS and result and int(result[1]) > 125


THREAD_DEMOS = {  # name for utask: how the program ends, and what it says before
    "turns": (0, "utask: 20 turns taken without a system call\n"),
    "exit-group": (6, "utask: exit_group(6) at "),
    "exit-group-by-thread": (7, "utask: exit_group(7) at "),
    "exit-race": (None, ""),  # 10 and the number of any of the eight that call exit_group()
    "exit-storm": (6, "utask: exit_group(6) at "),
    "main-exits": (4, "utask: the main thread has ended, this one goes on\n"),
}


def test_table_of_thread_demos_is_complete():
    names = re.findall(r'^    \{"([a-z-]+)", demo_', (SOURCE.parent / "thread_demos.c").read_text(), re.MULTILINE)
    assert {*THREAD_DEMOS, "fault"} == set(names)


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("name", THREAD_DEMOS)
def test_threads(run_to_end, name, cpus):
    """Turns are taken by preemption alone, on one CPU. Where others spin, sleep for an hour, yield, or start further
    threads, all of them end as soon as one calls exit_group()."""
    exit_status, words = THREAD_DEMOS[name]
    status, text = run_to_end(f"{END_BY_STATUS} -- threads={name}", smp=cpus)
    end = re.search(r"^\[ *(\d+)\.(\d{6})\] process: pid 1 \(utask\) exited with status (\d+)$", text, re.MULTILINE)
    assert end and status == (EXIT_SUCCESS if exit_status == 0 else EXIT_FAILURE)
    assert int(end[3]) == exit_status if exit_status is not None else 10 <= int(end[3]) < 18
    assert words in text and "PANIC" not in text
    called = re.search(r"utask: exit_group\(\d\) at (\d+) us\n", text)
    assert called is None or int(end[1]) * 1000000 + int(end[2]) - int(called[1]) < 2000000


@pytest.mark.parametrize("cpus", [1, 4])
def test_fault_of_one_thread_ends_all(run_to_end, cpus):
    status, text = run_to_end(f"{END_BY_STATUS} -- threads=fault", smp=cpus)
    assert status == EXIT_FAULT and "PANIC" not in text
    assert text.count("process: pid 1 (utask) ended by a fault: null pointer: write to 0x0\n") == 1
    assert LAST_WORDS.search(text)


@pytest.mark.parametrize("arguments, lines", [
    ("-- bench", [r"utask: getpid takes (\d+)\.\d\d TSC ticks",
                  r"utask: yielding to a thread and back takes (\d+)\.\d\d TSC ticks",
                  r"utask: a sleeping thread goes on (\d+) TSC ticks after the interrupt, \d+ after its time"]),
    ("bench=threads", [r"bench switch (\d+)\.\d\d", r"bench create-join (\d+)\.\d\d", r"bench memory (\d+)\.\d\d"]),
], ids=["ring-3", "kernel"])
def test_costs_are_measured(run_to_end, arguments, lines):
    """What they may be is said and tested where instructions are counted: tests/bench/run."""
    status, text = run_to_end(f"{END_BY_STATUS} {arguments}")
    figures = [re.search(f"^{line}$", text, re.MULTILINE) for line in lines]
    assert status == EXIT_SUCCESS and all(figure and int(figure[1]) > 10 for figure in figures)


@pytest.mark.parametrize("arguments, exit_status, expected", [
    ("exit=0", 0, EXIT_SUCCESS), ("exit=7", 7, EXIT_FAILURE), ("nonsense", 2, EXIT_FAILURE),
    ("threads=nonsense", 2, EXIT_FAILURE)])
def test_exit_status(run_to_end, arguments, exit_status, expected):
    status, text = run_to_end(f"{END_BY_STATUS} -- {arguments}")
    assert status == expected
    assert f"process: pid 1 (utask) exited with status {exit_status}\n" in text
    assert "PID 1 has ended: nothing is left to run" in text
