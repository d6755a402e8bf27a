"""A machine under QEMU: how it is made up, started, listened to, and ended."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from .qmp import Qmp, QmpError
from .serial_log import SerialLog

FIRMWARE_FOLDER = Path("/usr/share/OVMF")
FIRMWARE = {  # name: code, variables
    "4M": ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
    "2M": ("OVMF_CODE.fd", "OVMF_VARS.fd"),
}
DEBUG_EXIT_PORT = 0xF4
PATIENCE = 5  # time-outs are those of an idle host; on a busy one all takes longer
WHERE_S = 2  # for the log's lines that a key asked for

# Devices that put a disk, the drive called "disk", into the machine.
DISKS = {
    "ide": ["ide-hd,drive=disk"],  # the chipset's own: IDE on pc, AHCI on q35
    "ahci": ["ahci,id=ahci", "ide-hd,drive=disk,bus=ahci.0"],
    "virtio": ["virtio-blk-pci,drive=disk"],
    "virtio-scsi": ["virtio-scsi-pci,id=scsi", "scsi-hd,drive=disk,bus=scsi.0"],
    "nvme": ["nvme,drive=disk,serial=lintel"],
    "usb-xhci": ["qemu-xhci,id=usb", "usb-storage,drive=disk,bus=usb.0,removable=on"],
    "usb-ehci": ["usb-ehci,id=usb", "usb-storage,drive=disk,bus=usb.0,removable=on"],
    "cdrom": ["ide-cd,drive=disk"],  # image: an ISO, see image.make_iso
    "fat": ["ide-hd,drive=disk"],  # image: a folder, shown as a FAT disk
    "none": [],
}
PC_VGA = ("none", "std", "cirrus", "qxl", "vmware", "virtio")


def debug_exit_status(value: int) -> int:
    """QEMU's exit status after a guest wrote the value to the debug-exit port."""
    return value << 1 | 1


class MachineError(AssertionError):
    """The machine did not do what was waited for; the message ends with its last serial output."""


@dataclass
class Config:
    """What the machine is made of. Names are QEMU's where not explained."""

    image: Path = None  # disk image, never changed; for disk "fat" a folder, which the guest may change
    disk: str = "ide"  # one of DISKS
    machine: str = "q35"  # or pc
    cpu: str = "max"
    memory: str = "512M"
    smp: int = 1
    firmware: str = "4M"  # one of FIRMWARE
    vga: str = "std"  # one of PC_VGA, or a device: ramfb, bochs-display, virtio-gpu-pci
    serial: bool = True
    debugcon: bool = False  # port 0xe9, read by Machine.debugcon
    i8042: bool = True  # PS/2 keyboard controller
    usb_keyboard: bool = False
    tpm: bool = True  # one that is broken: firmware sees that sooner than that there is none
    icount: bool = False  # one guest instruction a nanosecond; one CPU only
    boot_order: list = field(default_factory=list)  # images on a SCSI controller, tried in this order by firmware
    gdb: str = None  # address where gdb is served; the machine waits for it
    extra: list = field(default_factory=list)  # further QEMU arguments


