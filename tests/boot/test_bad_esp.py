"""Files on the ESP that are missing, damaged or something else: the bootloader names the file and the reason,
waits for a key, and returns to the firmware. It never jumps into them and never hangs.

A machine gets one disk a case, and its firmware tries them one after the other: that it comes to the next
one proves the return. Behind the bad ones stands a good one, which must still boot."""
import random
import re
from dataclasses import dataclass, field

import pytest

from lib import image as images
from lib.image_header import HEADER_SIZE, read_field, with_fields
from lib.kernel_log import END_BY_STATUS, EXIT_SUCCESS

KERNEL, UTASK, INITRD = "EFI/lintel/kernel.bin", "EFI/lintel/utask.bin", "EFI/lintel/initrd.cpio"
LIMIT = 0x10000000  # IMAGE_MAX_SIZE
PROMPT = "Press any key to return to the firmware ("


@dataclass
class Case:
    """One ESP. `message` is what the bootloader says of `subject`, as a regular expression; `leave` how it is
    told to return: serial or keyboard (a key), or by itself after the timeout."""

    name: str
    subject: str
    message: str
    files: dict = field(default_factory=dict)
    remove: list = field(default_factory=list)
    boot_cfg: dict = None
    leave: str = "serial"

    def make(self, target):
        if self.leave == "timeout":
            self.boot_cfg = {"timeout": 2, **(self.boot_cfg or {})}
        return images.make_image(target, boot_cfg=self.boot_cfg, files=self.files, remove=self.remove)

    def find_faults(self, text):
        """What is wrong with the part of the serial text that is of this disk."""
        wanted = rf"^lintel: {re.escape(self.subject)}: {self.message}$"
        if not re.search(wanted, text, re.MULTILINE):
            yield f"no line {wanted!r}"
        if text.count(PROMPT) < 1 + (self.leave == "timeout"):
            yield "no prompt for a key"
        if not re.search(r"^BdsDxe: failed to start Boot[0-9A-F]{4} .*: Load Error$", text, re.MULTILINE):
            yield "no return to the firmware with an error"
        if "mark " in text or "leaving the firmware" in text:
            yield "the bootloader went on"


def image_case(path, name, data, message, **rest):
    return Case(f"{path.rpartition('/')[2]} {name}", "\\" + path.replace("/", "\\"), message, {path: data}, **rest)


def presence_cases(path):
    subject = "\\" + path.replace("/", "\\")
    return [
        Case(f"{path} missing", subject, "no such file on the boot volume", remove=[path]),
        Case(f"{path} a folder", subject, "is a folder, not a file", {f"{path}/x": "x"}, [path], leave="keyboard"),
        image_case(path, "empty", b"", "is empty", leave="timeout"),
        image_case(path, "one byte", b"\xeb",
                   rf"is 1 bytes long, shorter than an image's header \({HEADER_SIZE} bytes\)"),
        image_case(path, "text", "Dear kernel,\n" * 1000, "is not an image of Lintel's: no \"LINTELIM\" at byte 8"),
        image_case(path, "zeroes", bytes(65536), "is not an image of Lintel's: no \"LINTELIM\" at byte 8",
                   leave="timeout"),
    ]


def foreign_cases(path, build):
    elf = (build / "kernel.elf").read_bytes()
    loader = (build / "esp/EFI/BOOT/BOOTX64.EFI").read_bytes()
    other_path = UTASK if path == KERNEL else KERNEL
    other = (build / other_path.rpartition("/")[2]).read_bytes()
    kinds = "2; kind 1 (kernel)" if path == KERNEL else "1; kind 2 (user)"
    elf_cases = [] if path == UTASK else [
        image_case(path, "ELF", elf, "is an ELF file; only utask may be one"),
        image_case(path, "four bytes of ELF", b"\x7fELF", "is an ELF file; only utask may be one"),
    ]
    return elf_cases + [
        image_case(path, "PE", loader, r"is a PE program \(MZ\), not an image of Lintel's", leave="keyboard"),
        image_case(path, "script", "#!/bin/sh\n" + "exit 0\n" * 20, "is not an image of Lintel's: .*"),
        image_case(path, "the other image", other, f"is an image of kind {re.escape(kinds)} is expected"),
    ]


