"""tools/layout: the build as it is passes, and each thing that it looks for is found when it is wrong."""
import re
import shutil
import struct
import subprocess

import pytest

from lib import image as images

FILES = [f"{name}.{kind}" for name in ("kernel", "utask") for kind in ("elf", "bin", "map")]
LOADER = "esp/EFI/BOOT/BOOTX64.EFI"


@pytest.fixture
def copy(build, tmp_path):
    """The files that layout reads, to be spoilt."""
    (tmp_path / LOADER).parent.mkdir(parents=True)
    for name in FILES + [LOADER]:
        shutil.copy(build / name, tmp_path / name)
    return tmp_path


def run_layout(folder, *options):
    return subprocess.run([images.ROOT / "tools/layout", "--build", folder, *options], capture_output=True, text=True)


def patch(path, offset, data):
    contents = bytearray(path.read_bytes())
    contents[offset:offset + len(data)] = data
    path.write_bytes(contents)


def test_build_is_as_it_must_be(copy):
    result = run_layout(copy, "--check")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_tables_and_drawing(copy):
    result = run_layout(copy)
    assert result.returncode == 0
    for word in ("kernel.bin", "utask.bin", ".text", "KernelCode", "UserStack", "BOOTX64.EFI"):
        assert word in result.stdout
    assert (copy / "layout.svg").read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize("name, offset, data, message", [
    ("kernel.bin", 8, b"X", "field magic"),
    ("kernel.bin", 16, b"\7", "field version"),
    ("utask.bin", 20, b"\1", "field kind"),
    ("utask.bin", 24, struct.pack("<Q", 0x50000000), "linked at 0x50000000"),
    ("kernel.bin", 24, struct.pack("<Q", 0xFFFFFFFFF0000000), "leaves its window"),
    ("kernel.bin", 32, b"\x10", "field entry"),
    ("kernel.bin", 40, b"\x10", "not page-aligned"),
    ("utask.bin", 56, b"\x10", "field data_end"),
    ("utask.bin", 64, struct.pack("<Q", 0x20000000), "more than IMAGE_MAX_SIZE"),
    ("kernel.bin", 80, b"\xff\xff", "relocation table"),
])
def test_wrong_header_is_found(copy, name, offset, data, message):
    patch(copy / name, offset, data)
    result = run_layout(copy, "--check")
    assert result.returncode == 1 and message in result.stderr


def test_writable_code_is_found(copy):
    patch(copy / "kernel.elf", 64 + 4, struct.pack("<I", 7))  # flags of the first program header
    assert "writable and executable" in run_layout(copy, "--check").stderr


def test_map_of_another_build_is_found(copy):
    path = copy / "utask.map"
    path.write_text(re.sub(r"(?m)^( *)40000000( .* \.text)$", r"\g<1>40002000\2", path.read_text("utf-8")), "utf-8")
    assert ".text is not as in the ELF" in run_layout(copy, "--check").stderr


def test_large_kernel_is_found(copy):
    with open(copy / "kernel.bin", "ab") as file:
        file.write(bytes(300 * 1024))
    assert "bytes without symbols, more than" in run_layout(copy, "--check").stderr


def test_bad_loader_is_found(copy):
    path = copy / LOADER
    data = path.read_bytes()
    header, = struct.unpack_from("<60xI", data)
    patch(path, header + 24 + 70, b"\0\0")  # DllCharacteristics
    patch(path, header + 24 + struct.unpack_from("<H", data, header + 20)[0] + 36, struct.pack("<I", 0xE0000020))
    errors = run_layout(copy, "--check").stderr
    assert "not marked NX_COMPAT" in errors and ".text is writable and executable" in errors


@pytest.mark.parametrize("name", FILES + [LOADER])
def test_missing_or_foreign_file_is_named(copy, name):
    (copy / name).write_bytes(b"foreign")
    assert name.rsplit("/")[-1] in run_layout(copy, "--check").stderr
    (copy / name).unlink()
    assert name.rsplit("/")[-1] in run_layout(copy, "--check").stderr
