"""The same image on many machines. Each value of each property is tried at least once, and those pairs that
share code."""
import re
import time

import pytest

from lib import image as images
from lib import kernel_log, screen
from lib.kernel_log import EXIT_PANIC, EXIT_SUCCESS, LINK_BASE

RESULT = re.compile(r"^check: ([1-9]\d*) checks, (\d+) failed$", re.MULTILINE)
NO_SCREEN = "a screen is not available"


def settings_id(value):
    """A test's name: its values, not their numbers."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return "-".join(str(each) for each in (value.values() if isinstance(value, dict) else [value])) or "default"


def assert_came_up(text):
    """The whole road: bootloader, kernel, ring 3, system calls, orderly end."""
    assert "\nLintel 0.1.0 bootloader\n" in text and "\nlintel: leaving the firmware\n" in text
    assert_kernel_came_up(text)
    assert [name for name, _ in kernel_log.marks(text)] == kernel_log.MARKS


def assert_kernel_came_up(text):
    from_utask = kernel_log.from_programs(text)
    assert "Hello from ring 3! This is utask.\nutask: running in ring 3, pid 1\n" in from_utask, text[-2000:]
    result = RESULT.search(from_utask)
    assert result and result[2] == "0", text[-2000:]
    assert "PANIC" not in text
    assert "PID 1 has ended: nothing is left to run" in text


@pytest.fixture
def boot(machine, check_image):
    """Boots a machine to the end and returns its serial text."""

    def run(timeout=90, image=check_image, **settings):
        started = machine(image=image, **settings)
        status = started.wait_exit(timeout)
        assert not started.has_triple_faulted(), started.describe("triple fault")
        assert status == EXIT_SUCCESS, started.describe(f"exit status {status}")
        assert_came_up(started.serial)
        return started.serial

    return run


def usable_mib(text):
    return int(re.search(r"memory: (\d+) MiB usable", text)[1])


@pytest.mark.parametrize("firmware", ["4M", "2M"])
@pytest.mark.parametrize("board", ["q35", "pc"])
def test_board_and_firmware(boot, board, firmware):
    assert NO_SCREEN not in boot(machine=board, firmware=firmware)


# What firmware keeps for itself is some 8 MiB. 48 MiB boot too; below 64 the firmware itself is unreliable.
@pytest.mark.parametrize("memory_mib, settings", [
    (64, {}),
    (96, {"machine": "pc", "firmware": "2M"}),
    (96, {}),
    (512, {"cpu": "qemu64", "smp": 4}),
    (3 * 1024, {"cpu": "Skylake-Client"}),  # q35: RAM on both sides of the device window; 2 MiB pages
    (3 * 1024, {"machine": "pc"}),
    (8 * 1024, {}),
    (8 * 1024, {"machine": "pc", "cpu": "qemu64", "smp": 4}),
], ids=settings_id)
def test_memory_size(boot, memory_mib, settings):
    text = boot(memory=f"{memory_mib}M", **settings)
    assert memory_mib - 16 <= usable_mib(text) <= memory_mib
    top = max(region.end for region in kernel_log.memory_map(text) if region.name == "Free")
    is_split = memory_mib > 4096 or (memory_mib > 2048 and "machine" not in settings)
    assert top > 4 << 30 if is_split else top <= memory_mib << 20


def cpus_online(text):
    return int(re.search(r"\] cpus (\d+) online$", text, re.MULTILINE)[1])


@pytest.mark.parametrize("board, cpus", [("q35", 1), ("q35", 2), ("q35", 4), ("pc", 4), ("q35", 8)])
def test_all_cpus_come_online(boot, board, cpus):
    assert cpus_online(boot(machine=board, smp=cpus)) == cpus


@pytest.mark.parametrize("wanted, online", [("maxcpus=1", 1), ("maxcpus=3", 3), ("maxcpus=many", 4)])
def test_number_of_cpus_is_limited(run_to_end, wanted, online):
    status, text = run_to_end(f"{wanted} on-exit=debug-exit -- check", smp=4)
    assert cpus_online(text) == online and status == EXIT_SUCCESS


def test_panic_stops_the_other_cpus_and_lists_them(run_to_end):
    status, text = run_to_end("panic=debug-exit provoke=ud", smp=4)
    report = text[text.index("PANIC: "):]
    assert status == EXIT_PANIC
    assert re.search(r"cpus:\n(.*\n)*?.*  cpu 0 reports this, in thread (\S+ \(\d+\)|none)\n", report)
    for cpu in (1, 2, 3):
        assert re.search(rf"  cpu {cpu} was at [0-9a-f]{{16}} \w+\+0x[0-9a-f]+, in thread (\S+ \(\d+\)|none)\n", report)


@pytest.mark.parametrize("cpu, protections", [
    ("max", "nx wp smep smap umip"),
    ("qemu64", "nx wp"),
    ("Nehalem", "nx wp"),
    ("Skylake-Client", "nx wp smep smap"),
    ("EPYC", "nx wp smep smap"),
    ("max,-smap", "nx wp smep umip"),
    ("max,-smep,-umip,-pge,-pdpe1gb", "nx wp smap"),
])
def test_cpu_model(boot, cpu, protections):
    text = boot(cpu=cpu)
    assert re.search(r"\] cpu: \S.*; protections: (.*)$", text, re.MULTILINE)[1] == protections


def test_cpu_that_will_not_do(machine, check_image):
    """Refused in words, before anything is loaded."""
    started = machine(image=check_image, cpu="max,-nx")
    started.wait_for("Press any key to return to the firmware", 60)
    assert "no-execute" in started.serial.lower() and "lintel: kernel" not in started.serial
    started.send_serial("x")
    started.wait_for("BdsDxe: failed to start Boot0001")


@pytest.mark.parametrize("disk, settings", [
    ("ide", {"machine": "pc"}),
    ("ahci", {"machine": "pc"}),
    ("virtio", {}),
    ("virtio-scsi", {}),
    ("nvme", {}),
    ("usb-xhci", {}),
    ("usb-ehci", {"machine": "pc", "firmware": "2M"}),
], ids=settings_id)
def test_disk(boot, disk, settings):
    boot(disk=disk, **settings)


@pytest.mark.parametrize("board", ["q35", "pc"])
def test_cd(boot, tmp_path, check_image, board):
    boot(disk="cdrom", machine=board, image=images.make_iso(tmp_path / "lintel.iso", check_image))


@pytest.mark.parametrize("settings, source", [
    ({}, "HPET"),
    ({"machine": "q35,hpet=off"}, "ACPI PM timer"),
    ({"machine": "pc,hpet=off", "firmware": "2M"}, "ACPI PM timer"),
    ({"machine": "q35,acpi=off"}, "bootloader"),
], ids=settings_id)
def test_clock(machine, image, settings, source):
    """Without ACPI the TSC is measured by the bootloader. Whatever measures it, the timer ticks, and QEMU's
    TSC has the frequency that it has."""
    started = machine(image=image(boot_cfg={"cmdline": "debug"}), **settings)
    mhz = int(started.wait_for(re.compile(rf"clock: TSC at (\d+)\.\d{{3}} MHz, by {re.escape(source)}\n"), 30)[1])
    started.wait_for(re.compile(r"utask: getpid takes \d+\.\d\d TSC ticks\n"))
    start = time.monotonic()
    first = started.wait_for(re.compile(r"\[ *(\d+\.\d+)\] timer: interrupted ring 3 100 times and resumed it, "))
    assert 0.3 < float(first[1]) < 20
    started.wait_for("utask: heartbeat 1 of 3\n")
    started.wait_for("utask: heartbeat 2 of 3\n")
    assert time.monotonic() - start > 1
    assert 100 < mhz < 10000


def test_no_tpm(boot):
    """The other machines have one that is broken (lib/qemu.py)."""
    boot(tpm=False)


def test_no_ps2(boot):
    boot(i8042=False)


def test_no_ps2_but_usb_keyboard(boot):
    boot(i8042=False, usb_keyboard=True)


@pytest.fixture
def halting_image(image):
    """After its checks the machine stays, so that its screen can be read."""
    return image(boot_cfg={"cmdline": "on-exit=halt panic=halt -- check"})


def wait_for_screen(started, wanted, timeout=300, scale=None):
    """The screen's text, once it has what is wanted: it is drawn after the serial port's text is sent."""
    deadline = time.monotonic() + timeout
    while True:
        text = "\n".join(screen.read_text(started.screendump(), scale))
        if wanted in text:
            return text
        assert time.monotonic() < deadline and started.is_running(), f"not on the screen: {wanted}\n{text}"
        time.sleep(0.5)


@pytest.mark.parametrize("vga, size, settings", [
    ("std", (1280, 800), {}),
    ("qxl", (1280, 800), {}),
    ("cirrus", (800, 600), {"machine": "pc"}),
    ("virtio", (1280, 800), {}),
    ("vmware", (1280, 800), {"machine": "pc", "firmware": "2M"}),
    ("bochs-display", (1280, 800), {}),
    ("ramfb", (800, 600), {}),
], ids=settings_id)
def test_screen(machine, halting_image, vga, size, settings):
    """The last lines, on the smallest of them, are what utask and the kernel said."""
    started = machine(image=halting_image, vga=vga, **settings)
    started.wait_for("halted: you may switch off the machine\n")
    text = wait_for_screen(started, "halted: you may switch off the machine")
    assert_kernel_came_up(text)
    assert screen.canonical(kernel_log.from_kernel(started.serial).splitlines()[-1]) == text.rstrip().splitlines()[-1]
    shot = screen.Screenshot(started.screendump())
    assert (shot.width, shot.height) == size


@pytest.mark.parametrize("wanted, size", [("640x480", (640, 480)), ("1920x1080", (1920, 1080)), ("max", None)])
def test_screen_mode(machine, image, wanted, size):
    """As boot.cfg says; the letters grow with the screen."""
    started = machine(image=image(boot_cfg={"cmdline": "on-exit=halt -- check", "screen": wanted}))
    started.wait_for("halted: you may switch off the machine\n")
    shot = screen.Screenshot(started.screendump())
    assert (shot.width, shot.height) == size if size else shot.width >= 1920
    scale = screen.expected_scale(shot.width, shot.height)
    wait_for_screen(started, "halted: you may switch off the machine", scale=scale)


def test_screen_mode_that_is_not_there(machine, image):
    started = machine(image=image(boot_cfg={"cmdline": "on-exit=halt -- check", "screen": "1234x567"}))
    started.wait_for("lintel: the screen does not have the wanted mode; keeping the present one\n")
    assert_kernel_came_up(wait_for_screen(started, "halted: you may switch off the machine"))


@pytest.mark.parametrize("vga", ["none", "virtio-gpu-pci"])
def test_no_screen(boot, vga):
    """None at all, and one without memory to draw in: the serial line says so, and all goes on."""
    text = boot(vga=vga)
    assert "\nlintel: no screen that the kernel can draw on; it talks on the serial line alone\n" in text
    assert NO_SCREEN in text


def test_no_serial_port(machine, halting_image):
    """All is on the screen, from the kernel's first line."""
    started = machine(image=halting_image, serial=False)
    text = wait_for_screen(started, "halted: you may switch off the machine")
    assert text.startswith("[    0.000000] Lintel 0.1.0, command line: on-exit=halt panic=halt -- check\n")
    assert_kernel_came_up(text)
    assert started.is_running() and not started.has_triple_faulted()