def truncation_cases(path, data):
    """Cut, or continued, one byte before and behind every region's edge."""
    ends = {"text": read_field(data, "text_end"), "rodata": read_field(data, "rodata_end"), "data": len(data)}
    yield image_case(path, "cut in the header", data[:HEADER_SIZE - 1],
                     rf"is {HEADER_SIZE - 1} bytes long, shorter than .*")
    sizes = {HEADER_SIZE, HEADER_SIZE + 1}
    for end in ends.values():
        sizes |= {end - 1, end, end + 1}
    for size in sorted(sizes - {len(data)}):
        state = "cut short" if size < len(data) else "longer than it should be"
        yield image_case(path, f"{size} bytes", (data + b"\0")[:size],
                         f"is {size} bytes long, but its header says {len(data)}: it is {state}")


def region_cases(path, data):
    """The ends of text, rodata, data and bss: not at a page's end, 0, before the region begins, too large, at the top
    of the number's range."""
    names = ["text", "rodata", "data", "bss"]
    begins = {"text": 0, **{after: read_field(data, f"{name}_end") for name, after in zip(names, names[1:])}}
    for name in names:
        end = read_field(data, f"{name}_end")
        wrong = {"odd": (end + 1, "not at a page's boundary"), "zero": (0, r"before it begins \(.*\)"),
                 "top": (2**64 - 4096, "images end below 0x10000000"),
                 "wraps": (2**64 - 1, "not at a page's boundary"),
                 "too large": (LIMIT + 4096, "images end below 0x10000000")}
        if begins[name] > 4096:
            wrong["backwards"] = (begins[name] - 4096, rf"before it begins \({begins[name]:#x}\)")
        for what, (value, words) in wrong.items():
            yield image_case(path, f"{name}_end {what}", with_fields(data, **{f"{name}_end": value}),
                             f"its {name} ends at {value:#x}, {words}" if words.startswith(("not", "before"))
                             else f"its {name} ends at {value:#x}; {words}")


def field_cases(path, data):
    """The fields that are no ends of regions."""
    text_end, rodata_end, size = read_field(data, "text_end"), read_field(data, "rodata_end"), len(data)
    link = read_field(data, "link_address")

    def case(name, message, **fields):
        return image_case(path, name, with_fields(data, **fields), message)

    yield case("magic", "is not an image of Lintel's: .*", magic=b"LINTELIN")
    yield case("version 0", "has image version 0; this bootloader knows version 1", version=0)
    yield case("version 2", "has image version 2; this bootloader knows version 1", version=2)
    yield case("kind", "is an image of kind 3; kind . .* is expected", kind=3)
    yield case("link address", f"is linked at {link + 4096:#x}; {link:#x} is expected", link_address=link + 4096)
    yield case("link address 0", f"is linked at 0x0; {link:#x} is expected", link_address=0)
    yield case("data_end a page more", f"is {size} bytes long, but its header says {size + 4096}: it is cut short",
               data_end=size + 4096, bss_end=max(size + 4096, read_field(data, "bss_end")))
    yield case("entry at text's end", f"its entry point {text_end:#x} is outside its text .*", entry_offset=text_end)
    yield case("entry at the top", r"its entry point 0xffffffffffffffff is outside its text .*",
               entry_offset=2**64 - 1)
    if path == UTASK:
        yield case("relocations", "has a relocation table; only a kernel may have one",
                   relocs_offset=text_end, relocs_size=8)
        return
    outside = r"its relocation table \(.*\) is outside its rodata"
    words = "its relocation table .* is not made of 8-byte words"
    yield case("relocations in text", outside, relocs_offset=text_end - 8)
    yield case("relocations in data", outside, relocs_offset=rodata_end, relocs_size=8)
    yield case("relocations at the top", outside, relocs_offset=2**64 - 8)
    yield case("relocations too many", outside, relocs_size=rodata_end)
    yield case("relocations wrap", outside, relocs_size=2**64 - 8)
    yield case("relocations not aligned", words, relocs_offset=text_end + 4)
    yield case("relocations of 4 bytes", words, relocs_size=4)
    yield case("no relocations at a place", words, relocs_size=0)
    yield case("relocations of code", r"its relocation table names a word outside its data \(entry 0: 0x.*\)",
               relocs_offset=text_end, relocs_size=8)


