"""What a statement gives: columns and rows of texts, or an Arrow table."""
import values


class Result:
    """Columns (name, Kind) and rows of texts, or an Arrow table."""

    def __init__(self, columns, rows, arrow=None):
        self.columns, self.rows, self.arrow = columns, rows, arrow

    def months(self):
        """Places of columns that are INTERVAL YEAR TO MONTH, numbers of months in an Arrow table."""
        return [i for i, (_, kind) in enumerate(self.columns) if kind.name == "INTERVAL" and not kind.unit.startswith("DAY")]


def counted(*counts):
    """The one row of a change."""
    return Result([(name, values.BIGINT) for name, _ in counts], [[str(n) for _, n in counts]])
