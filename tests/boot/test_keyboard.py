"""The PS/2 keyboard: what is typed comes to the shell at the screen's terminal. The serial line shows what that one
shows."""
import re
import subprocess
import time

import pytest

from lib import image as images
from lib.keyboard import change, press, type_text
from lib.waiting import becomes_true

PROMPT = "lintel:~# "
REQUESTS = """\
type: ok 2
mode: ok 3
meta: ok 4
mode 0: ok ok 0
mode 1: ok ok 1
mode 2: ok ok 2
mode 3: ok ok 3
mode 4: ok ok 4
mode 5: EINVAL ok 4
back: ok
meta: ok EINVAL ok
locks: ok ok 25 ok 05 EINVAL
lights: ok ok 02 ok ok 05
reset: ok ok 22
none: ok
a: 0b61 0b41 0001 0861
no map: 027f 0200
wrong: EINVAL EINVAL EINVAL
key 0: ok 0200
a character: ok d0ac 0200 027e
8 bits: 0200 EINVAL
no map again: ok 0200
map 0 stays: ok 0b61
bad pointers: EFAULT EFAULT EFAULT
F1: ok 4 [[A
long: ok ok 511
back: ok ok 0 EFAULT
accents: ok 68 60 41 c0
wide: ok 68 00ff
too many: EINVAL
two: ok ok 2 c0 ff
none: ok ok 0
bad pointers: EFAULT EFAULT
repeat: ok 250 33 ok 500 50
signal: EINVAL EINVAL EINVAL ok ok
press Alt+Up
pressed: 1
nobody in particular: ok 0b61 EPERM ok ok EPERM EPERM ENOTTY
"""


def initrd_with(build, folder, program):
    """The default initrd, and a program of tests/boot/programs in its /bin."""
    target = folder / "bin" / program
    target.parent.mkdir()
    subprocess.run(["musl-gcc", "-static", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{images.ROOT}/common",
                    images.ROOT / "tests/boot/programs" / f"{program}.c", "-o", target], check=True)
    archive = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=folder, input=f"bin/{program}\n".encode(),
                             stdout=subprocess.PIPE, check=True).stdout
    return (build / "initrd.cpio").read_bytes() + archive


def run(machine, command, *expected):
    """Types a command, and waits for what it prints and for the prompt."""
    type_text(machine, command + "\n")
    for text in (command, *expected, PROMPT):
        machine.wait_for(text, 20)


def test_typing(machine, build, image, tmp_path):
    files = {"EFI/lintel/initrd.cpio": initrd_with(build, tmp_path, "keyboard_requests")}
    started = machine(smp=2, image=image(boot_cfg={"initrd": r"\EFI\lintel\initrd.cpio"}, files=files))
    started.wait_for(PROMPT)

    run(started, "echo 'The Quick' $((2*21)) \"fox\" | tr a-z A-Z", "\nTHE QUICK 42 FOX\n")
    press(started, "caps_lock")
    type_text(started, "echo")  # typed as capitals
    press(started, "caps_lock")
    type_text(started, "x\n")
    started.wait_for("ECHOx: not found")

    type_text(started, "cat -v\n")
    started.wait_for("cat -v\n")
    for keys in (["f1"], ["f12"], ["home"], ["up"], ["delete"], ["alt", "x"], ["ctrl", "b"], ["kp_enter"]):
        press(started, *keys)
    started.wait_for("\n^[[[A^[[24~^[[1~^[[A^[[3~^[x^B\n", 20)
    for key in ("ctrl", "dot"):  # Compose
        change(started, key, True)
    for key in ("dot", "ctrl"):
        change(started, key, False)
    type_text(started, '"o\n')
    started.wait_for("M-CM-6\n", 20)
    press(started, "ctrl", "c")
    started.wait_for(PROMPT, 20)

    type_text(started, "echo ")
    started.wait_for("echo ")
    change(started, "a", True)  # held until it has come again and again
    started.wait_for("aaa", 20)
    change(started, "a", False)
    type_text(started, "\n")
    repeated = started.wait_for(re.compile(r"\n(a+)\n"), 20).group(1)
    assert len(repeated) >= 3

    type_text(started, "keyboard_requests\n")
    started.wait_for("press Alt+Up\n", 60)
    press(started, "alt", "up")
    started.wait_for(PROMPT, 60)
    assert REQUESTS in started.serial
    keymaps = "/usr/share/keymaps"
    run(started, f"dumpkmap >/tmp/map; loadkmap <{keymaps}/us.kmap; dumpkmap | cmp - /tmp/map && echo same", "\nsame\n")
    run(started, f"loadkmap <{keymaps}/de.kmap", "\n")
    for key in ("e", "c", "h", "o", "spc", "z", "y", "bracket_left", "ret"):
        press(started, key)
    started.wait_for("\nyzü\n", 20)


def written(machine):
    """What the kernel has sent to the keyboard."""
    return re.findall(r"ps2_write_keyboard \S+ val (\d+)", (machine.folder / "resets").read_text())


def test_terminals_and_keys_that_ask_the_kernel(machine, image):
    started = machine(smp=1, image=image(boot_cfg={"initrd": r"\EFI\lintel\initrd.cpio"}),
                      extra=["-trace", "ps2_write_keyboard"])
    started.wait_for(PROMPT)
    for lights in (4, 0):  # CapsLock's
        press(started, "caps_lock")
        assert becomes_true(lambda: written(started)[-2:] == ["237", str(lights)])
    press(started, "alt", "f2")
    time.sleep(0.5)
    type_text(started, "root\n")
    press(started, "alt", "f1")
    time.sleep(0.5)
    run(started, "echo at the first one", "\nat the first one\n")
    assert "root\n" not in started.serial[started.serial.rindex("echo"):]
    press(started, "scroll_lock")  # holds output back
    type_text(started, "echo held\n")
    time.sleep(1)
    assert "held" not in started.serial
    press(started, "scroll_lock")
    started.wait_for("\nheld\n", 20)
    press(started, "alt", "sysrq", "h")
    started.wait_for("sysrq: the keys are", 20)
    started.wait_for("where each CPU is", 20)
    press(started, "ctrl", "alt", "delete")
    assert started.shutdown_reason(30) == "guest-reset"


@pytest.mark.parametrize("kind, command_line", [("pc", ""), ("q35", "i8042=direct")])
def test_other_controllers_and_codes(machine, image, kind, command_line):
    boot_cfg = {"initrd": r"\EFI\lintel\initrd.cpio", "cmdline": command_line}
    started = machine(machine=kind, image=image(boot_cfg=boot_cfg))
    started.wait_for(PROMPT)
    run(started, "echo Lintel | rev", "\nletniL\n")
    type_text(started, "cat -v\n")
    for key in ("pause", "up", "sysrq", "right", "insert", "kp_divide"):
        press(started, key)
    started.wait_for("^[[P^[[A", 20)


def test_no_controller(machine, image):
    started = machine(i8042=False, image=image(boot_cfg={"initrd": r"\EFI\lintel\initrd.cpio", "cmdline": "debug"}))
    started.wait_for(PROMPT)
    assert "ps2" not in started.serial