def config_cases():
    """boot.cfg. A mistake in it is found before any image is loaded."""
    rng = random.Random(1)
    garbage = bytes(rng.randrange(256) for _ in range(4096))
    long_line = "cmdline = " + "x" * 2048 + "\n"

    def case(name, text, message, **rest):
        return Case(f"boot.cfg {name}", "\\EFI\\lintel\\boot.cfg", message, {images.BOOT_CONFIG: text}, **rest)

    return [
        case("garbage", garbage, r"line \d+: .*"),
        case("1 MiB", b"#" * (1 << 20), "1048576 bytes long; at most 65536 are allowed"),
        case("1 byte too long", b"#" * 65537, "65537 bytes long; at most 65536 are allowed"),
        case("non-ASCII", "# Kern\ncmdline = gr\xfcn\n",
             r"line 2: byte 0xc3 is not an ASCII character, at byte 19 of the file"),
        case("UTF-8 mark", b"\xef\xbb\xbfcmdline = x\n",
             r"line 1: the file is encoded as UTF-8 \(with a byte-order mark\)"),
        case("UTF-16", "\ufefftimeout = 5\n".encode("utf-16-le"), "line 1: the file is encoded as UTF-16"),
        case("NUL", b"timeout = 5\n\0\n", "line 2: a NUL byte, at byte 12 of the file"),
        case("control character", b"timeout = \x1b[2J5\n", "line 1: byte 0x1b is not an ASCII character.*"),
        case("lone CR", b"cmdline = a\rtimeout = 5\n", "line 1: a carriage return that ends no line.*"),
        case("no =", "# so\n\ntimeout = 3\ncmdline debug\n", "line 4: no '=' in \"cmdline debug\""),
        case("unknown key", "timeot = 5\n", 'line 1: unknown key "timeot"', leave="keyboard"),
        case("key twice", "timeout = 5\nscreen = max\ntimeout = 5\n", "line 3: timeout is given twice"),
        case("screen", "screen = 0x0\n", 'line 1: screen is "0x0"; keep, max or a size .*'),
        case("timeout", "timeout = 99999999999999999999\n", 'line 1: timeout is "9+"; a number from 0 to 3600 .*'),
        case("debugger", "debugger = on\n", 'line 1: debugger is "on"; wait is the only choice'),
        case("no path", "kernel =\n", "line 1: kernel needs a path"),
        case("long path", f"utask = {'x' * 300}\n", "line 1: utask is a path of 301 characters; at most 255 .*"),
        case("long command line", long_line, "line 1: cmdline is 2048 characters long; at most 2047 .*"),
        case("timeout before the mistake", "timeout = 2\nnonsense = 1\n", 'line 2: unknown key "nonsense"'),
        Case("boot.cfg a folder", "\\EFI\\lintel\\boot.cfg", "is a folder, not a file",
             {f"{images.BOOT_CONFIG}/x": "x"}, [images.BOOT_CONFIG]),
        *[Case(f"{key} elsewhere", r"\no\such.file", "no such file on the boot volume",
               boot_cfg={key: "no/such.file"}) for key in ("kernel", "utask", "initrd")],
        Case("initrd a folder", r"\EFI\BOOT", "is a folder, not a file", boot_cfg={"initrd": "/EFI/BOOT"}),
        Case("initrd empty", r"\EFI\lintel\initrd.cpio", "is empty", {INITRD: b""},
             boot_cfg={"initrd": INITRD}, leave="timeout"),
    ]


GROUPS = ["presence", "foreign", "kernel-cut", "utask-cut", "kernel-regions", "utask-regions", "kernel-fields",
          "utask-fields", "config"]


def cases_of(group, build):
    kernel, utask = ((build / name).read_bytes() for name in ("kernel.bin", "utask.bin"))
    return list({
        "presence": lambda: presence_cases(KERNEL) + presence_cases(UTASK),
        "foreign": lambda: foreign_cases(KERNEL, build) + foreign_cases(UTASK, build),
        "kernel-cut": lambda: truncation_cases(KERNEL, kernel),
        "utask-cut": lambda: truncation_cases(UTASK, utask),
        "kernel-regions": lambda: region_cases(KERNEL, kernel),
        "utask-regions": lambda: region_cases(UTASK, utask),
        "kernel-fields": lambda: field_cases(KERNEL, kernel),
        "utask-fields": lambda: field_cases(UTASK, utask),
        "config": config_cases,
    }[group]())


def leave_bootloader(started, case):
    started.wait_for(PROMPT)
    if case.leave == "serial":
        started.send_serial("x")
    elif case.leave == "keyboard":
        started.send_key("ret")
    started.wait_for(re.compile(r"BdsDxe: failed to start Boot[0-9A-F]{4} .*\n"), 30)


