"""One boot on the usual machine, looked at from all sides: what it says, in which order; what the machine's
registers and page tables say, read past the kernel; and the ways in which it ends."""
import re
from types import SimpleNamespace

import pytest

from lib import image as images
from lib import kernel_log, page_tables, screen
from lib.kernel_log import END_BY_STATUS, EXIT_FAILURE, EXIT_PANIC, LINK_BASE, MARKS, PAGE_SIZE
from lib.qemu import Machine
from lib.waiting import becomes_true

USER_END = 1 << 47
USER_TEXT = 0x40000000
USER_STACK_TOP = 0x00007FFFFFFFE000
USER_STACK_GUARD = USER_STACK_TOP - 33 * PAGE_SIZE
DIRECT_MAP = 0xFFFF800000000000
KERNEL_STACKS = 0xFFFFC08000000000
KERNEL_STACKS_END = KERNEL_STACKS + (512 << 30)

LINES = [  # of a boot with debug output, among others, in this order
    r"Lintel 0\.1\.0 bootloader",
    r"lintel: kernel \S+: \d+ KiB at 0x[0-9a-f]+ slide 0x[0-9a-f]+",
    r"lintel: utask \S+: \d+ KiB at 0x[0-9a-f]+",
    "lintel: leaving the firmware",
    r"\[    0\.000000\] Lintel 0\.1\.0, command line: debug",
    "mark loader-entry .*",
    "mark kernel-entry .*",
    r"\[.*\] cpu: QEMU TCG CPU .*; protections: nx wp smep smap umip",
    r"\[.*\] memory map: .* Free",
    r"\[.*\] kernel mapping: .* direct map",
    r"\[.*\] clock: TSC at \d+\.\d{3} MHz, by HPET",
    r"\[.*\] memory: \d+ MiB usable, \d+ KiB used by the kernel, \d+ KiB by files",
    r"\[.*\] user page table: .* text at .*",
    "mark first-user .*",
    r"Hello from ring 3! This is utask\.",
    "utask: running in ring 3, pid 1",
    r"utask: text 0x40000000-0x4000[0-9a-f]{4}  .*",
    r"utask: getpid takes \d+\.\d\d TSC ticks",
    r"utask: in a loop without system calls for 1\.2 s",
    r"\[.*\] timer: interrupted ring 3 100 times .*",
    "utask: out of the loop",
    "utask: heartbeat 1 of 3",
    "utask: heartbeat 2 of 3",
    "utask: heartbeat 3 of 3",
    "utask: staying; switch off the machine when you like",
]
PLACE = re.compile(r"^utask: text (0x\w+)-(0x\w+)  rodata -(0x\w+)  data -(0x\w+)  bss -(0x\w+)  "
                   r"stack near (0x\w+)$", re.MULTILINE)
USER_IMAGE = re.compile(r"user image: code at (0x\w+), (\d+) pages; data at (0x\w+), (\d+) pages; "
                        r"stack at (0x\w+), (\d+) pages$", re.MULTILINE)


def registers_in_ring_3(machine):
    """In its loop without system calls the kernel interrupts it now and then."""
    for _ in range(20):
        values = page_tables.registers(machine)
        if values["CPL"] == 3:
            return values
    raise AssertionError(f"not in ring 3: {values}")


@pytest.fixture(scope="module")
def story(build, tmp_path_factory):
    """A boot to utask's last words, with debug output."""
    path = tmp_path_factory.mktemp("story") / "story.img"
    with Machine(image=images.make_image(path, {"cmdline": "debug"})) as machine:
        machine.wait_for("utask: in a loop without system calls for 1.2 s\n")
        registers = registers_in_ring_3(machine)
        machine.wait_for("utask: staying; switch off the machine when you like\n")
        assert becomes_true(lambda: "utask: staying" in "\n".join(screen.read_text(machine.screendump())))
        machine.qmp.execute("stop")
        yield SimpleNamespace(text=machine.serial, registers=registers, pages=page_tables.read_pages(machine),
                              screen=screen.read_text(machine.screendump()))
    path.unlink()


def mapped(pages, start, end):
    """The pages of which any part lies in the range."""
    return [page for page in pages if page.start < end and start < page.end]


# What it says.

