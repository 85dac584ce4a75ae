#!/usr/bin/env python3
"""Collect the protobuf definitions that a Python package carries in its generated modules.

Each *_pb2.py below DIRECTORY holds its .proto file as a serialized FileDescriptorProto, the argument
of AddSerializedFile. They are written to OUTPUT as one FileDescriptorSet for `protoc
--descriptor_set_in`. No protobuf runtime is needed.

usage: extract_descriptors.py DIRECTORY OUTPUT
"""

import ast
import pathlib
import sys

FILE_FIELD_TAG = b"\x0a"  # FileDescriptorSet.file = 1, length-delimited


def varint(number: int) -> bytes:
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])


def serialized_files(module: pathlib.Path) -> list[bytes]:
    return [
        ast.literal_eval(node.args[0])
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "AddSerializedFile"
    ]


def main(directory: str, output: str) -> None:
    files = [
        descriptor
        for module in sorted(pathlib.Path(directory).rglob("*_pb2.py"))
        for descriptor in serialized_files(module)
    ]
    if not files:
        sys.exit(f"no protobuf definitions below {directory}")
    with open(output, "wb") as descriptor_set:
        for file in files:
            descriptor_set.write(FILE_FIELD_TAG + varint(len(file)) + file)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
