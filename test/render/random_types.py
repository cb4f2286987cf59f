"""Random canonical types as texts, spelled as people do, repeatable by seed."""
import random

PLAIN = ("BOOL INT8 INT16 INT32 INT64 INT128 UINT8 UINT16 UINT32 UINT64 FLOAT32 FLOAT64 DATE "
         "INTERVAL_YM JSON VARIANT XML UUID INET CIDR MACADDR ROWVERSION HLLSKETCH NULL OPAQUE").split()
SIZED = "STRING CHAR BYTES FIXED_BYTES BIT VARBIT".split()
TIMED = "TIME TIMETZ TIMESTAMP TIMESTAMPTZ TIMESTAMPOFFSET INTERVAL_DS INTERVAL".split()
ALIASES = "bigint Integer DOUBLE Text datetime TIMESTAMP_LTZ boolean binary".split()
RANGES = "INT32 INT64 NUMERIC DATE TIMESTAMP TIMESTAMPTZ".split()
NAMES = ["a", "B", "order", "\"we\"\"ird, name\"", "\"ü<>()\"", "x_1"]
VALUES = ["a", "it''s", "a,b", "", ")", "ü\\"]


class Types:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def scalar(self):
        pick = self.random.random
        kind = self.random.randrange(8)
        if kind < 3:
            return self.random.choice(PLAIN)
        if kind == 3:
            unit = self.random.choice(["", " CHAR", " BYTE", " UTF16"]) if pick() < 0.5 else ""
            name = self.random.choice(SIZED)
            unit = unit if name in ("STRING", "CHAR") else ""
            return name if pick() < 0.3 else f"{name}({self.random.randint(1, 9000)}{unit})"
        if kind == 4:
            name = self.random.choice(TIMED)
            return name if pick() < 0.5 else f"{name}({self.random.randint(0, 9)})"
        if kind == 5:
            if pick() < 0.2:
                return "NUMERIC"
            return f"NUMERIC({self.random.randint(1, 76)},{self.random.randint(-3, 40)})"
        if kind == 6:
            return self.random.choice(ALIASES)
        name = self.random.choice(["ENUM", "SET"])
        members = self.random.sample(VALUES, self.random.randint(1, 4))
        return f"{name}(" + ", ".join(f"'{m}'" for m in members) + ")"

    def part(self, depth):
        return self.any(depth - 1) + (" NOT NULL" if self.random.random() < 0.3 else "")

    def any(self, depth=3):
        if depth == 0 or self.random.random() < 0.5:
            return self.scalar()
        kind = self.random.randrange(5)
        if kind == 0:
            return f"ARRAY<{self.part(depth)}>"
        if kind == 1:
            return f"MAP<{self.random.choice(['STRING', 'INT64', 'UUID'])}, {self.part(depth)}>"
        if kind == 2:
            names = self.random.sample(NAMES, self.random.randint(1, 4))
            colon = self.random.choice(["", ":"])
            return "STRUCT<" + ", ".join(f"{n}{colon} {self.part(depth)}" for n in names) + ">"
        if kind == 3:
            return f"RANGE<{self.random.choice(RANGES)}>"
        return f"VECTOR<FLOAT32,{self.random.randint(1, 2000)}>"
