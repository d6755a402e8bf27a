"""tools/lintel.gdb, as a person uses it, but in batch."""
import os
import subprocess

from lib.image import ROOT


def run_gdb(build, address, stop, *commands):
    arguments = [argument for command in commands for argument in ("-ex", command)]
    environment = {**os.environ, "LINTEL_GDB": str(address), "LINTEL_BUILD_DIR": str(build), "LINTEL_STOP": stop}
    return subprocess.run(["gdb", "-batch", "-nx", "-x", ROOT / "tools/lintel.gdb", *arguments], cwd=ROOT,
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)


def start(machine, image, tmp_path):
    address = tmp_path / "gdb"
    machine(gdb=f"unix:{address},server=on,wait=off",
            image=image(boot_cfg={"debugger": "wait", "cmdline": "kaslr=off"}))
    return address


def test_gdb_reaches_the_kernel(machine, image, build, tmp_path):
    address = start(machine, image, tmp_path)
    result = run_gdb(build, address, "kmain", "backtrace", "info symbol $rip", "print boot->version")
    assert result.returncode == 0, result.stderr
    assert "lintel: bootloader at 0x" in result.stdout
    assert "kmain (boot=0xffff8000" in result.stdout and "kernel/main.c:" in result.stdout
    assert "$1 = 2\n" in result.stdout


def test_gdb_reaches_ring_3(machine, image, build, tmp_path):
    address = start(machine, image, tmp_path)
    result = run_gdb(build, address, "show_place", "backtrace", "print $cs & 3")
    assert result.returncode == 0, result.stderr
    assert "show_place" in result.stdout and "in main (argc=1, argv=0x7ff" in result.stdout
    assert "$1 = 3\n" in result.stdout
