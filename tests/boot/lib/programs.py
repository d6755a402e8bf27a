"""The programs of tests/programs: what they are, one run of them all on the host and one on Lintel, and what came out.

A program may say in its first line how it wants to be built and run:

    /* lintel: variants=musl,pie,glibc args="one two" timeout=300 flags="-lsqlite3" differs="why" */

A script says the same after a `#`, in its first line or its second."""
import difflib
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import image as images
from .kernel_log import END_BY_STATUS
from .qemu import Machine, MachineError
from .serial_log import plain_text

SOURCES = images.ROOT / "tests/programs"
ARCHIVE = "EFI/lintel/initrd.cpio"
VARIANTS = {"musl": "", "pie": "-pie", "glibc": "-glibc"}
DEFAULT_TIMEOUT_S = 120  # some use much of the CPU, and others may run beside them
HOST_TIMEOUT_S = 1800
QUIET_S = 360  # a machine that finishes no program for so long hangs
DIFFERENCE_LINES = 80  # that are shown
BOOTS_MAX = 6  # one, and another for each program that takes the machine with it

_MARKER = re.compile(r"^(?:/\*|#) lintel: (.*?)(?: \*/)?$", re.MULTILINE)
_KEYS = {"variants", "args", "timeout", "flags", "differs"}
_LOG_LINE = re.compile(r"^\[ *\d+\.\d{6}\] .*\n", re.MULTILINE)
_SECTION = re.compile(r"^== (\S+)\n(.*?)^== \1 status 0x([0-9a-f]{4})\n", re.MULTILINE | re.DOTALL)
_BEGUN = re.compile(r"^== (\S+)\n", re.MULTILINE)
_END = "\n== end\n"


class Program:
    """A source file: a C program, or a script for BusyBox's shell."""

    def __init__(self, source: Path):
        self.source = source
        with open(source, encoding="utf-8") as file:
            marker = _MARKER.search(file.readline() + (file.readline() if source.suffix == ".sh" else ""))
        options = dict(word.partition("=")[::2] for word in shlex.split(marker[1])) if marker else {}
        if options.keys() - _KEYS:
            raise ValueError(f"{source}: unknown in its first line: {', '.join(options.keys() - _KEYS)}")
        self.arguments = shlex.split(options.get("args", ""))
        self.flags = shlex.split(options.get("flags", ""))
        self.timeout_s = int(options.get("timeout", DEFAULT_TIMEOUT_S))
        self.differs = options.get("differs")
        if source.suffix == ".sh":
            self.names = {"script": source.name}
        else:
            self.names = {each: source.stem + VARIANTS[each] for each in options.get("variants", "musl").split(",")}

    def list_lines(self) -> list:
        """For the runner's list."""
        if self.source.suffix == ".sh":
            start = ["/bin/sh", f"/tests/scripts/{self.source.name}"]
            return ["\t".join([self.source.name, str(self.timeout_s), *start, *self.arguments])]
        return ["\t".join([name, str(self.timeout_s), f"/tests/bin/{name}", *self.arguments])
                for name in self.names.values()]


@dataclass
class Result:
    """What one program did: its text and wait status; or, without a status, what is known of its end."""

    text: str
    status: int = None

    def __str__(self):
        return self.text + ("" if self.status is None else f"status {self.status:#06x}\n")


def programs() -> dict:
    """Every program by the name of each of its variants, sorted."""
    sources = [*SOURCES.glob("*.c"), *(SOURCES / "scripts").glob("*.sh")]
    found = {name: program for program in map(Program, sources) for name in program.names.values()}
    return dict(sorted(found.items()))


def archive() -> Path:
    """The initrd with all programs, as built."""
    path = images.build_folder() / "tests/programs/programs.cpio"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not built: build the target programs, or run tools/test")
    return path


def results_in(text: str) -> dict:
    """Results by name, in order, from what the runner printed."""
    text = _LOG_LINE.sub("", plain_text(text))
    return {name: Result(output, int(status, 16)) for name, output, status in _SECTION.findall(text)}


def list_archive(names, folder: Path) -> Path:
    """An archive with a list of only these programs, to be unpacked over the one that has them all."""
    known = programs()
    lines = [line for name in names for line in known[name].list_lines() if line.startswith(name + "\t")]
    (folder / "tests").mkdir()
    (folder / "tests/list").write_text("".join(f"{line}\n" for line in lines))
    target = folder / "list.cpio"
    with open(target, "wb") as output:
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], input=b"tests/list\n", stdout=output,
                       cwd=folder, check=True)
    shutil.rmtree(folder / "tests")
    return target


def run_on_host(names) -> dict:
    """Runs the programs on this machine's Linux, below a root and with process IDs of their own."""
    with tempfile.TemporaryDirectory(prefix="lintel-programs.") as folder:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--net"]
        if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
            command.append("--map-root-user")
        result = subprocess.run(
            [*command, SOURCES / "runner/on-host", archive(), list_archive(names, Path(folder))],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=HOST_TIMEOUT_S,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": folder})
        text = result.stdout.decode("utf-8", "replace")
        if result.returncode != 0 or _END not in text:
            raise RuntimeError(f"the programs' run on the host failed: {result.stderr.decode(errors='replace')}{text[-2000:]}")
    return results_in(text)


def run_on_lintel(names, **settings) -> dict:
    """Runs the programs on Lintel, in as few boots as possible: a program that does not let the machine go on gets
    the log's last lines as its result, and another boot runs those behind it."""
    results, left = {}, list(names)
    for _ in range(BOOTS_MAX):
        finished, last_begun, description = _boot(left, settings)
        results.update(finished)
        left = [name for name in left if name not in finished]
        if last_begun in left:
            results[last_begun] = Result(description)
            left.remove(last_begun)
        elif not finished:
            break
        if not left:
            break
    for name in left:
        results[name] = Result(f"no boot came as far as this program; the last one:\n{description}")
        description = "(see the first such program)"
    return results


def _boot(names: list, settings: dict) -> tuple:
    """(results, the last program that began, how the machine ended)"""
    with tempfile.TemporaryDirectory(prefix="lintel-programs.") as folder:
        contents = archive().read_bytes() + list_archive(names, Path(folder)).read_bytes()
        image = images.make_image(Path(folder) / "programs.img", files={ARCHIVE: contents},
                                  boot_cfg={"cmdline": f"quiet {END_BY_STATUS}", "initrd": f"/{ARCHIVE}"})
        with Machine(image=image, disk="virtio", **settings) as machine:
            description = _wait_for_end(machine)
            text = machine.serial
    begun = _BEGUN.findall(text)
    return results_in(text), begun[-1] if begun else None, description


def _wait_for_end(machine: Machine) -> str:
    """Waits as long as programs end, each within QUIET_S; returns how it ended."""
    finished = re.compile(r"^== \S+ status .*\n|^== end\n", re.MULTILINE)
    try:
        while machine.wait_for(finished, QUIET_S)[0] != "== end\n":
            pass
        machine.wait_exit(QUIET_S)
    except MachineError as error:
        return str(error)
    return machine.describe("the machine ended")


def difference(host: Result, lintel: Result) -> str:
    """What is not the same, as a unified diff; empty if all is."""
    lines = list(difflib.unified_diff(str(host).splitlines(), str(lintel).splitlines(), "Linux", "Lintel", lineterm="", n=3))
    more = [f"... and {len(lines) - DIFFERENCE_LINES} lines more"] if len(lines) > DIFFERENCE_LINES else []
    return "\n".join(lines[:DIFFERENCE_LINES] + more)