def told(text):
    """What programs wrote, and the log's lines, which may come in the middle of that."""
    plain = kernel_log.untangled(kernel_log.from_kernel(text))
    return kernel_log.from_programs(plain), [line for line in plain.splitlines() if line.startswith("[")]


def test_debug_console_says_the_same(machine, check_image):
    started = machine(image=check_image, debugcon=True)
    assert started.wait_exit(60) == EXIT_SUCCESS
    assert_came_up(started.serial)
    assert told(started.debugcon) == told(started.serial)
    assert kernel_log.marks(started.debugcon) == kernel_log.marks(started.serial)


def test_debug_console_alone(machine, check_image):
    """Neither serial port nor screen nor keyboard."""
    started = machine(image=check_image, serial=False, vga="none", i8042=False, debugcon=True)
    assert started.wait_exit(60) == EXIT_SUCCESS
    assert_kernel_came_up(started.debugcon)


def kernel_code(text):
    return next(each for each in kernel_log.kernel_mappings(text) if each.protection == "r-x")


def test_kernel_stays_without_kaslr(boot, image):
    text = boot(image=image(boot_cfg={"cmdline": f"debug kaslr=off {kernel_log.END_BY_STATUS} -- check"}))
    assert kernel_log.slide(text) == 0
    assert kernel_code(text).start == LINK_BASE


def test_kernel_is_slid(boot):
    texts = [boot(), boot()]
    slides = [kernel_log.slide(text) for text in texts]
    assert slides[0] != slides[1]
    for text, slide in zip(texts, slides):
        assert 0 < slide < 1 << 30 and slide % 4096 == 0
        assert kernel_code(text).start == LINK_BASE + slide