def test_marks(story):
    marks = kernel_log.marks(story.text)
    assert [name for name, _ in marks] == MARKS
    times = [tsc for _, tsc in marks]
    assert times == sorted(set(times)) and times[0] > 0
    assert len(re.findall(r"^mark ", story.text, re.MULTILINE)) == len(MARKS), "a mark of another form"


def test_order(story):
    text = kernel_log.untangled(story.text)
    position = 0
    for line in LINES:
        found = re.compile(rf"^{line}$", re.MULTILINE).search(text, position)
        assert found, f"no line {line!r} behind\n{text[:position][-300:]}"
        position = found.end()
    assert "PANIC" not in text and "warning" not in text.lower()


def test_greeting_is_true(story):
    """Where utask says that it runs, it is mapped."""
    areas = {area.name: area for area in kernel_log.user_areas(story.text)}
    said = PLACE.search(story.text)
    text, text_end, rodata_end, data_end, bss_end, stack = (int(number, 16) for number in said.groups())
    assert (areas["text"].start, areas["text"].end) == (text, text_end) and text == USER_TEXT
    assert (areas["rodata"].start, areas["rodata"].end) == (text_end, rodata_end)
    assert (areas["data"].start, areas["data"].end) == (rodata_end, bss_end) and rodata_end < data_end <= bss_end
    assert areas["stack"].start <= stack < areas["stack"].end == USER_STACK_TOP
    rip = int(re.search(r"resumed it, now at rip (0x[0-9a-f]+)$", story.text, re.MULTILINE)[1], 16)
    assert areas["text"].start <= rip < areas["text"].end


def test_time_stamps(story):
    lines = kernel_log.log_lines(story.text)
    times = [us for us, _ in lines]
    assert len(lines) > 20 and times == sorted(times)
    timer = next(us for us, line in lines if line.startswith("timer: "))
    assert times[-1] >= timer and 500000 < timer < 20000000


def test_memory_map(story):
    """Sorted, no overlaps, no two neighbours that could be one; and a place for each thing that was loaded."""
    regions = kernel_log.memory_map(story.text)
    for below, above in zip(regions, regions[1:]):
        assert below.start < below.end <= above.start
        assert below.end < above.start or below.name != above.name, (below, above)
    assert {region.name for region in regions} >= {
        "Free", "BootloaderReclaimable", "AcpiReclaimable", "AcpiNvs", "RuntimeServices", "Reserved", "Mmio",
        "KernelCode", "KernelData", "KernelStack", "UserCode", "UserData", "UserStack"}
    free = sum(region.end - region.start for region in regions if region.name == "Free")
    assert 400 << 20 < free < 512 << 20
    pages = {name: sum(region.end - region.start for region in regions if region.name == name) // PAGE_SIZE
             for name in ("KernelStack", "UserStack")}
    assert pages == {"KernelStack": 8, "UserStack": 32}


def test_everything_loaded_is_in_the_map(story):
    regions = kernel_log.memory_map(story.text)

    def is_in(kind, physical, pages):
        return any(region.name == kind and region.holds(physical, pages) for region in regions)

    line = USER_IMAGE.search(story.text)
    code, code_pages, data, data_pages, stack, stack_pages = (int(number, 0) for number in line.groups())
    assert is_in("UserCode", code, code_pages)
    assert is_in("UserData", data, data_pages)
    assert is_in("UserStack", stack, stack_pages)
    areas = {area.name: area for area in kernel_log.user_areas(story.text)}
    assert areas["text"].physical == code and areas["data"].physical == data and areas["stack"].physical == stack
    assert areas["rodata"].physical == code + areas["text"].end - areas["text"].start
    framebuffer = int(re.search(r"screen: 1280x800 pixels at (0x[0-9a-f]+),", story.text)[1], 16)
    for mapping in kernel_log.kernel_mappings(story.text):
        pages = (mapping.end - mapping.start) // PAGE_SIZE
        if mapping.name == "Mmio":
            assert mapping.physical == framebuffer and pages == 1280 * 800 * 4 // PAGE_SIZE
        elif mapping.name == "direct map":
            assert mapping.protection == "rw-" or is_in("KernelCode", mapping.physical, pages), mapping
        else:
            assert is_in(mapping.name, mapping.physical, pages), mapping


