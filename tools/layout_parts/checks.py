"""What must hold of the built images. Each check yields one sentence for each thing that is wrong."""
from .elf import SHT_NOBITS
from .image import MAGIC, Image
from .pe import DLL_NX_COMPAT, FILE_RELOCS_STRIPPED, SUBSYSTEM_EFI_APPLICATION, Pe

KERNEL_SIZE_BUDGET = 768 * 1024  # kernel.bin without the symbols for backtraces
LOADER_SIZE_BUDGET = 128 * 1024
WINDOW_SIZE = 2 << 30  # the top 2 GiB
PF_X, PF_W = 1, 2


def check_image(image: Image, kind: int, constants: dict):
    page = constants["IMAGE_PAGE_SIZE"]
    yield from _check_header(image, kind, constants)
    yield from _check_alignment(image, page)
    yield from _check_segments(image, page)
    yield from _check_sections(image)
    yield from _check_map(image)


def _check_header(image: Image, kind: int, constants: dict):
    h, name = image.header, image.path.name
    expected = {
        "magic": (h.magic, MAGIC),
        "version": (h.version, constants["IMAGE_VERSION"]),
        "kind": (h.kind, kind),
        "data_end": (h.data_end, image.file_size),
        "entry": (image.base + h.entry_offset, image.elf.entry),
    }
    for field, (actual, wanted) in expected.items():
        if actual != wanted:
            yield f"{name}: header field {field} is {_show(actual)}, not {_show(wanted)}"
    if not 0 < h.text_end <= h.rodata_end <= h.data_end <= h.bss_end:
        yield f"{name}: header fields text_end, rodata_end, data_end, bss_end are not in order"
    if h.entry_offset >= h.text_end:
        yield f"{name}: the entry lies outside text"
    if h.bss_end > constants["IMAGE_MAX_SIZE"]:
        yield f"{name}: {h.bss_end:#x} bytes in memory, more than IMAGE_MAX_SIZE"
    relocs = image.elf.section(".relr.dyn")
    actual = (image.base + h.relocs_offset, h.relocs_size) if h.relocs_size else None
    wanted = (relocs.start, relocs.size) if relocs and relocs.size else None
    if actual != wanted:
        yield f"{name}: the header's relocation table is {_show(actual)}, the ELF's .relr.dyn {_show(wanted)}"


def _check_alignment(image: Image, page: int):
    for region in image.regions():
        if region.start % page or region.end % page:
            yield f"{image.path.name}: {region.name} at {region.start:#x}..{region.end:#x} is not page-aligned"


def _check_segments(image: Image, page: int):
    """The ELF's program headers against the header's regions."""
    name, h = image.elf.path.name, image.header
    for segment in image.elf.segments:
        if segment.flags & PF_W and segment.flags & PF_X:
            yield f"{name}: the segment at {segment.start:#x} is writable and executable"
        if segment.start % page:
            yield f"{name}: the segment at {segment.start:#x} is not page-aligned"
    base = image.base
    wanted = [("r-x", base, base + h.text_end), ("r--", base + h.text_end, base + h.rodata_end),
              ("rw-", base + h.rodata_end, base + h.bss_end)]
    actual = [(_permission(s.flags), s.start, s.end) for s in image.elf.segments]
    for each in sorted(set(actual) ^ {w for w in wanted if w[1] < w[2]}, key=lambda each: each[1]):
        if each[1] < each[2]:
            where = "only the ELF has" if each in actual else "only the header has"
            yield f"{name}: {where} {each[0]} {each[1]:#x}..{each[2]:#x}"


def _check_sections(image: Image):
    regions = image.regions()
    for section in image.elf.loaded_sections():
        region = next((r for r in regions if r.start <= section.start and section.end <= r.end), None)
        if not region:
            yield f"{image.elf.path.name}: {section.name} lies in no region of the header"
        elif (section.kind == SHT_NOBITS) == region.in_file:
            yield f"{image.elf.path.name}: {section.name} lies in {region.name}"


def _check_map(image: Image):
    name = image.map.path.name
    for section in image.elf.loaded_sections():
        if image.map.sections.get(section.name) != (section.start, section.size):
            yield f"{name}: {section.name} is not as in the ELF ({section.start:#x}, {section.size:#x} bytes)"
    symbols = image.elf.symbols()
    wrong = [symbol for symbol, address in image.map.symbols if address not in symbols.get(symbol, {address})]
    if wrong:
        yield f"{name}: {len(wrong)} symbols have other addresses in the ELF, such as {wrong[0]}"


def check_kernel_place(kernel: Image, constants: dict):
    name, base, end = kernel.path.name, kernel.base, kernel.base + kernel.header.bss_end
    window, limit = constants["KERNEL_IMAGE_WINDOW"], constants["KERNEL_SLIDE_LIMIT"]
    if base != constants["KERNEL_LINK_BASE"]:
        yield f"{name}: linked at {base:#x}, not at KERNEL_LINK_BASE"
    if not (window <= base and end + limit <= window + WINDOW_SIZE):
        yield f"{name}: {base:#x}..{end:#x} slid by up to {limit:#x} leaves its window"
    if kernel.size_without_symbols > KERNEL_SIZE_BUDGET:
        yield f"{name}: {kernel.size_without_symbols} bytes without symbols, more than {KERNEL_SIZE_BUDGET}"


def check_user_place(user: Image, constants: dict):
    base = constants["USER_IMAGE_BASE"]
    if user.base != base:
        yield f"{user.path.name}: linked at {user.base:#x}, not at {base:#x}"
    if user.elf.entry != base:
        yield f"{user.elf.path.name}: entry at {user.elf.entry:#x}, not at {base:#x}"
    stack_start = constants["USER_STACK_TOP"] - constants["USER_STACK_PAGES"] * constants["IMAGE_PAGE_SIZE"]
    if user.base + user.header.bss_end > stack_start - constants["IMAGE_PAGE_SIZE"]:
        yield f"{user.path.name}: reaches its stack"


def check_loader(loader: Pe, constants: dict):
    name = loader.path.name
    if loader.file_size > LOADER_SIZE_BUDGET:
        yield f"{name}: {loader.file_size} bytes, more than {LOADER_SIZE_BUDGET}"
    if loader.subsystem != SUBSYSTEM_EFI_APPLICATION:
        yield f"{name}: subsystem {loader.subsystem}, not an EFI application"
    if not loader.dll_flags & DLL_NX_COMPAT:
        yield f"{name}: not marked NX_COMPAT"
    if loader.flags & FILE_RELOCS_STRIPPED:
        yield f"{name}: has no base relocations, so firmware could not load it anywhere"
    if loader.section_alignment % constants["IMAGE_PAGE_SIZE"]:
        yield f"{name}: section alignment {loader.section_alignment}, not whole pages"
    for section in loader.sections:
        if "wx" in section.permission:
            yield f"{name}: section {section.name} is writable and executable"
        if section.start % constants["IMAGE_PAGE_SIZE"]:
            yield f"{name}: section {section.name} is not page-aligned"


def _permission(flags: int) -> str:
    return "r" + ("w" if flags & PF_W else "-") + ("x" if flags & PF_X else "-")


def _show(value) -> str:
    if isinstance(value, int):
        return f"{value:#x}"
    if isinstance(value, tuple):
        return f"{value[0]:#x}, {value[1]} bytes"
    return "absent" if value is None else repr(value)
