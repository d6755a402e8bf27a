"""What system calls cost a static program, userland/bench, on Lintel and on Linux.

Both kernels are given the same CPU. It has no ERMS: Linux would clear and copy pages byte by byte with it, and under
QEMU each byte counts as one instruction. Linux also gets `mitigations=off`, since Lintel has none, and, with two
CPUs, `tsc=reliable`: without it the machine's time-stamp counter is not good enough for it as a clock."""
import math
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from lib.image import make_image
from lib.kernel_log import END_BY_STATUS
from lib.qemu import Machine

ROOT = Path(__file__).resolve().parents[2]
ROWS = {  # figure: the program's name for it
    "program: getppid": "getppid",
    "program: clock_gettime": "clock_gettime",
    "program: read 1 byte of /dev/zero": "read_zero",
    "program: write 1 byte to /dev/null": "write_null",
    "program: signal raised and handled": "signal",
    "program: pipe round trip": "pipe",
    "program: AF_UNIX round trip": "unix",
    "program: futex round trip": "futex",
    "program: 1 KiB through a pipe": "pipe_kib",
    "program: mmap, touch, munmap": "mmap_touch_munmap",
    "program: page fault": "page_fault",
    "program: copy-on-write fault": "copy_on_write",
    "program: pthread create and join": "thread",
    "program: fork, exit, wait": "fork_exit_wait",
    "program: fork, exec, wait": "fork_exec_wait",
    "program: vfork, exec, wait": "vfork_exec_wait",
    "screen: 1 MiB of text through it": "screen_mib",
}
CPU = "max,-erms"
LINUX_COMMAND_LINE = "console=ttyS0 quiet mitigations=off"
INITRD = "EFI/lintel/initrd.cpio"
LINE = re.compile(r"^bench (\w+) (\d+\.\d+|error \d+)\n", re.MULTILINE)
END = re.compile(r"^bench end\n", re.MULTILINE)
TIMEOUT_S = 600  # Linux takes its time until it comes to the program


def make_initrd(build: Path, folder: Path) -> Path:
    """An initrd with the program as /init, and nothing else."""
    initrd = folder / "bench.cpio"
    subprocess.run([ROOT / "tools/make-initrd", initrd, "--file", f"init={build / 'userland/bench'}"], check=True)
    return initrd


def read_figures(machine: Machine) -> dict:
    """Figures by name; NaN for what the kernel cannot do."""
    machine.wait_for(END, TIMEOUT_S)
    rows = dict(LINE.findall(machine.serial))
    return {name: math.nan if rows.get(row, "error").startswith("error") else float(rows[row])
            for name, row in ROWS.items()}


def measure_lintel(build: Path, **settings) -> dict:
    with tempfile.TemporaryDirectory(prefix="lintel-bench.") as name:
        folder = Path(name)
        image = make_image(folder / "programs.img", boot_cfg={"cmdline": f"quiet {END_BY_STATUS}", "initrd": f"/{INITRD}"},
                           files={INITRD: make_initrd(build, folder).read_bytes()})
        with Machine(image=image, disk="virtio", cpu=CPU, **settings) as machine:
            return read_figures(machine)


def measure_linux(build: Path, kernel: Path, **settings) -> dict:
    with tempfile.TemporaryDirectory(prefix="lintel-bench.") as name:
        initrd = make_initrd(build, Path(name))
        command_line = LINUX_COMMAND_LINE + (" tsc=reliable" if settings.get("smp", 1) > 1 else "")
        extra = ["-kernel", str(kernel), "-initrd", str(initrd), "-append", command_line]
        with Machine(disk="none", cpu=CPU, tpm=False, extra=extra, **settings) as machine:
            return read_figures(machine)


def measure_wall(build: Path, kernel: Path, rounds: int) -> tuple:
    """The median of what each row took, in ticks of the host's time-stamp counter, with two CPUs, on Lintel and on
    Linux, which take turns: what else the host does hits both. Rows that one of them does not have are left out."""
    lintel, linux = [], []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        lintel.append(measure_lintel(build, smp=2))
        linux.append(measure_linux(build, kernel, smp=2))
    rows = [name for name in ROWS if not any(math.isnan(each[name]) for each in lintel + linux)]
    return tuple({name: statistics.median(each[name] for each in figures) for name in rows} for figures in (lintel, linux))
