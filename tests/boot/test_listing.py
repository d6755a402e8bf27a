"""What a running or hanging kernel tells of itself: keys on the serial line after a break, listings of threads, the
watchdog, and the threads that a panic names."""
import re
import time

import pytest

from lib.kernel_log import EXIT_PANIC

HEADER = re.compile(r"\]    id name            state   cpu policy       run ms   switches at\n")
THREAD = re.compile(r"\] +(\d+) (\S+) +(running|ready|blocked|dead) +(\d+) (idle|nice -?\d+|fifo \d+|rr \d+) +(\d+)"
                    r" +(\d+)(?: (\S.*))?\n")
CPU = re.compile(r"\] cpu (\d+): (\S+ \(\d+\)), (\d+) ready, (\d+) switches, (\d+) timer interrupts\n")
STAYING = "utask: staying"
WATCHDOG_S = 2


@pytest.fixture
def boot(machine, image):
    def start(command_line="", **settings):
        return machine(image=image(boot_cfg={"cmdline": command_line}), **settings)

    return start


def press(machine, key):
    """A break and the key; returns where its answer begins in the text."""
    start = len(machine.serial)
    machine.qmp.execute("chardev-send-break", id="serial")
    machine.send_serial(key)
    return start


def threads(text):
    """name: (state, CPU, policy, where)"""
    return {name: (state, int(cpu), policy, where)
            for _, name, state, cpu, policy, _, _, where in THREAD.findall(text)}


@pytest.mark.parametrize("cpus", [1, 2])
def test_keys_list_threads_and_cpus(boot, cpus):
    machine = boot(smp=cpus, vga="none")  # so that no CPU is busy drawing what was said
    machine.wait_for(STAYING)

    start = press(machine, "t")
    machine.wait_for("sysrq: all threads\n")
    machine.wait_for(re.compile(rf"cpu {cpus - 1}: .* timer interrupts\n"))
    text = machine.serial[start:]
    assert HEADER.search(text)
    found = threads(text)
    assert found["utask"][0] == "blocked" and found["utask"][2] == "nice 0"
    assert re.match(r"\w+ < .*sys_nanosleep < ", found["utask"][3])
    assert len([line for line in THREAD.findall(text) if line[1] == "idle"]) == cpus
    assert [int(number) for number, *_ in CPU.findall(text)] == list(range(cpus))

    start = press(machine, "w")
    machine.wait_for("sysrq: threads that wait\n")
    machine.wait_for(re.compile(r"utask +blocked .*\n"))
    assert {state for state, *_ in threads(machine.serial[start:]).values()} == {"blocked"}

    press(machine, "p")
    for cpu in range(cpus):
        machine.wait_for(re.compile(rf"cpu {cpu}: idle \(\d+\), at sched_idle\+0x[0-9a-f]+ < \w+.*\n"))

    press(machine, "h")
    machine.wait_for("sysrq: the keys are\n")
    machine.wait_for("this help\n")
    assert "PANIC" not in machine.serial


def test_keys_count_only_after_a_break(boot):
    machine = boot()
    machine.wait_for(STAYING)
    machine.send_serial("tttcccbbb")
    time.sleep(1)  # a break overtakes what QEMU has not read yet
    press(machine, "h")
    machine.wait_for("this help\n")
    assert machine.serial.count("sysrq: ") == 1 and "PANIC" not in machine.serial and machine.is_running()


def test_a_flood_of_input_is_survived(boot):
    machine = boot()
    machine.wait_for(STAYING)
    for _ in range(8):
        machine.send_serial("x" * 4000)
    press(machine, "h")
    machine.wait_for(re.compile("this help\n|input is switched off"))
    assert machine.is_running() and "PANIC" not in machine.serial


def test_quiet_does_not_silence_an_answer(boot):
    machine = boot("quiet")
    machine.wait_for(STAYING)
    press(machine, "t")
    machine.wait_for(re.compile(r"utask +blocked .*\n"))
    machine.wait_for("timer interrupts\n")


