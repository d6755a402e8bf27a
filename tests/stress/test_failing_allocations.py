"""Each allocation that the kernel makes for a system call fails once: the call is answered with an errno or
passes, the same call passes afterwards, and nothing is lost. userland/shortage makes the calls and judges."""
import re
import subprocess

from lib.image import ROOT
from lib.kernel_log import END_BY_STATUS, EXIT_SUCCESS

ARCHIVE = "EFI/lintel/initrd.cpio"
LIMIT_S = 240


def test_each_allocation_fails(machine, build, tmp_path, image):
    archive = tmp_path / "shortage.cpio"
    subprocess.run([ROOT / "tools/make-initrd", archive, "--file", f"init={build / 'userland/shortage'}"],
                   check=True)
    changed = image(boot_cfg={"cmdline": f"quiet console=ttyS0 fail-nth panic=debug-exit {END_BY_STATUS}",
                              "initrd": f"/{ARCHIVE}"}, files={ARCHIVE: archive.read_bytes()})
    started = machine(image=changed, smp=2)
    status, text = started.wait_exit(LIMIT_S), started.serial
    assert status == EXIT_SUCCESS, started.describe("an allocation that failed did harm")
    cases, allocations = map(int, re.search(r"shortage: (\d+) cases, (\d+) allocations, 0 failed", text).groups())
    assert cases > 80 and allocations > 400
