"""The token streams of an answer; [MS-TDS] 2.2.7."""
import struct

import sqltypes as t
import values

DONE, DONEPROC, DONEINPROC = 0xFD, 0xFE, 0xFF
MORE, ERROR, IN_TRANSACTION, COUNT, ATTENTION, SERVER_ERROR = 1, 2, 4, 0x10, 0x20, 0x100
SELECT_COMMAND = 0xC1


def us(text):
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data) // 2) + data


def b(text):
    data = text.encode("utf-16-le")
    return struct.pack("<B", len(data) // 2) + data


def done(kind, status=0, count=None, command=0):
    return struct.pack("<BHHQ", kind, status | (COUNT if count is not None else 0), command, count or 0)


def message(token, number, state, level, text, server, line=1, procedure=""):
    """ERROR (0xAA) or INFO (0xAB)."""
    body = struct.pack("<iBB", number, state, level) + us(text) + b(server) + b(procedure) + struct.pack("<i", line)
    return struct.pack("<BH", token, len(body)) + body


def envchange(kind, new, old):
    body = bytes([kind]) + new + old
    return struct.pack("<BH", 0xE3, len(body)) + body


def env_text(kind, new, old):
    return envchange(kind, b(new), b(old))


def env_transaction(kind, new=None, old=None):
    def cell(number):
        return b"\0" if number is None else b"\x08" + struct.pack("<Q", number)
    return envchange(kind, cell(new), cell(old))


def login_ack(version, program, build):
    body = b"\x01" + struct.pack(">I", version) + b(program) + build
    return struct.pack("<BH", 0xAD, len(body)) + body


def return_status(number):
    return struct.pack("<Bi", 0x79, number)


def return_value(ordinal, name, kind, value):
    return (struct.pack("<BH", 0xAC, ordinal) + b(name) + b"\x01" + struct.pack("<IH", 0, 1)
            + values.type_info(kind) + values.encoder(kind)(value))


class Column:
    """One column of a result: name, type, whether NULLs may come, and what the flags say."""

    def __init__(self, name, kind, nullable=True, identity=False, computed=False, table=None):
        self.name, self.kind, self.nullable = name or "", kind, nullable
        self.identity, self.computed, self.table = identity, computed, table or []


def col_metadata(columns):
    if columns is None:
        return b"\x81\xff\xff"
    out = [struct.pack("<BH", 0x81, len(columns))]
    for c in columns:
        flags = (1 if c.nullable else 0) | (0x10 if c.identity else 0) | (0x20 if c.computed else 0) | 8
        user = 80 if c.kind.name == "timestamp" else 0
        out.append(struct.pack("<IH", user, flags) + values.type_info(c.kind, c.nullable))
        if c.kind.name in t.LARGE:
            out.append(bytes([len(c.table)]) + b"".join(us(part) for part in c.table))
        out.append(b(c.name))
    return b"".join(out)


def row_writer(columns):
    """A function from a row of texts to its token: ROW, or NBCROW where NULLs are many."""
    encoders = [values.encoder(c.kind, c.nullable) for c in columns]
    width, bitmap = len(columns), (len(columns) + 7) // 8
    pairs = list(enumerate(encoders))

    def write(row):
        if 2 * sum(v is None for v in row) > width:
            nulls = bytearray(bitmap)
            cells = []
            for i, encode in pairs:
                if row[i] is None:
                    nulls[i >> 3] |= 1 << (i & 7)
                else:
                    cells.append(encode(row[i]))
            return b"\xd2" + bytes(nulls) + b"".join(cells)
        return b"\xd1" + b"".join([encode(v) for encode, v in zip(encoders, row)])
    return write
