"""Fixtures for every test: the build, machines, images."""
import itertools

import pytest

from lib import image as images
from lib import kernel_log
from lib.qemu import Machine


@pytest.fixture(scope="session")
def build():
    """The build folder, with an image in it."""
    folder = images.build_folder()
    if not (folder / "lintel.img").is_file():
        pytest.fail(f"{folder}/lintel.img is missing: build first, or run tools/test", pytrace=False)
    return folder


@pytest.fixture
def image(build, tmp_path):
    """Makes changed copies of the built image: image(boot_cfg={...}, files={...}, remove=[...]) -> path."""
    numbers = itertools.count()

    def make(**changes):
        return images.make_image(tmp_path / f"test-{next(numbers)}.img", **changes)

    yield make
    for path in tmp_path.glob("test-*.img"):
        path.unlink()


@pytest.fixture(scope="session")
def check_image(build, tmp_path_factory):
    """An image whose utask tests the system calls and ends, and with it the machine (kernel_log.EXIT_*)."""
    path = tmp_path_factory.mktemp("check") / "check.img"
    yield images.make_image(path, {"cmdline": f"debug {kernel_log.END_BY_STATUS} -- check"})
    path.unlink()


@pytest.fixture(scope="session")
def plain_image(build, tmp_path_factory):
    """The built image without an initrd: utask shows itself, and stays."""
    path = tmp_path_factory.mktemp("plain") / "plain.img"
    yield images.make_image(path, {})
    path.unlink()


@pytest.fixture
def machine(request, plain_image):
    """Starts machines, lib.qemu.Config's settings as arguments; without an image, the plain one. They are ended
    after the test, and their serial output is shown if it failed."""
    started = []

    def start(**settings):
        settings.setdefault("image", plain_image)
        started.append(Machine(**settings).start())
        return started[-1]

    yield start
    for number, each in enumerate(started):
        if getattr(request.node, "has_failed", False):
            request.node.add_report_section("call", f"serial port of machine {number}", each.describe("At the end:"))
        each.close()


@pytest.fixture
def run_to_end(machine, image):
    """Boots the built image with a command line, waits until the machine ends, and returns (exit status, serial
    text). The command line must say how to end."""

    def run(command_line, timeout=60, **settings):
        started = machine(image=image(boot_cfg={"cmdline": command_line}), **settings)
        status = started.wait_exit(timeout)
        assert not started.has_triple_faulted(), started.describe("triple fault")
        return status, started.serial

    return run


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.has_failed = outcome.get_result().failed