def boot_all(machine, tmp_path, cases, **settings):
    """Boots the cases' disks and then a good one; returns what is wrong, by case."""
    disks = [case.make(tmp_path / f"disk{number}.img") for number, case in enumerate(cases)]
    good = images.make_image(tmp_path / "good.img", {"cmdline": f"{END_BY_STATUS} -- check"})
    started = machine(boot_order=disks + [good], **settings)
    for case in cases:
        leave_bootloader(started, case)
    status = started.wait_exit()
    assert status == EXIT_SUCCESS and not started.has_triple_faulted(), started.describe(f"status {status}")
    parts = re.split(r"^BdsDxe: starting Boot[0-9A-F]{4} ", started.serial, flags=re.MULTILINE)[1:]
    assert len(parts) == len(cases) + 1
    assert "check: " in parts[-1] and ", 0 failed" in parts[-1]
    return {case.name: faults for case, part in zip(cases, parts) if (faults := list(case.find_faults(part)))}


@pytest.mark.parametrize("group", GROUPS)
def test_bad_files(machine, build, tmp_path, group):
    cases = cases_of(group, build)
    assert len(cases) >= 8
    assert boot_all(machine, tmp_path, cases) == {}


def test_images_larger_than_memory(machine, build, tmp_path):
    """As large as an image may be, which is more than the machine has."""
    kernel, utask = ((build / name).read_bytes() for name in ("kernel.bin", "utask.bin"))
    message = r"needs \d{6} KiB of memory in one piece; the largest free piece has \d{5} KiB"
    cases = [image_case(KERNEL, "huge", with_fields(kernel, bss_end=LIMIT), message),
             image_case(UTASK, "huge", with_fields(utask, bss_end=LIMIT), message)]
    assert boot_all(machine, tmp_path, cases, memory="96M") == {}


def test_no_wait_with_timeout_zero(machine, image):
    started = machine(image=image(boot_cfg={"timeout": 0}, remove=[KERNEL]))
    started.wait_for("kernel.bin: no such file on the boot volume\n")
    started.wait_for(re.compile(r"BdsDxe: failed to start Boot[0-9A-F]{4} .*: Load Error\n"), 10)
    assert PROMPT not in started.serial


def test_key_of_usb_keyboard(machine, image):
    started = machine(image=image(remove=[KERNEL]), i8042=False, usb_keyboard=True)
    started.wait_for(PROMPT)
    started.send_key("spc")
    started.wait_for(re.compile(r"BdsDxe: failed to start Boot[0-9A-F]{4} .*: Load Error\n"), 10)


def test_boot_without_config(machine, image):
    """Every key has a default."""
    started = machine(image=image(remove=[images.BOOT_CONFIG]))
    started.wait_for("command line: (empty)\n")
    started.wait_for("Hello from ring 3! This is utask.\n")


def test_boot_with_all_that_config_may_say(machine, image):
    """Line ends, blanks, comments, other paths, an initrd large enough to show its progress."""
    config = ("# \\EFI\\lintel\\boot.cfg\r\n\r\n  kernel\t= boot/kernel.bin\r\nutask=/boot/utask.bin\r\n"
              f"initrd = boot\\initrd.cpio\r\ncmdline =  debug {END_BY_STATUS} a=\"b  -- check \r\n"
              "timeout = 3600\r\nscreen = 800x600")
    build = images.build_folder()
    files = {"boot/kernel.bin": (build / "kernel.bin").read_bytes(),
             "boot/utask.bin": (build / "utask.bin").read_bytes(),
             "boot/initrd.cpio": bytes(9 << 20) + b"x", images.BOOT_CONFIG: config}
    started = machine(image=image(files=files, remove=[KERNEL, UTASK]))
    assert started.wait_exit() == EXIT_SUCCESS
    text = started.serial
    assert f"command line: debug {END_BY_STATUS} a=\"b  -- check\n" in text
    assert r"lintel: kernel \boot\kernel.bin: " in text and r"lintel: utask \boot\utask.bin: " in text
    assert r"lintel: \boot\initrd.cpio: 9 of 9 MiB" in text
    assert re.search(r"lintel: initrd \\boot\\initrd\.cpio: 9216 KiB at 0x[0-9a-f]+000\n", text)
    assert "screen: 800x600 pixels" in text
