"""Compares the stores of two workspaces row by row, but for what no two runs share: a move changes nothing.

python -m performance.compare WORKSPACE OTHER
"""

import argparse
import sys
from pathlib import Path

from records import open_store
from tests.records.comparing import compare_stores, count_compared


def main() -> int:
    """Print the first differences; exit status 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspaces", nargs=2, type=Path)
    first, second = parser.parse_args().workspaces
    urls = [f"sqlite:///{folder.absolute() / 'workpiece.sqlite'}" for folder in (first, second)]
    with open_store(urls[0], first / "files") as one, open_store(urls[1], second / "files") as other:
        differences = compare_stores(one, other)
        print("\n".join((*differences, f"{count_compared(one)} rows compared, {len(differences)} differ")))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
