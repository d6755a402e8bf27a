"""Random system calls (userland/fuzz) do no harm: no panic, no hang, no memory lost.

LINTEL_FUZZ_CALLS=10000000 makes so many of them, in as many boots as it takes, each with a seed of its own;
LINTEL_FUZZ_SEED is the first one's."""
import os
import re
import subprocess

import pytest

from lib.image import ROOT
from lib.kernel_log import END_BY_STATUS, EXIT_SUCCESS
from lib.qemu import Machine

ARCHIVE = "EFI/lintel/initrd.cpio"
WANTED = int(os.environ.get("LINTEL_FUZZ_CALLS", "0"))
SEED = int(os.environ.get("LINTEL_FUZZ_SEED", "1"))
CALLS_A_PROCESS = 2000
SLOTS = 8  # processes at a time
FAILURES = "fail-nth"  # allocations fail now and then
# A short run takes a minute of emulation at most, a long one's boots some minutes each.
PROCESSES = 48 if WANTED == 0 else 1600
LIMIT_S = 300 if WANTED == 0 else 3600


def initrd(build, folder, seed):
    config, archive = folder / "fuzz.conf", folder / "fuzz.cpio"
    config.write_text(f"{seed} {PROCESSES} {CALLS_A_PROCESS} {SLOTS} 0\n")
    subprocess.run([ROOT / "tools/make-initrd", archive, "--file", f"init={build / 'userland/fuzz-calls'}",
                    "--file", f"fuzz.conf={config}"], check=True)
    return archive.read_bytes()


def run(build, folder, image, seed, cpus, words=""):
    """Boots with one seed; returns how many calls were made."""
    line = f"quiet {words} console=ttyS0 panic=debug-exit {END_BY_STATUS}"
    changed = image(boot_cfg={"cmdline": line, "initrd": f"/{ARCHIVE}"},
                    files={ARCHIVE: initrd(build, folder, seed)})
    with Machine(image=changed, smp=cpus) as machine:
        status, text = machine.wait_exit(LIMIT_S), machine.serial
        print(f"seed {seed}, {cpus} CPUs: " + " / ".join(re.findall(r"^fuzz: .*(?:lost|end)$", text, re.MULTILINE)))
        assert status == EXIT_SUCCESS, machine.describe(f"seed {seed}")
    changed.unlink()
    return int(re.search(r"^fuzz: (\d+) calls, ", text, re.MULTILINE)[1])


@pytest.mark.skipif(WANTED != 0, reason="a long run was asked for")
@pytest.mark.parametrize("cpus,words", [(1, ""), (4, FAILURES)])
def test_some_calls(build, tmp_path, image, cpus, words):
    assert run(build, tmp_path, image, SEED + cpus, cpus, words) > 1000


@pytest.mark.skipif(WANTED == 0, reason="LINTEL_FUZZ_CALLS says how many")
def test_many_calls(build, tmp_path, image):
    done, seed = 0, SEED
    while done < WANTED:
        done += run(build, tmp_path, image, seed, 1 + seed % 4, FAILURES if seed // 4 % 2 == 1 else "")
        seed += 1
