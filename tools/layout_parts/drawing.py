"""build/layout.svg: the address space on the left, the images enlarged on the right. Not to scale."""
from dataclasses import dataclass
from html import escape

from .image import Image
from .table import format_size, stacks

COLOURS = {
    "r-x": ("#8fc1a9", "read, execute"),
    "r--": ("#f3d98b", "read"),
    "rw-": ("#9dbbe3", "read, write"),
    "": ("#ffffff", "not mapped"),
}
WIDTH = 1080
BAR_X, BAR_WIDTH = 180, 320
ZOOM_X, ZOOM_WIDTH = 640, 250
TOP = 90
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'


@dataclass
class Band:
    label: str
    start: int
    end: int
    permission: str
    height: int = 46
    key: str = ""  # of the image enlarged beside it
    has_size: bool = True  # worth telling


def draw(kernel: Image, user: Image, constants: dict) -> str:
    bands = _address_space(kernel, user, constants)
    parts = [_text(30, 40, "Lintel's address space", size=20, weight="bold"),
             _text(30, 62, "Highest address on top, each address at the lower end of its range; not to scale.", fill="#555")]
    places, y = {}, TOP
    for band in bands:
        parts.append(_draw_band(band, y))
        if band.key:
            places[band.key] = (y, y + band.height)
        y += band.height
    zoom_heights = {"kernel": TOP + 40, "user": max(TOP + 400, places["user"][0] - 150)}
    for image in (kernel, user):
        key = "kernel" if image is kernel else "user"
        parts.append(_draw_image(image, zoom_heights[key], places[key]))
    parts.append(_draw_legend(y + 40))
    height = y + 80
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" {FONT}>\n<rect width="100%" height="100%" fill="#fcfcfa"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def _address_space(kernel: Image, user: Image, constants: dict) -> list:
    """From the top down, without gaps."""
    c = constants
    region, page = c["KERNEL_REGION_SIZE"], c["IMAGE_PAGE_SIZE"]
    kernel_end = kernel.base + kernel.header.bss_end
    user_end = user.base + user.header.bss_end
    (_, boot_start, boot_end, _), (_, stack_start, stack_end, _) = stacks(constants)
    heap, windows, kernel_stacks = c["KERNEL_HEAP_BASE"], c["DEVICE_WINDOWS_BASE"], c["KERNEL_STACKS_BASE"]
    return [
        Band("room for the kernel's slide (KASLR, below 1 GiB)", kernel_end, 1 << 64, "", has_size=False),
        Band("kernel image", kernel.base, kernel_end, "r-x", 50, key="kernel"),
        Band("", windows + region, kernel.base, "", 24, has_size=False),
        Band("device windows", windows, windows + region, "rw-"),
        Band("further kernel stacks", boot_end, kernel_stacks + region, "rw-"),
        Band("boot stack", boot_start, boot_end, "rw-", 30),
        Band("guard page", kernel_stacks, boot_start, "", 22),
        Band("kernel heap", heap, heap + region, "rw-"),
        Band("direct map of physical memory", c["DIRECT_MAP_BASE"], c["DIRECT_MAP_BASE"] + c["DIRECT_MAP_SIZE"],
             "rw-", 60),
        Band("no addresses: bits 63..47 must be equal", 1 << 47, c["DIRECT_MAP_BASE"], "", 40, has_size=False),
        Band("never mapped", stack_end, 1 << 47, "", 22),
        Band("utask's stack", stack_start, stack_end, "rw-", 34),
        Band("guard page", stack_start - page, stack_start, "", 22),
        Band("free for programs", user_end, stack_start - page, "", 60),
        Band("utask", user.base, user_end, "r-x", 50, key="user"),
        Band("free for programs, but for page 0", 0, user.base, "", 34),
    ]


def _draw_band(band: Band, y: int) -> str:
    middle = y + band.height / 2 + 4
    label = f"{band.label}, {format_size(band.end - band.start)}" if band.has_size else band.label
    return "\n".join([
        _box(BAR_X, y, BAR_WIDTH, band.height, COLOURS[band.permission][0], dashed=not band.permission),
        _text(BAR_X + BAR_WIDTH / 2, middle, label, anchor="middle"),
        _text(BAR_X - 10, y + band.height, f"{band.start:016x}", anchor="end", mono=True),
    ])


def _draw_image(image: Image, top: int, place: tuple) -> str:
    """The image's regions, their heights by size but each legible, joined to its place in the address space."""
    regions = list(reversed(image.regions()))
    largest = max(region.size for region in regions)
    heights = [30 + 50 * region.size / largest for region in regions]
    bottom = top + sum(heights)
    edge = BAR_X + BAR_WIDTH
    parts = [
        f'<polygon points="{edge},{place[0]} {ZOOM_X},{top} {ZOOM_X},{bottom:.1f} {edge},{place[1]}" '
        'fill="#e8e8e2" opacity="0.6"/>',
        _text(ZOOM_X, top - 12, f"{image.path.name}, {format_size(image.header.bss_end)} in memory", weight="bold"),
    ]
    y = top
    for region, height in zip(regions, heights):
        parts.append(_box(ZOOM_X, y, ZOOM_WIDTH, height, COLOURS[region.permission][0]))
        parts.append(_text(ZOOM_X + 10, y + height / 2 + 4, f"{region.name}, {format_size(region.size)}"))
        parts.append(_text(ZOOM_X + ZOOM_WIDTH - 10, y + height / 2 + 4, region.memory_type, anchor="end", fill="#333"))
        parts.append(_text(ZOOM_X + ZOOM_WIDTH + 10, y + height, f"{region.start:016x}", mono=True))
        y += height
    return "\n".join(parts)


def _draw_legend(y: int) -> str:
    parts, x = [], BAR_X
    for permission, (colour, meaning) in COLOURS.items():
        parts.append(_box(x, y, 22, 16, colour, dashed=not permission))
        parts.append(_text(x + 30, y + 13, meaning))
        x += 180
    return "\n".join(parts)


def _box(x: float, y: float, width: float, height: float, fill: str, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    return (f'<rect x="{x}" y="{y:.1f}" width="{width}" height="{height:.1f}" fill="{fill}" '
            f'stroke="#555" stroke-width="1"{dashes}/>')


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12, fill: str = "#111",
          weight: str = "normal", mono: bool = False) -> str:
    font = ' font-family="DejaVu Sans Mono, monospace"' if mono else ""
    return (f'<text x="{x}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{fill}" '
            f'font-weight="{weight}"{font}>{escape(text)}</text>')
