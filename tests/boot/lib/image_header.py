"""kernel.bin and utask.bin as tests change them: struct image_header of common/image_header.h, by field name."""
import struct

FIELDS = {  # name: offset, struct format
    "magic": (8, "8s"), "version": (16, "<I"), "kind": (20, "<I"), "link_address": (24, "<Q"),
    "entry_offset": (32, "<Q"), "text_end": (40, "<Q"), "rodata_end": (48, "<Q"), "data_end": (56, "<Q"),
    "bss_end": (64, "<Q"), "relocs_offset": (72, "<Q"), "relocs_size": (80, "<Q"),
}
HEADER_SIZE = 88


def read_field(image: bytes, name: str):
    offset, form = FIELDS[name]
    return struct.unpack_from(form, image, offset)[0]


def with_fields(image: bytes, **values) -> bytes:
    """The image with some fields of its header changed."""
    changed = bytearray(image)
    for name, value in values.items():
        offset, form = FIELDS[name]
        struct.pack_into(form, changed, offset, value)
    return bytes(changed)
