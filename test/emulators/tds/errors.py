"""What SQL Server says when it refuses: errors.tsv holds number, severity, state, text and page."""
import os

TABLE = {}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "errors.tsv"), encoding="utf-8") as _file:
    for _line in _file:
        if _line.strip() and not _line.startswith("#"):
            _number, _level, _state, _text, _page = _line.rstrip("\n").split("\t")
            TABLE[int(_number)] = (int(_level), int(_state), _text)

# What is ours to say: the emulator, not SQL Server, does not go on.
EMULATOR = 50900
# These end the batch as well as the statement; errors of the parser never let it begin.
ENDS_BATCH = {207, 208, 209, 4104, 245, 8114, 241, 295, 8169, 1205, 3960, 3902, 2812, EMULATOR}
# These roll the transaction back whatever XACT_ABORT says.
ENDS_TRANSACTION = {1205, 3960, 245, 8114, 241, 295, 8169}


class SqlError(Exception):
    """An error token to be: number, severity, state and text."""

    def __init__(self, number, *args, line=1, text=None, level=None, state=None):
        known = TABLE.get(number, (16, 1, None))
        self.number, self.line = number, line
        self.level = known[0] if level is None else level
        self.state = known[1] if state is None else state
        if text is None:
            if known[2] is None:
                raise ValueError("error %d is not in errors.tsv" % number)
            text = known[2]
            for i, value in enumerate(args, 1):
                text = text.replace("{%d}" % i, str(value))
        self.text = text
        super().__init__("%d: %s" % (number, text))


def unknown(what):
    """A thing that the emulator does not do; it must never pass for an answer."""
    return SqlError(EMULATOR, what)