def test_user_areas(story):
    areas = kernel_log.user_areas(story.text)
    assert [(area.name, area.protection) for area in areas] == [
        ("text", "r-xu"), ("rodata", "r--u"), ("data", "rw-u"), ("stack", "rw-u")]
    assert areas[0].start == USER_TEXT and areas[-1].end == USER_STACK_TOP


def test_kernel_mappings(story):
    mappings = kernel_log.kernel_mappings(story.text)
    assert not [each for each in mappings if each.protection == "rwx" or each.protection[0] != "r"]
    for below, above in zip(mappings, mappings[1:]):
        assert below.end <= above.start
    image = [(each.name, each.protection) for each in mappings if each.start >= LINK_BASE]
    assert image == [("KernelCode", "r-x"), ("KernelCode", "r--"), ("KernelData", "rw-")]
    assert [each.start for each in mappings if each.start >= LINK_BASE][0] == LINK_BASE + kernel_log.slide(story.text)
    for each in mappings:
        if each.name == "direct map":
            assert each.start - each.physical == DIRECT_MAP and each.protection in ("rw-", "r--")


def test_screen_shows_what_the_serial_port_says(story):
    """The log's lines and the program's, in their order; where a line of the log comes in the program's is chance."""
    said = kernel_log.from_kernel(screen.canonical(story.text))
    shown = "\n".join(story.screen).rstrip() + "\n"
    logged, logged_shown = (re.findall(r"\[ *\d+\.\d{6}\] .*\n", text) for text in (said, shown))
    programs, programs_shown = (kernel_log.from_programs(text).splitlines() for text in (said, shown))
    assert len(logged_shown) > 30 and len(programs_shown) > 5
    assert logged_shown == logged[-len(logged_shown):]
    assert programs_shown == programs[-len(programs_shown):]


# What the machine says.

def test_control_registers(story):
    """Source: Intel SDM volume 3, section 2.5, and volume 4 for EFER."""
    assert story.registers["CPL"] == 3
    assert story.registers["CS"] & 3 == 3 and story.registers["SS"] & 3 == 3
    assert USER_TEXT <= story.registers["RIP"] < USER_TEXT + (1 << 20)
    assert story.registers["RFL"] & 1 << 9, "interrupts are off in ring 3"
    assert story.registers["RFL"] & 3 << 12 == 0, "IOPL is not 0"

    def bits(register, **wanted):
        value = story.registers[register]
        assert [name for name, bit in wanted.items() if not value >> bit & 1] == [], f"{register}={value:#x}"

    bits("CR0", PE=0, MP=1, NE=5, WP=16, AM=18, PG=31)
    bits("CR4", DE=3, PAE=5, MCE=6, PGE=7, OSFXSR=9, OSXMMEXCPT=10, UMIP=11, SMEP=20, SMAP=21)
    bits("EFER", SCE=0, LME=8, LMA=10, NXE=11)
    assert story.registers["CR0"] & (1 << 2 | 1 << 3) == 0, "EM or TS is set"


def test_no_page_is_writable_and_executable(story):
    assert len(story.pages) > 100
    assert [page for page in story.pages if page.is_writable and page.is_executable] == []


def test_nothing_executable_in_the_kernel_can_be_written_elsewhere(story):
    """Nor through the direct map, which shows the same frames again."""
    kernel_text = [page for page in story.pages if page.is_executable and page.start >= USER_END]
    assert kernel_text and all(page.start >= LINK_BASE for page in kernel_text)
    writable = [page for page in story.pages if page.is_writable]
    assert [(text, page) for text in kernel_text for page in writable
            if page.physical < text.physical_end and text.physical < page.physical_end] == []


def test_user_half_holds_utask_alone(story):
    """So page 0 and the loader's identity map are not there, nor are the guard pages of the stack."""
    user = [page for page in story.pages if page.start < USER_END]
    areas = kernel_log.user_areas(story.text)
    assert sum(page.size for page in user) == sum(area.end - area.start for area in areas)
    for page in user:
        area = next(area for area in areas if area.start <= page.start < area.end)
        assert page.is_user
        assert page.physical == area.physical + page.start - area.start
        assert (page.is_writable, page.is_executable) == ("w" in area.protection, "x" in area.protection)
    assert mapped(story.pages, 0, USER_TEXT) == []
    assert mapped(story.pages, USER_STACK_GUARD, USER_STACK_GUARD + PAGE_SIZE) == []
    assert mapped(story.pages, USER_STACK_TOP, DIRECT_MAP) == []


