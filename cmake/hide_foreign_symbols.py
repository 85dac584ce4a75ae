#!/usr/bin/env python3
"""Hide the foreign symbols that a prebuilt Arrow library exports.

Arrow's wheel links OpenSSL, RE2, abseil, simdjson and others statically, yet exports their symbols.
A process that also loads the system's copies (gRPC does) would bind some calls to one copy and some
to the other, and crash. Here each foreign symbol that a library defines is marked STV_HIDDEN in
.dynsym: the loader then binds the library's own references to its own copy and offers the symbol to
nobody else.

usage: hide_foreign_symbols.py INPUT OUTPUT
"""

import re
import struct
import sys
from typing import Iterator, NamedTuple

SECTION_TYPE_DYNAMIC_SYMBOLS = 11
SYMBOL_SIZE = 24
UNDEFINED_SECTION = 0
EXPORTED_BINDINGS = (1, 2)  # STB_GLOBAL, STB_WEAK
VISIBILITY_MASK = 3
VISIBILITY_HIDDEN = 2

# A mangled C++ name up to the first identifier: optional table or guard prefix, nesting, length.
MANGLED_PREFIX = re.compile(rb"^_Z(?:T[ISVTHWc]|G[VR])?(?:N[rVK]*[RO]?)?(\d+)")
OWN_NAMESPACES = {b"arrow", b"parquet", b"arrow_vendored", b"__gnu_cxx", b"__cxxabiv1"}
OWN_C_NAMES = re.compile(rb"^(__cxa|__gxx|_init$|_fini$|arrow_|Arrow)")


class Symbol(NamedTuple):
    name: bytes
    visibility_offset: int
    hidden: bool


def is_foreign(name: bytes) -> bool:
    """Whether a symbol belongs to something that the library bundles."""
    if not name.startswith(b"_Z"):
        return not OWN_C_NAMES.match(name)
    prefix = MANGLED_PREFIX.match(name)
    if not prefix:
        return False  # std:: and operators
    identifier = name[prefix.end() : prefix.end() + int(prefix[1])]
    # Standard templates over Arrow's types (std::shared_ptr<arrow::Array>) stay as well.
    return identifier not in OWN_NAMESPACES and b"5arrow" not in name and b"7parquet" not in name


def defined_symbols(image: bytes) -> Iterator[Symbol]:
    """The symbols that a little-endian 64-bit ELF shared object defines for others to bind to."""
    if image[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a little-endian 64-bit ELF file")
    (section_table,) = struct.unpack_from("<Q", image, 40)
    section_size, section_count = struct.unpack_from("<HH", image, 58)
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", image, section_table + index * section_size)
        for index in range(section_count)
    ]
    symbols = next(s for s in sections if s[1] == SECTION_TYPE_DYNAMIC_SYMBOLS)
    symbols_offset, symbols_bytes, strings_section = symbols[4], symbols[5], symbols[6]
    strings_offset = sections[strings_section][4]
    for offset in range(symbols_offset, symbols_offset + symbols_bytes, SYMBOL_SIZE):
        name, info, other, section = struct.unpack_from("<IBBH", image, offset)
        if section == UNDEFINED_SECTION or (info >> 4) not in EXPORTED_BINDINGS:
            continue
        begin = strings_offset + name
        yield Symbol(
            name=bytes(image[begin : image.index(b"\0", begin)]),
            visibility_offset=offset + 5,
            hidden=(other & VISIBILITY_MASK) == VISIBILITY_HIDDEN,
        )


def exported_foreign_symbols(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        image = file.read()
    return [s.name for s in defined_symbols(image) if not s.hidden and is_foreign(s.name)]


def hide_foreign_symbols(source: str, destination: str) -> int:
    with open(source, "rb") as file:
        image = bytearray(file.read())
    hidden = 0
    for symbol in defined_symbols(bytes(image)):
        if is_foreign(symbol.name):
            others = image[symbol.visibility_offset] & ~VISIBILITY_MASK
            image[symbol.visibility_offset] = others | VISIBILITY_HIDDEN
            hidden += 1
    with open(destination, "wb") as file:
        file.write(image)
    return hidden


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    count = hide_foreign_symbols(sys.argv[1], sys.argv[2])
    print(f"{sys.argv[2].rsplit('/', 1)[-1]}: {count} foreign symbols hidden")
