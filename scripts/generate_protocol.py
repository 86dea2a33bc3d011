"""Write js/src/protocol.ts from the classes of paramwidget.protocol, most of it from their JSON Schema.

`--check` only says whether it is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast, get_args

import msgspec

from paramwidget import edits, protocol

TARGET = Path(__file__).resolve().parent.parent / "js" / "src" / "protocol.ts"
UNIONS = {
    "Request": protocol.Request,
    "Reply": protocol.Reply,
    "Event": protocol.Event,
    "Operation": edits.Act,
    "Outcome": protocol.Outcome,
}
SETS = {"WRITES": protocol.Write, "SEARCHES": protocol.Search}
"""What the page must know of how requests are carried out: name of the constant, and base class of its requests."""
ROOTS = [protocol.Envelope, protocol.Answer, protocol.Push, protocol.Opening]


def generate() -> str:
    """The whole TypeScript module as text."""
    members = [member for union in UNIONS.values() for member in get_args(union)]
    _, components = msgspec.json.schema_components([*ROOTS, *members], ref_template="#/{name}")
    parts = [
        "// GENERATED from paramwidget/protocol by scripts/generate_protocol.py. Do not edit.",
        f"export const VERSION = {protocol.VERSION};",
        f"export const MAX_PASTE_CELLS = {protocol.MAX_PASTE_CELLS};",
        f"export const MAX_PATHS = {protocol.MAX_PATHS};",
    ]
    parts += [_declaration(name, schema) for name, schema in sorted(components.items())]
    for name, union in UNIONS.items():
        parts.append(f"export type {name} =\n  | " + "\n  | ".join(member.__name__ for member in get_args(union)) + ";")
    requests = get_args(protocol.Request)
    replies = "".join(f"  {request.__name__}: {reply_of(request).__name__};\n" for request in requests)
    parts.append(f"/** Which reply a request gets if it does not fail. */\nexport interface ReplyTo {{\n{replies}}}")
    parts += [_set(name, [each for each in requests if issubclass(each, base)], base) for name, base in SETS.items()]
    return "\n\n".join(parts) + "\n"


def reply_of(request: type) -> type:
    """Which reply a request gets, as its base class says: `Describe(Asked[Description])`.

    Raises
    ------
    TypeError
        It is not said, or is no reply; else the page would wait for an answer of the wrong kind.
    """
    match [get_args(base) for base in getattr(request, "__orig_bases__", ())]:
        case [(reply,)] if reply in get_args(protocol.Reply):
            return cast("type", reply)
    raise TypeError(f"{request.__name__} does not say its one reply; derive it as in `class Ping(Free[Pong])`")


def _set(name: str, requests: list[type], base: type) -> str:
    kinds = "".join(f'  "{request.__name__}",\n' for request in requests)
    return f'/** {base.__doc__} */\nexport const {name}: ReadonlySet<Request["kind"]> = new Set([\n{kinds}] as const);'


def _declaration(name: str, schema: dict[str, Any]) -> str:
    comment = f"/** {' '.join(schema['description'].split())} */\n" if "description" in schema else ""
    if schema.get("type") == "array":  # array_like: a labelled tuple
        struct = getattr(protocol, name)
        items = zip(struct.__struct_fields__, schema["prefixItems"], strict=True)
        return f"{comment}export type {name} = [\n" + "".join(f"  {k}: {_type(v)},\n" for k, v in items) + "];"
    required = set(schema.get("required", []))
    fields = "".join(
        f"  {key}{'' if key in required else '?'}: {_type(value)};\n" for key, value in schema["properties"].items()
    )
    return f"{comment}export interface {name} {{\n{fields}}}"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix("#/")
    if "enum" in schema:
        return " | ".join(msgspec.json.encode(value).decode() for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option) for option in schema["anyOf"]))
    match schema.get("type"):
        case "integer" | "number":
            return "number"
        case "string":
            return "string"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
        case "array" if "prefixItems" in schema:
            return "[" + ", ".join(_type(item) for item in schema["prefixItems"]) + "]"
        case "object":
            return f"Record<string, {_type(schema['additionalProperties'])}>"
        case "array":
            inner = _type(schema["items"])
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
    raise NotImplementedError(f"no TypeScript for {schema}")


if __name__ == "__main__":
    text = generate()
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text else f"{TARGET} is out of date")
    TARGET.write_text(text, encoding="utf-8")
