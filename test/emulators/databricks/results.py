"""What a statement gives: columns and rows of texts, or an Arrow table."""
import values


class Result:
    """Columns (name, Kind) and rows of texts, or an Arrow table."""

    def __init__(self, columns, rows, arrow=None):
        self.columns, self.rows, self.arrow = columns, rows, arrow


def counted(*counts):
    """The one row of a change."""
    return Result([(name, values.BIGINT) for name, _ in counts], [[str(n) for _, n in counts]])
