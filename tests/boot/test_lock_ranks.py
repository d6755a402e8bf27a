"""The kernel with LINTEL_DEBUG_LOCKS: each misuse of a lock ends in a panic that names locks and places, and a
boot misuses none."""
import re
import subprocess

import pytest

from lib.image import ROOT, make_image
from lib.kernel_log import END_BY_STATUS, EXIT_PANIC, EXIT_SUCCESS

KERNEL = "EFI/lintel/kernel.bin"

MISUSES = {  # name for the command line: the panic's words, and the lock that is held
    "lock-inversion": (r"test \(rank \d+\) wanted at misuse_lock_order\+0x[0-9a-f]+ while device \(rank \d+\), "
                       r"taken at misuse_lock_order\+0x[0-9a-f]+, is held: wrong order", "device"),
    "lock-recursion": (r"test \(rank \d+\) wanted at misuse_lock_twice\+0x[0-9a-f]+ while test \(rank \d+\), "
                       r"taken at misuse_lock_twice\+0x[0-9a-f]+, is held: recursion", "test"),
    "lock-sleep": (r"sleep at misuse_lock_sleep\+0x[0-9a-f]+ while test \(rank \d+\), "
                   r"taken at misuse_lock_sleep\+0x[0-9a-f]+, is held", "test"),
}


@pytest.fixture(scope="module")
def debug_kernel(tmp_path_factory):
    """The bytes of a kernel built with the preset `debug`."""
    folder = tmp_path_factory.mktemp("debug")
    for command in (["cmake", "--preset", "debug", "-B", folder],
                    ["cmake", "--build", folder, "--target", "kernel-bin"]):
        result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=1200)
        assert result.returncode == 0, result.stdout
    return (folder / "kernel.bin").read_bytes()


@pytest.fixture
def debug_run_to_end(debug_kernel, machine, image):
    """As run_to_end, with that kernel."""

    def run(command_line, **settings):
        changed = image(boot_cfg={"cmdline": f"{END_BY_STATUS} {command_line}"}, files={KERNEL: debug_kernel})
        started = machine(image=changed, **settings)
        status = started.wait_exit(90)
        assert not started.has_triple_faulted(), started.describe("triple fault")
        return status, started.serial

    return run


@pytest.mark.parametrize("name", MISUSES)
def test_misuse_is_reported(debug_run_to_end, name):
    status, text = debug_run_to_end(f"provoke={name}")
    words, held = MISUSES[name]
    assert status == EXIT_PANIC and text.count("PANIC: ") == 1
    report = text[text.index("PANIC: "):]
    assert re.match(rf"PANIC: lock: {words}\n", report)
    assert re.findall(r"\] lock held by this (.+) \(rank \d+\), taken at misuse_lock_\w+\+0x", report) == [f"cpu: {held}"]


@pytest.mark.parametrize("cpus", [1, 4])
def test_a_boot_misuses_none(debug_run_to_end, cpus):
    status, text = debug_run_to_end("debug -- check", smp=cpus)
    assert status == EXIT_SUCCESS and "PANIC" not in text
    assert f"cpus {cpus} online" in text


def test_a_release_kernel_knows_no_such_names(run_to_end):
    status, text = run_to_end(f"provoke=lock-recursion {END_BY_STATUS} -- exit=0")
    assert status == EXIT_SUCCESS and 'provoke: "lock-recursion" is not a name that is known' in text
