"""
Messages of protocol buffers, declared by hand: only the fields that are read.

What a message holds besides is passed over, as the format means it to be. Fields that are merely
counted are declared as bytes: on the wire a message within a message is nothing else.
"""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_TYPES: Final = {
    "bytes": _Field.TYPE_BYTES,
    "double": _Field.TYPE_DOUBLE,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "string": _Field.TYPE_STRING,
    "uint32": _Field.TYPE_UINT32,
}
Fields = Mapping[str, tuple[int, str]]  # name → number, and type; `[]` behind it: repeated


def declare_messages(package: str, messages: Mapping[str, Fields]) -> dict[str, Any]:
    """Return the classes of some messages that know each other by name."""
    file = descriptor_pb2.FileDescriptorProto(
        name=f"suanpan/{package}.proto", package=f"suanpan.{package}", syntax="proto3"
    )
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field_name, (number, told) in fields.items():
            _add(message, file.package, field_name, number, told)
    pool = descriptor_pool.Default()  # which lives as long as the program, as its messages do
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{name}"))
        for name in messages
    }


def _add(message: Any, package: str, name: str, number: int, told: str) -> None:
    kind = told.removesuffix("[]")
    field = message.field.add(name=name, number=number)
    field.label = _Field.LABEL_REPEATED if told.endswith("[]") else _Field.LABEL_OPTIONAL
    if kind in _TYPES:
        field.type = _TYPES[kind]
    else:
        field.type, field.type_name = _Field.TYPE_MESSAGE, f".{package}.{kind}"