def test_a_crash_is_asked_for_and_names_threads(boot):
    machine = boot("panic=debug-exit", smp=2, vga="none")  # all CPUs are idle
    machine.wait_for(STAYING)
    press(machine, "c")
    assert machine.wait_exit() == EXIT_PANIC
    report = machine.serial[machine.serial.index("PANIC: "):]
    assert report.startswith("PANIC: sysrq: a crash was asked for\n")
    assert re.search(r"call chain:\n.*#0 [0-9a-f]{16} sched_idle\+0x", report)
    assert re.search(r"\]   cpu 0 reports this, in thread idle \(\d+\)\n", report)
    assert re.search(r"\]   cpu 1 was at [0-9a-f]{16} sched_idle\+0x[0-9a-f]+, in thread idle \(\d+\)\n", report)


def test_a_restart_is_asked_for(boot):
    machine = boot()
    machine.wait_for(STAYING)
    press(machine, "b")
    assert machine.shutdown_reason() == "guest-reset" and not machine.has_triple_faulted()


def test_ps_lists_again_and_again(boot):
    machine = boot("ps=1", smp=2)
    times = []
    for _ in range(3):
        times.append(float(machine.wait_for(re.compile(r"\[ *(\d+\.\d+)\] sysrq: all threads\n"))[1]))
        machine.wait_for(re.compile(r"cpu 1: .* timer interrupts\n"))
    assert threads(machine.serial)["ps"][::2] == ("running", "fifo 99")
    assert all(0.9 < later - earlier < 60 for earlier, later in zip(times, times[1:]))


@pytest.mark.parametrize("cpus", [2, 3])
def test_the_watchdog_reports_a_cpu_that_takes_no_interrupts(boot, cpus):
    machine = boot(f"watchdog={WATCHDOG_S} provoke-thread=stuck", smp=cpus)
    report = machine.wait_for(re.compile(
        rf"watchdog: cpu {cpus - 1} has not taken an interrupt for (\d+) s: thread provoke \(\d+\), at "
        r"provoke_stuck\+0x[0-9a-f]+ < provoke_thread < "))
    assert WATCHDOG_S <= int(report[1]) <= WATCHDOG_S + 60
    machine.wait_for(STAYING)  # the others go on

    press(machine, "p")
    machine.wait_for(re.compile(rf"cpu {cpus - 1}: provoke \(\d+\), at provoke_stuck\+.*, with interrupts disabled\n"))
    start = press(machine, "t")
    machine.wait_for(re.compile(rf"cpu {cpus - 1}: .* timer interrupts\n"))
    assert threads(machine.serial[start:])["provoke"][:2] == ("running", cpus - 1)
    assert machine.serial.count("watchdog: cpu") == 1 and "PANIC" not in machine.serial


@pytest.mark.parametrize("cpus", [1, 2])
def test_the_watchdog_reports_a_thread_that_lets_nobody_run(boot, cpus):
    machine = boot(f"watchdog={WATCHDOG_S} provoke-thread=hog", smp=cpus)
    machine.wait_for(re.compile(
        rf"watchdog: cpu {cpus - 1} has not switched threads for \d+ s, with \d+ ready: thread provoke \(\d+\), at "
        r"provoke_hog\+0x[0-9a-f]+ < provoke_thread < "))
    start = press(machine, "t")
    machine.wait_for(re.compile(rf"cpu {cpus - 1}: provoke .* timer interrupts\n"))
    found = threads(machine.serial[start:])
    assert found["provoke"][0] == "running" and found["waiter"][0] == "ready"
    assert "a thread ran that" not in machine.serial


def test_the_watchdog_is_silent_where_all_is_well(boot):
    machine = boot("watchdog=1", smp=2)
    machine.wait_for(STAYING)
    machine.qmp.execute("stop")  # as a host does that sleeps
    machine.qmp.execute("cont")
    time.sleep(6)
    assert "watchdog: " not in machine.serial


def test_the_watchdog_can_be_switched_off(boot):
    machine = boot("watchdog=0 provoke-thread=stuck", smp=2)
    machine.wait_for(STAYING)
    assert "watchdog: " not in machine.serial
