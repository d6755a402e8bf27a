"""The tables that tools/layout prints."""
from .image import Image
from .pe import Pe

_ROW = "  {:<16} {:>18}  {:>18}  {:>10}  {:<4} {}"


def format_size(size: int) -> str:
    for unit, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size % unit else f"{size // unit} {name}"
    return f"{size} B"


def image_table(image: Image) -> str:
    title = f"{image.path.name}: {format_size(image.file_size)}, {image.file_size} bytes"
    if image.size_without_symbols != image.file_size:
        title += f" ({image.size_without_symbols} without symbols)"
    lines = [title + f"; entry {image.elf.entry:#x}", _heading("section", "loaded as")]
    for region in image.regions():
        inside = [s for s in image.elf.loaded_sections() if region.start <= s.start < region.end]
        for section in inside:
            lines.append(_row(section.name, section.start, section.end, region.permission, region.memory_type))
    return "\n".join(lines)


def stack_table(constants: dict) -> str:
    lines = ["Stacks", _heading("stack", "loaded as")]
    for name, start, end, memory_type in stacks(constants):
        lines.append(_row(name, start, end, "rw-", memory_type))
    return "\n".join(lines)


def stacks(constants: dict) -> list:
    """Name, start, end, memory type of the stacks that the bootloader allocates."""
    page = constants["IMAGE_PAGE_SIZE"]
    boot_start = constants["KERNEL_STACKS_BASE"] + page
    user_end = constants["USER_STACK_TOP"]
    return [
        ("boot stack", boot_start, boot_start + constants["BOOT_STACK_PAGES"] * page, "KernelStack"),
        ("utask's stack", user_end - constants["USER_STACK_PAGES"] * page, user_end, "UserStack"),
    ]


def loader_table(loader: Pe) -> str:
    lines = [f"{loader.path.name}: {format_size(loader.file_size)}, {loader.file_size} bytes; placed by firmware",
             _heading("section", "")]
    for section in loader.sections:
        lines.append(_row(section.name, section.start, section.start + section.size, section.permission, ""))
    return "\n".join(lines)


def _heading(first: str, last: str) -> str:
    return _ROW.format(first, "from", "to", "size", "", last).rstrip()


def _row(name: str, start: int, end: int, permission: str, memory_type: str) -> str:
    return _ROW.format(name, f"{start:#x}", f"{end:#x}", format_size(end - start), permission, memory_type).rstrip()
