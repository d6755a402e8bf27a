"""Disk images for tests: copies of build/lintel.img with files and boot.cfg keys changed."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PARTITION_OFFSET = "@@1M"
BOOT_CONFIG = "EFI/lintel/boot.cfg"
ROOT = Path(__file__).resolve().parents[3]


def build_folder() -> Path:
    """Where the build is: the environment's LINTEL_BUILD_DIR, else build/."""
    return Path(os.environ.get("LINTEL_BUILD_DIR", ROOT / "build"))


def make_image(target: Path, boot_cfg: dict = None, files: dict = None, remove: list = (), base: Path = None) -> Path:
    """Copies the image base (default: the built one) to target and changes it.

    boot_cfg  keys to set in boot.cfg; all other keys keep their defaults
    files     path on the ESP -> contents (bytes or str), written over or added
    remove    paths on the ESP to delete"""
    _copy_sparse(base or build_folder() / "lintel.img", target)
    contents = dict(files or {})
    if boot_cfg is not None:
        contents[BOOT_CONFIG] = boot_config_text(boot_cfg)
    for path in remove:
        _mtools("mdel", target, f"::/{path}")
    for path, data in contents.items():
        write_file(target, path, data)
    return target


def boot_config_text(keys: dict) -> str:
    return "".join(f"{key} = {value}\n" for key, value in keys.items())


def write_file(image: Path, path: str, data):
    """Writes one file on the image's ESP, making its folders."""
    _make_folders(image, path)
    with tempfile.NamedTemporaryFile() as source:
        source.write(data.encode() if isinstance(data, str) else data)
        source.flush()
        _mtools("mcopy", image, "-o", source.name, f"::/{path}")


def read_file(image: Path, path: str) -> bytes:
    """Contents of one file on the image's ESP."""
    return _mtools("mtype", image, f"::/{path}")


def make_iso(target: Path, image: Path) -> Path:
    """A CD that boots the image's ESP, for disk "cdrom"."""
    with tempfile.TemporaryDirectory() as folder:
        esp = Path(folder) / "efi.img"
        with open(image, "rb") as source, open(esp, "wb") as destination:
            source.seek(1 << 20)
            shutil.copyfileobj(source, destination, 1 << 20)
        subprocess.run(
            ["xorriso", "-as", "mkisofs", "-quiet", "-V", "LINTEL", "-e", "efi.img", "-no-emul-boot",
             "-o", str(target), folder], check=True, capture_output=True)
    return target


def extract_esp(folder: Path, image: Path) -> Path:
    """The image's ESP as files, for disk "fat"."""
    folder.mkdir(parents=True, exist_ok=True)
    _mtools("mcopy", image, "-s", "-n", "::/EFI", str(folder))
    return folder


def _make_folders(image: Path, path: str):
    for folder in reversed(Path(path).parents[:-1]):
        if _mtools("mdir", image, "-b", f"::/{folder}", check=False) is None:
            _mtools("mmd", image, f"::/{folder}")


def _copy_sparse(source: Path, target: Path):
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)


def _mtools(tool: str, image: Path, *arguments: str, check: bool = True):
    result = subprocess.run([tool, "-i", f"{image}{PARTITION_OFFSET}", *arguments], capture_output=True,
                            env={**os.environ, "MTOOLSRC": "/dev/null"})
    if result.returncode == 0:
        return result.stdout
    if check:
        raise RuntimeError(f"{tool} {' '.join(arguments)}: {result.stderr.decode(errors='replace').strip()}")
    return None
