# Debugs a booting Lintel with gdb: attaches to QEMU, finds the bootloader in memory, loads the symbols of bootloader,
# kernel and utask, and runs to the kernel's first function in C, kmain.
#
# On one terminal                                        on another, in the same folder
#   cmake --build --preset default --target debug          gdb -x tools/lintel.gdb
# (or tools/run --debug)
#
# QEMU waits before the first instruction. In its copy of the image boot.cfg says debugger=wait, so that the
# bootloader stops in a loop with a mark in RAX and its own address in RBX, and kaslr=off, so that the kernel's
# symbols are right as they stand.
#
# Environment: LINTEL_STOP       function to run to, of bootloader, kernel or utask (default: kmain)
#              LINTEL_GDB        where QEMU listens (default: localhost:1234)
#              LINTEL_BUILD_DIR  the build (default: build)
# In batch: gdb -batch -x tools/lintel.gdb -ex backtrace </dev/null. Without a terminal, gdb ends with status 1 if the
# function is not reached.

set confirm off
set pagination off
set architecture i386:x86-64

python
import os
import signal
import struct
import sys
import threading

WAIT_MARK = 0x4C494E54454C4442  # in RAX while the bootloader waits
LOADER_TIMEOUT_S = 120
STOP_TIMEOUT_S = 60
BUILD = os.environ.get("LINTEL_BUILD_DIR", "build")
STOP = os.environ.get("LINTEL_STOP", "kmain")


def run_for(seconds):
    """Lets the machine run until it stops by itself or the time is over. QEMU serves gdb nothing while the machine
    runs, so a timer presses Ctrl-C."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        gdb.execute("continue", to_string=True)
    except KeyboardInterrupt:
        pass
    finally:
        timer.cancel()


def register(name):
    return int(gdb.parse_and_eval(f"(unsigned long)${name}"))


def wait_for_bootloader():
    """Returns the address that firmware loaded the bootloader at."""
    for _ in range(LOADER_TIMEOUT_S):
        run_for(1)
        if register("rax") == WAIT_MARK:
            return register("rbx")
    raise gdb.error("the bootloader does not wait for a debugger (is debugger=wait in boot.cfg?)")


def link_base(path):
    """ImageBase of a PE32+ file."""
    with open(path, "rb") as file:
        data = file.read(4096)
    header, = struct.unpack_from("<60xI", data)
    return struct.unpack_from("<24xQ", data, header + 24)[0]


def load_symbols(loader_base):
    loader = os.path.join(BUILD, "bootloader.efi.debug")
    offset = (loader_base - link_base(loader)) & 0xFFFFFFFFFFFFFFFF
    gdb.execute(f"add-symbol-file {loader} -o {offset:#x}", to_string=True)
    for name in ("kernel.elf", "utask.elf"):
        gdb.execute(f"add-symbol-file {os.path.join(BUILD, name)}", to_string=True)
    print(f"lintel: bootloader at {loader_base:#x}; symbols of bootloader, kernel and utask are loaded")


def run_to(function):
    """Hardware breakpoints: neither kernel nor utask is in memory yet, where another kind would be written."""
    stop = gdb.Breakpoint(function, type=gdb.BP_HARDWARE_BREAKPOINT, temporary=True)
    gdb.execute("set $rax = 0")
    run_for(STOP_TIMEOUT_S)
    if stop.is_valid() and not stop.hit_count:
        raise gdb.error(f"{function} was not reached within {STOP_TIMEOUT_S} s")
    gdb.execute("frame")


def main():
    gdb.execute(f"target remote {os.environ.get('LINTEL_GDB', 'localhost:1234')}", to_string=True)
    load_symbols(wait_for_bootloader())
    run_to(STOP)


try:
    main()
except (gdb.error, OSError) as error:
    print(f"lintel: {error}", file=sys.stderr)
    if not sys.stdin.isatty():
        gdb.execute("quit 1")
end
