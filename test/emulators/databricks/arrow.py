"""Arrow streams of a table's rows (arrow.apache.org/docs/format/Columnar.html, IPC streaming format)."""
import ctypes
import io


class Schema(ctypes.Structure):
    """ArrowSchema (arrow.apache.org/docs/format/CDataInterface.html)."""


Schema._fields_ = [("format", ctypes.c_void_p), ("name", ctypes.c_void_p), ("metadata", ctypes.c_void_p), ("flags", ctypes.c_int64),
                   ("n_children", ctypes.c_int64), ("children", ctypes.POINTER(ctypes.POINTER(Schema))), ("dictionary", ctypes.c_void_p),
                   ("release", ctypes.c_void_p), ("private_data", ctypes.c_void_p)]
ARRAY_BYTES = 80
MONTHS = ctypes.create_string_buffer(b"tiM")


def with_months(batch, places):
    """The same batch with intervals of months for these columns of int32: pyarrow has no arrays of them, but writes them."""
    import pyarrow
    array, schema = ctypes.create_string_buffer(ARRAY_BYTES), Schema()
    batch._export_to_c(ctypes.addressof(array), ctypes.addressof(schema))
    for i in places:
        schema.children[i].contents.format = ctypes.addressof(MONTHS)
    return pyarrow.RecordBatch._import_from_c(ctypes.addressof(array), ctypes.addressof(schema))


def arrow_stream(table, months=()):
    import pyarrow
    batches = table.combine_chunks().to_batches(max_chunksize=4096) or [pyarrow.RecordBatch.from_arrays([c.combine_chunks() for c in table.columns], schema=table.schema)]
    if months:
        batches = [with_months(batch, months) for batch in batches]
    sink = io.BytesIO()
    with pyarrow.ipc.new_stream(sink, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue()
