"""What loads do to rows: tables, steps, and the rows that must be there afterwards, written by hand.

A step is (rows of the source, options for this step, rows of the target afterwards); every step is
run twice, and the second run must change nothing.  Columns are "name TYPE [NOT NULL]".
"""
D1, D2, D3 = "2026-01-01 08:00:00", "2026-01-01 17:30:00", "2026-01-02 09:00:00"
T1, T2, T3 = ({"load_ts": d.replace(" ", "T") + "Z"} for d in (D1, D2, D3))
ITEM = ["a INT32 NOT NULL", "b STRING(10)", "v STRING(20)", "w INT32"]
VERSION = ["id INT32 NOT NULL", "v STRING(20)", "valid_from TIMESTAMP(6) NOT NULL", "valid_to TIMESTAMP(6)",
           "is_current BOOL"]
EVENT = ["id INT32 NOT NULL", "v STRING(20)", "_seq INT64"]
EVENT_IN = ["id INT32 NOT NULL", "v STRING(20)", "_seq INT64", "_op STRING(6)"]
SOFT = EVENT + ["is_deleted BOOL"]

SCENARIOS = [
    ("full refresh replaces everything", "full_refresh", {}, ITEM, None, [(9, "x", "old", 1)], [
        ([(1, None, "p", 1), (1, None, "p", 1), (2, "", None, None)], {},
         [(1, None, "p", 1), (1, None, "p", 1), (2, "", None, None)]),
        ([], {}, [])]),
    ("append with a stamp is there once", "append", {"set_created": "made"}, ITEM + ["made TIMESTAMP(6)"], ITEM,
     [(9, "x", "old", 1, None)], [
         ([(1, None, "p", 1)], T1, [(1, None, "p", 1, D1), (9, "x", "old", 1, None)]),
         ([(1, None, "p", 1)], T2, [(1, None, "p", 1, D1), (1, None, "p", 1, D2), (9, "x", "old", 1, None)])]),
    ("incremental append keeps what is there", "incremental_append", {"keys": ["a", "b"]}, ITEM, None,
     [(1, None, "old", 1)], [
         ([(1, None, "new", 2), (2, None, "p", 1), (2, None, "p", 1), (2, "", "q", 1)], {},
          [(1, None, "old", 1), (2, None, "p", 1), (2, "", "q", 1)])]),
    ("incremental by time without keys", "incremental_timestamp", {"cursor": "w"}, ITEM, None,
     [(1, None, "old", 5)], [
         ([(1, None, "old", 5), (2, None, "p", 6), (3, None, "late", 4)], {},
          [(1, None, "old", 5), (2, None, "p", 6)])]),
    ("incremental by time into an empty table", "incremental_timestamp", {"cursor": "w"}, ITEM, None, [], [
        ([(1, None, "p", 5), (2, None, "q", 6)], {}, [(1, None, "p", 5), (2, None, "q", 6)]),
        ([(2, None, "q", 6), (3, None, "r", 7)], {}, [(1, None, "p", 5), (2, None, "q", 6), (3, None, "r", 7)])]),
    ("incremental by time with keys takes what came late at the mark", "incremental_timestamp",
     {"cursor": "w", "keys": ["a"]}, ITEM, None, [(1, None, "p", 5)], [
         ([(1, None, "p2", 5), (2, None, "q", 5), (2, None, "q2", 6), (3, None, "r", 4)], {},
          [(1, None, "p2", 5), (2, None, "q2", 6)])]),
    ("upsert with a null key part and duplicates", "upsert", {"keys": ["a", "b"], "order_by": ["w"]}, ITEM, None,
     [(1, None, "old", 1), (2, "x", "same", 1)], [
         ([(1, None, "n1", 2), (1, None, "n2", 3), (1, None, "n0", None), (2, "x", "same", 1), (3, None, None, 0)], {},
          [(1, None, "n2", 3), (2, "x", "same", 1), (3, None, None, 0)])]),
    ("upsert sees case, blanks and nulls", "upsert", {"keys": ["a"]}, ITEM, None,
     [(1, "x", "abc", 1), (2, "x", "abc", 1), (3, "x", None, 1), (4, "x", "", None)], [
         ([(1, "x", "ABC", 1), (2, "x", "abc ", 1), (3, "x", "", 1), (4, "x", None, None)], {},
          [(1, "x", "ABC", 1), (2, "x", "abc ", 1), (3, "x", "", 1), (4, "x", None, None)])]),
    ("upsert of a table that is all key", "upsert", {"keys": ["a", "b"]}, ITEM[:2], None, [(1, None)], [
        ([(1, None), (1, "x"), (1, "x")], {}, [(1, None), (1, "x")])]),
    ("upsert of chosen columns", "upsert", {"keys": ["a"], "update_columns": ["v"]}, ITEM, None,
     [(1, "x", "old", 1)], [([(1, "y", "new", 2)], {}, [(1, "x", "new", 1)])]),
    ("upsert that updates nothing", "upsert", {"keys": ["a"], "update": "none"}, ITEM, None,
     [(1, "x", "old", 1)], [([(1, "y", "new", 2), (2, "y", "new", 2)], {}, [(1, "x", "old", 1), (2, "y", "new", 2)])]),
    ("upsert stamps what it changes only", "upsert", {"keys": ["a"], "set_created": "made", "set_updated": "seen"},
     ["a INT32 NOT NULL", "v STRING(20)", "made TIMESTAMP(6)", "seen TIMESTAMP(6)"],
     ["a INT32 NOT NULL", "v STRING(20)"], [], [
         ([(1, "p"), (2, "q")], T1, [(1, "p", D1, D1), (2, "q", D1, D1)]),
         ([(1, "p"), (2, "r")], T2, [(1, "p", D1, D1), (2, "r", D1, D2)])]),
    ("scd1 overwrites", "scd1", {"keys": ["a"]}, ITEM, None, [(1, "x", "old", 1)], [
        ([(1, None, "new", None)], {}, [(1, None, "new", None)])]),
    ("names that are words or hold quotes", "upsert", {"keys": ["order"]},
     ["order INT32 NOT NULL", 'we"i`r]d INT32', "gw_rank STRING(5)", "s INT32"], None, [(1, 1, "k", 1)], [
         ([(1, 2, "k", 3), (2, 3, "l", 4)], {}, [(1, 2, "k", 3), (2, 3, "l", 4)])]),
    ("delete and insert by group", "delete_insert", {"keys": ["a", "b"]}, ITEM, None,
     [(1, None, "l1", 1), (1, None, "l2", 2), (2, "x", "stays", 1)], [
         ([(1, None, "n1", 1), (1, None, "n2", 2), (1, None, "n3", 3)], {},
          [(1, None, "n1", 1), (1, None, "n2", 2), (1, None, "n3", 3), (2, "x", "stays", 1)])]),
    ("overwrite of the partitions that come", "insert_overwrite", {"partition_by": ["b"]}, ITEM, None,
     [(1, "jan", "old", 1), (2, "feb", "stays", 1), (3, None, "old", 1)], [
         ([(1, "jan", "new", 1), (4, None, "new", 1)], {},
          [(1, "jan", "new", 1), (2, "feb", "stays", 1), (4, None, "new", 1)])]),
    ("microbatch replaces its windows only", "microbatch",
     {"event_time": "at", "from": "2026-01-31", "to": "2026-02-02T12:00:00Z"}, ["id INT32 NOT NULL", "at TIMESTAMP(6)"],
     None, [(1, "2026-01-30 23:59:59.999999"), (2, "2026-01-31 00:00:00"), (3, "2026-02-02 12:00:00")], [
         ([(4, "2026-01-31 00:00:00"), (5, "2026-02-01 23:59:59.999999"), (6, "2026-02-02 12:00:00"),
           (7, "2026-01-30 23:59:59.999999"), (8, None)], {},
          [(1, "2026-01-30 23:59:59.999999"), (3, "2026-02-02 12:00:00"), (4, "2026-01-31 00:00:00"),
           (5, "2026-02-01 23:59:59.999999")])]),
    ("scd2, twice on one day", "scd2", {"keys": ["id"]}, VERSION, VERSION[:2], [], [
        ([(1, "p"), (2, None), (2, None)], T1, [(1, "p", D1, None, True), (2, None, D1, None, True)]),
        ([(1, "q"), (2, None)], T2, [(1, "p", D1, D2, False), (1, "q", D2, None, True), (2, None, D1, None, True)]),
        ([(1, "p")], T3, [(1, "p", D1, D2, False), (1, "q", D2, D3, False), (1, "p", D3, None, True),
                          (2, None, D1, None, True)])]),
    ("scd2, the same time with other rows", "scd2", {"keys": ["id"]}, VERSION, VERSION[:2], [], [
        ([(1, "p")], T1, [(1, "p", D1, None, True)]),
        ([(1, "q")], T2, [(1, "p", D1, D2, False), (1, "q", D2, None, True)]),
        ([(1, "r")], T2, [(1, "p", D1, D2, False), (1, "r", D2, None, True)])]),
    ("scd2 with a null key part", "scd2", {"keys": ["a", "b"]}, ITEM[:3] + VERSION[2:4], ITEM[:3], [], [
        ([(1, None, "p")], T1, [(1, None, "p", D1, None)]),
        ([(1, None, "q")], T2, [(1, None, "p", D1, D2), (1, None, "q", D2, None)])]),
    ("scd2 without anything but the key", "scd2", {"keys": ["id"], "hard_deletes": "invalidate"},
     [VERSION[0]] + VERSION[2:], VERSION[:1], [], [
         ([(1,), (2,)], T1, [(1, D1, None, True), (2, D1, None, True)]),
         ([(2,)], T2, [(1, D1, D2, False), (2, D1, None, True)]),
         ([(1,), (2,)], T3, [(1, D1, D2, False), (1, D3, None, True), (2, D1, None, True)])]),
    ("scd2 with an end in the far future", "scd2", {"keys": ["id"], "open_end": "9999-12-31T00:00:00"}, VERSION,
     VERSION[:2], [], [
         ([(1, "p")], T1, [(1, "p", D1, "9999-12-31 00:00:00", True)]),
         ([(1, "q")], T2, [(1, "p", D1, D2, False), (1, "q", D2, "9999-12-31 00:00:00", True)])]),
    ("snapshot closes what is missing, and it comes back", "snapshot", {"keys": ["id"]}, VERSION, VERSION[:2], [], [
        ([(1, "p"), (2, "q")], T1, [(1, "p", D1, None, True), (2, "q", D1, None, True)]),
        ([(1, "p")], T2, [(1, "p", D1, None, True), (2, "q", D1, D2, False)]),
        ([(1, "p"), (2, "q")], T3, [(1, "p", D1, None, True), (2, "q", D1, D2, False), (2, "q", D3, None, True)])]),
    ("snapshot by the source's own time; what is older is stale", "snapshot",
     {"keys": ["id"], "updated_at": "changed", "hard_deletes": "ignore"}, VERSION, VERSION[:2] + ["changed TIMESTAMP(6)"],
     [], [
         ([(1, "p", D1), (1, "o", "2025-12-31 00:00:00")], T3, [(1, "p", D1, None, True)]),
         ([(1, "q", D2)], T3, [(1, "p", D1, D2, False), (1, "q", D2, None, True)]),
         ([(1, "p", D1)], T3, [(1, "p", D1, D2, False), (1, "q", D2, None, True)])]),
    ("snapshot says deleted by a record", "snapshot", {"keys": ["id"], "hard_deletes": "new_record"},
     VERSION + ["is_deleted BOOL"], VERSION[:2], [], [
         ([(1, "p"), (2, "q")], T1, [(1, "p", D1, None, True, False), (2, "q", D1, None, True, False)]),
         ([(1, "p")], T2, [(1, "p", D1, None, True, False), (2, "q", D1, D2, False, False),
                           (2, "q", D2, None, True, True)]),
         ([(1, "p"), (2, "q")], T3, [(1, "p", D1, None, True, False), (2, "q", D1, D2, False, False),
                                     (2, "q", D2, D3, False, True), (2, "q", D3, None, True, False)])]),
    ("cdc: the last event of a key counts", "cdc", {"keys": ["id"]}, EVENT, EVENT_IN,
     [(1, "old", 1), (2, "old", 1), (3, "old", 1)], [
         ([(1, "b", 3, "U"), (1, "a", 2, "U"), (2, "old", 2, "D"), (3, "x", 2, "D"), (3, "again", 3, "I"),
           (4, "i", 2, "I"), (4, "i", 3, "D"), (5, "i", 2, "I"), (5, "i", 2, "D"), (6, None, 9, "D"), (7, None, 1, "I"),
           (7, None, 1, "I")], {},
          [(1, "b", 3), (3, "again", 3), (7, None, 1)])]),
    ("cdc: events out of order over batches", "cdc", {"keys": ["id"]}, EVENT, EVENT_IN, [(1, "new", 9)], [
        ([(1, "stale", 5, "U"), (2, "x", 5, "I")], {}, [(1, "new", 9), (2, "x", 5)]),
        ([(1, "stale", 6, "D"), (2, "y", 6, "U")], {}, [(1, "new", 9), (2, "y", 6)]),
        ([(2, "y", 7, "D")], {}, [(1, "new", 9)]),
        ([(2, "y", 6, "U"), (3, "z", 8, "I")], {"after_seq": 7}, [(1, "new", 9), (3, "z", 8)])]),
    ("cdc: soft deletion and resurrection", "cdc", {"keys": ["id"], "deletes": "soft"}, SOFT, EVENT_IN,
     [(1, "p", 1, None), (2, "q", 1, False)], [
         ([(1, None, 2, "D"), (3, None, 2, "D")], {}, [(1, "p", 2, True), (2, "q", 1, False)]),
         ([(1, "p", 1, "U")], {}, [(1, "p", 2, True), (2, "q", 1, False)]),
         ([(1, "p", 3, "I"), (2, "q", 1, "U")], {}, [(1, "p", 3, False), (2, "q", 1, False)])]),
    ("cdc: deletions are left out", "cdc", {"keys": ["id"], "deletes": "ignore"}, EVENT, EVENT_IN, [(1, "p", 1)], [
        ([(1, "p", 2, "D"), (2, "q", 2, "I")], {}, [(1, "p", 1), (2, "q", 2)])]),
    ("cdc: a target that is all key", "cdc", {"keys": ["id"]}, EVENT[:1], [EVENT_IN[0]] + EVENT_IN[2:], [(1,), (2,)], [
        ([(1, 1, "D"), (2, 1, "U"), (3, 1, "I")], {}, [(2,), (3,)])]),
]