def test_kernel_half_is_closed_to_ring_3(story):
    assert [page for page in story.pages if page.start >= USER_END and page.is_user] == []


def test_kernel_mappings_are_as_said(story):
    for mapping in kernel_log.kernel_mappings(story.text):
        pages = mapped(story.pages, mapping.start, mapping.end)
        covered = sum(min(page.end, mapping.end) - max(page.start, mapping.start) for page in pages)
        assert covered == mapping.end - mapping.start, mapping
        for page in pages:
            assert page.start - page.physical == mapping.start - mapping.physical
            assert (page.is_writable, page.is_executable) == ("w" in mapping.protection, "x" in mapping.protection)


def test_kernel_stacks_have_guard_pages(story):
    """The boot stack, those of the exceptions, and that of utask's thread: an unmapped page below each."""
    stacks = mapped(story.pages, KERNEL_STACKS, KERNEL_STACKS_END)
    starts = {page.start for page in stacks}
    bottoms = [page for page in stacks if page.start - PAGE_SIZE not in starts]
    assert len(bottoms) >= 5
    assert KERNEL_STACKS not in starts
    runs = [next(count for count in range(1, 20) if page.start + count * PAGE_SIZE not in starts) for page in bottoms]
    assert runs[0] == 8 and set(runs[1:]) == {4}


# Other ways to start.

def test_quiet(run_to_end):
    """Marks and the program's own words, but nothing of the kernel's."""
    status, text = run_to_end(f"quiet {END_BY_STATUS} -- exit=7")
    assert status == EXIT_FAILURE
    assert kernel_log.log_lines(text) == []
    assert [name for name, _ in kernel_log.marks(text)] == MARKS
    assert "Hello from ring 3! This is utask.\n" in text


def test_quiet_panic_shows_the_log_all_the_same(run_to_end):
    status, text = run_to_end(f"quiet {END_BY_STATUS} provoke=ud")
    assert status == EXIT_PANIC
    before, after = text.split("PANIC: ", 1)
    assert "] provoke: ud\n" not in before and "] provoke: ud\n" in after


# Ways to end.

@pytest.mark.parametrize("command_line, words, reason", [
    ("on-exit=poweroff -- exit=0", "PID 1 has ended: nothing is left to run", "guest-shutdown"),
    ("on-exit=restart -- exit=7", "PID 1 has ended: nothing is left to run", "guest-reset"),
    ("-- reboot=poweroff", "reboot: power off", "guest-shutdown"),
    ("-- reboot=restart", "reboot: restart", "guest-reset"),
    ("panic=poweroff provoke=ud", "PANIC: #UD", "guest-shutdown"),
    ("panic=restart provoke=stack", "PANIC: #DF", "guest-reset"),
], ids=["exit-poweroff", "exit-restart", "poweroff", "restart", "panic-poweroff", "panic-restart"])
@pytest.mark.parametrize("board", ["q35", "pc"])
def test_end(machine, image, board, command_line, words, reason):
    """Through the firmware's own service, not by a triple fault."""
    started = machine(image=image(boot_cfg={"cmdline": command_line}), machine=board)
    assert started.shutdown_reason() == reason
    assert started.wait_exit(10) == 0
    assert words in started.serial
    assert not started.has_triple_faulted()
    assert "power:" not in started.serial


@pytest.mark.parametrize("command_line, words", [
    ("on-exit=halt -- exit=0", "halted: you may switch off the machine"),
    ("-- exit=0", "halted: you may switch off the machine"),
    ("-- fault=null", "halted: you may switch off the machine"),
    ("provoke=ud", "stopped: please note the lines above and restart the machine"),
    ("-- reboot=halt", "reboot: halted"),
], ids=["exit", "exit-by-default", "fault", "panic", "reboot"])
def test_halt(machine, image, command_line, words):
    """The CPU sleeps, and the screen shows why."""
    started = machine(image=image(boot_cfg={"cmdline": command_line}))
    started.wait_for(words + "\n")
    assert becomes_true(lambda: words in "\n".join(screen.read_text(started.screendump())))
    assert started.is_running()
    assert becomes_true(lambda: page_tables.registers(started)["HLT"])