class Machine:
    """One QEMU process. Use as a context manager, or call start() and close().

    All that it writes is in a folder of its own, which close() removes. Every wait is bounded, and no
    process but its own child is touched."""

    def __init__(self, config: Config = None, **settings):
        self.config = config or Config(**settings)
        self.folder = None
        self.qmp = None
        self._process = None
        self._serial = None
        self._searched = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self) -> "Machine":
        self.folder = Path(tempfile.mkdtemp(prefix="lintel-machine."))
        output_fd, input_fd = self._make_serial_pipes()
        qmp, qemu_qmp = socket.socketpair()
        try:
            with open(self.folder / "stderr", "wb") as stderr:
                self._process = subprocess.Popen(
                    self.command(qemu_qmp.fileno()), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                    pass_fds=[qemu_qmp.fileno()], env={**os.environ, "TMPDIR": str(self.folder)})
        except OSError:
            qmp.close()
            os.close(output_fd)
            os.close(input_fd)
            shutil.rmtree(self.folder)
            raise
        finally:
            qemu_qmp.close()
        failure = None
        try:
            self.qmp = Qmp(qmp)
        except (QmpError, OSError) as error:
            failure = error
        # From here on QEMU has the pipes open, or has ended: no end of file is met too early.
        os.set_blocking(output_fd, True)
        self._serial = SerialLog(output_fd, input_fd)
        if failure:
            self.close_with(f"QEMU did not start: {failure}")
        return self

    def _make_serial_pipes(self) -> tuple:
        """Named pipes, as QEMU's chardev "pipe" wants them; returns our ends of its output and input."""
        for name in ("serial.out", "serial.in"):
            os.mkfifo(self.folder / name)
        return (os.open(self.folder / "serial.out", os.O_RDONLY | os.O_NONBLOCK),
                os.open(self.folder / "serial.in", os.O_RDWR | os.O_NONBLOCK))

    def command(self, qmp_fd: int) -> list:
        """The QEMU command line. The file descriptor is a socket."""
        c = self.config
        machine = f"{c.machine},i8042={'on' if c.i8042 else 'off'}"
        arguments = [
            # QEMU must not outlive a test run that is killed.
            "setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-name", "lintel-test", "-nodefaults",
            "-machine", machine, "-accel", "tcg", "-cpu", c.cpu, "-m", c.memory, "-smp", str(c.smp),
            "-display", "none", "-no-reboot", "-d", "cpu_reset", "-D", str(self.folder / "resets"),
            "-device", f"isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=4",
            "-chardev", f"socket,id=qmp,fd={qmp_fd}", "-mon", "chardev=qmp,mode=control",
            "-chardev", f"pipe,id=serial,path={self.folder / 'serial'}",
        ]
        if c.serial:
            arguments += ["-serial", "chardev:serial"]
        if c.debugcon:
            arguments += ["-debugcon", f"file:{self.folder / 'debugcon'}"]
        if c.usb_keyboard:
            arguments += ["-device", "qemu-xhci,id=usb-input", "-device", "usb-kbd,bus=usb-input.0"]
        if c.icount:
            arguments += ["-icount", "shift=0,sleep=off"]
        if c.gdb:
            arguments += ["-S", "-gdb", c.gdb]
        return arguments + self._tpm() + self._vga() + self._firmware() + self._disk() + list(c.extra)

    def _tpm(self) -> list:
        """A pipe that gives each command back, which passes for a TPM's answer that it has failed. Where there is no TPM at
        all, this firmware waits for it for a second and a half, three quarters of what it takes under icount."""
        if not self.config.tpm:
            return []
        path = self.folder / "tpm"
        os.mkfifo(path)
        return ["-tpmdev", f"passthrough,id=tpm,path={path},cancel-path=/dev/null", "-device", "tpm-tis,tpmdev=tpm"]

    def _vga(self) -> list:
        vga = self.config.vga
        return ["-vga", vga] if vga in PC_VGA else ["-vga", "none", "-device", vga]

    def _firmware(self) -> list:
        code, variables = FIRMWARE[self.config.firmware]
        shutil.copy(FIRMWARE_FOLDER / variables, self.folder / "variables")
        return ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE_FOLDER / code}",
                "-drive", f"if=pflash,format=raw,unit=1,file={self.folder / 'variables'}"]

    def _disk(self) -> list:
        c = self.config
        if c.boot_order:
            return self._scsi_disks(c.boot_order)
        devices = [argument for device in DISKS[c.disk] for argument in ("-device", device)]
        if not devices:
            return []
        if c.disk == "cdrom":
            source = f"media=cdrom,readonly=on,file={c.image}"
        elif c.disk == "fat":
            source = f"file=fat:rw:{c.image}"
        else:
            source = f"snapshot=on,file={c.image}"
        return ["-drive", f"if=none,id=disk,format=raw,{source}"] + devices

    @staticmethod
    def _scsi_disks(images: list) -> list:
        arguments = ["-device", "virtio-scsi-pci,id=scsi"]
        for number, image in enumerate(images):
            arguments += ["-drive", f"if=none,id=disk{number},format=raw,snapshot=on,file={image}",
                          "-device", f"scsi-hd,drive=disk{number},bus=scsi.0,scsi-id={number},bootindex={number}"]
        return arguments

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def serial(self) -> str:
        """The serial output so far, as text."""
        return self._serial.text

    @property
    def serial_raw(self) -> bytes:
        return self._serial.raw

    @property
    def debugcon(self) -> str:
        """What was written to port 0xe9 so far."""
        path = self.folder / "debugcon"
        return path.read_text("utf-8", "replace").replace("\r", "") if path.exists() else ""

    def wait_for(self, pattern, timeout: float = 60) -> re.Match:
        """Waits until the pattern, a plain string or a compiled regular expression, appears on the serial
        line, at or after the end of the previous match, and returns the match. The text may have come only in
        part: a pattern that ends in digits must say what follows them."""
        expression = re.compile(re.escape(pattern)) if isinstance(pattern, str) else pattern
        match = self._serial.search(expression, self._searched, timeout * PATIENCE)
        if not match:
            if self._serial.closed:
                ended = f"the machine ended (status {self.wait_exit(5)})"
            else:
                ended = f"{timeout * PATIENCE} s passed"
                self._ask_what_it_does()
            raise MachineError(self.describe(f"{ended} without {getattr(pattern, 'pattern', pattern)!r}"))
        self._searched = match.end()
        return match

    def _ask_what_it_does(self):
        """A kernel that still takes keys logs where its CPUs and threads are: what follows a wait in vain."""
        try:
            for key in "pt":
                self.send_key("alt", "sysrq", key)
                time.sleep(WHERE_S)
        except (QmpError, OSError):
            pass  # it ended meanwhile

    def wait_exit(self, timeout: float = 60) -> int:
        """Waits for QEMU to end and returns its exit status; see debug_exit_status. Then all that it wrote to
        the serial port is in `serial`."""
        try:
            status = self._process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            self._ask_what_it_does()
            raise MachineError(self.describe(f"the machine still ran after {timeout * PATIENCE} s")) from None
        self._serial.wait_closed(5 * PATIENCE)
        return status

    def is_running(self) -> bool:
        return self._process.poll() is None

    def has_triple_faulted(self) -> bool:
        """With -no-reboot a triple fault, a restart and a power-off all end QEMU with status 0."""
        path = self.folder / "resets"
        return path.exists() and "Triple fault" in path.read_text("ascii", "replace")

    def describe(self, what: str) -> str:
        """The sentence, then what helps to understand it."""
        notes = " (triple fault)" if self.has_triple_faulted() else ""
        stderr = self.folder / "stderr"
        errors = stderr.read_text("utf-8", "replace").strip() if stderr.exists() else ""
        return (f"{what}{notes}\n" + (f"--- QEMU says:\n{errors}\n" if errors else "")
                + f"--- last lines of the serial port:\n{self._serial.tail()}\n---")

    def screendump(self, path: Path = None) -> Path:
        """Writes what the screen shows to a file, PNG or (the default) PPM by the name's ending."""
        path = Path(path or self.folder / "screen.ppm").absolute()
        kind = "png" if path.suffix == ".png" else "ppm"
        self.qmp.execute("screendump", filename=str(path), format=kind)
        return path

    def send_key(self, *keys: str):
        """Presses keys together, by QEMU's names: send_key("ctrl", "c"), send_key("ret")."""
        self.qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def shutdown_reason(self, timeout: float = 60) -> str:
        """Waits until the machine ends and returns why, in QMP's words: guest-shutdown, guest-reset, ..."""
        return self.qmp.wait_event("SHUTDOWN", timeout * PATIENCE)["reason"]

    def send_serial(self, text: str):
        self._serial.send(text.encode())

    def monitor(self, command: str) -> str:
        """Runs a command of QEMU's human monitor and returns what it prints."""
        return self.qmp.execute("human-monitor-command", **{"command-line": command})

    def close_with(self, message: str):
        """Ends the machine and raises a MachineError that explains."""
        message = self.describe(message)
        self.close()
        raise MachineError(message)

    def close(self):
        """Ends QEMU if it still runs and removes all traces. Harmless when called again."""
        if self._process and self.is_running():
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self.qmp:
            self.qmp.close()
        if self._serial:
            self._serial.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
