"""Reads the text on a screendump back, through the font that it was drawn with.

The kernel draws GNU Unifont's 8x16 glyphs, each pixel `scale` pixels wide and high. A cell has one foreground
and one background colour, which may be any. Letters that look alike in the font (Latin A, Greek Alpha) are
read as the one with the lowest code point: compare with canonical(text)."""
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

GLYPH_WIDTH = 8
GLYPH_HEIGHT = 16
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
FONT_FILE = Path("/usr/share/unifont/unifont.hex")
# Letters first, so that they win over look-alikes; the ranges that the kernel's font has.
FONT_RANGES = ((0x20, 0x7E), (0xA0, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x2BFF), (0xFFFD, 0xFFFD))


class Screenshot:
    """A PPM (P6, 8 bits a sample) file in memory."""

    def __init__(self, path: Path):
        data = Path(path).read_bytes()
        header = re.match(rb"P6\s(\d+)\s(\d+)\s255\s", data)
        if not header:
            raise ValueError(f"{path}: not a PPM file with 8 bits a sample")
        self.width, self.height = int(header[1]), int(header[2])
        self.pixels = data[header.end():]
        if len(self.pixels) != self.width * self.height * 3:
            raise ValueError(f"{path}: {len(self.pixels)} bytes of pixels, not {self.width}x{self.height}x3")

    def cell_line(self, row: int, column: int, line: int) -> list:
        """One line of a cell's dots, which are single pixels: their colours."""
        start = ((row * GLYPH_HEIGHT + line) * self.width + column * GLYPH_WIDTH) * 3
        return [tuple(self.pixels[at:at + 3]) for at in range(start, start + GLYPH_WIDTH * 3, 3)]

    def cell_colours(self, row: int, column: int) -> set:
        """The colours of a cell."""
        return {colour for line in range(GLYPH_HEIGHT) for colour in self.cell_line(row, column, line)}


@lru_cache(maxsize=None)
def _glyphs() -> dict:
    """16 bytes of a glyph -> character."""
    wanted = {}
    with open(FONT_FILE, encoding="ascii") as font:
        for line in font:
            code, _, rows = line.strip().partition(":")
            if len(rows) == GLYPH_HEIGHT * 2:
                wanted[int(code, 16)] = bytes.fromhex(rows)
    glyphs = {}
    for first, last in FONT_RANGES:
        for code in range(first, last + 1):
            if code in wanted:
                glyphs.setdefault(wanted[code], chr(code))
    glyphs[bytes(GLYPH_HEIGHT)] = " "
    return glyphs


@lru_cache(maxsize=None)
def _canonical_map() -> dict:
    glyphs = _glyphs()
    mapping = {}
    with open(FONT_FILE, encoding="ascii") as font:
        for line in font:
            code, _, rows = line.strip().partition(":")
            if len(rows) == GLYPH_HEIGHT * 2:
                mapping[int(code, 16)] = glyphs.get(bytes.fromhex(rows), UNKNOWN)
    return mapping


def canonical(text: str) -> str:
    """The text as read_text would read it."""
    return text.translate(_canonical_map())


def expected_scale(width: int, height: int) -> int:
    """The scale that the kernel draws a screen of this size at."""
    return max(1, (min(width, height) + 450) // 900)


def read_text(path: Path, scale: int = None) -> list:
    """Lines of text on a screendump (PPM), without trailing blanks; as many as the screen has rows.

    Without a scale, tries 1 to 4 and takes the one that reads best. Cells that are no glyph of the font
    are read as UNKNOWN."""
    shot = Screenshot(path)
    background = _commonest_colour(shot)
    readings = [_read_grid(shot, background, each) for each in ([scale] if scale else range(1, 5))]
    return max(readings, key=_score)


def _commonest_colour(shot: Screenshot) -> bytes:
    step = 3 * 7
    pixels = shot.pixels
    return Counter(pixels[i:i + 3] for i in range(0, len(pixels) - 2, step)).most_common(1)[0][0]


def _score(lines: list) -> int:
    text = "".join(lines)
    unknown = text.count(UNKNOWN)
    return len(text) - text.count(" ") - 3 * unknown


def _read_grid(shot: Screenshot, background: bytes, scale: int) -> list:
    """The first cell lies in the top left corner; what is left over at the right and bottom is not read."""
    columns = shot.width // (GLYPH_WIDTH * scale)
    rows = shot.height // (GLYPH_HEIGHT * scale)
    cell_bytes = GLYPH_WIDTH * scale * 3
    line_bytes = shot.width * 3
    known = {}
    lines = []
    for row in range(rows):
        start = row * GLYPH_HEIGHT * scale * line_bytes
        starts = range(start, start + GLYPH_HEIGHT * scale * line_bytes, scale * line_bytes)
        strips = [_sample(shot.pixels[at:at + columns * cell_bytes], scale) for at in starts]
        width = GLYPH_WIDTH * 3
        line = []
        for column in range(0, columns * width, width):
            cell = b"".join([strip[column:column + width] for strip in strips])
            if cell not in known:
                known[cell] = _read_cell(cell, background)
            line.append(known[cell])
        lines.append("".join(line).rstrip())
    return lines


def _sample(strip: bytes, scale: int) -> bytes:
    """Every scale-th pixel of a line."""
    if scale == 1:
        return strip
    sampled = bytearray(len(strip) // scale)
    for sample in range(3):
        sampled[sample::3] = strip[sample::3 * scale]
    return bytes(sampled)


def _read_cell(cell: bytes, background: bytes) -> str:
    pixels = [cell[i:i + 3] for i in range(0, len(cell), 3)]
    colours = set(pixels)
    if len(colours) == 1:
        return " "
    if len(colours) > 2:
        return UNKNOWN
    # Which of the two is the ink? Whichever makes a glyph; if both do, not the screen's background.
    for ink in sorted(colours, key=lambda colour: (colour == background, colour)):
        bits = int("".join("1" if pixel == ink else "0" for pixel in pixels), 2)
        character = _glyphs().get(bits.to_bytes(GLYPH_HEIGHT, "big"))
        if character:
            return character
    return UNKNOWN
