"""Keeps this machine out of what leaves it: folders in any text, hosts in what the machinery has said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Self

SAID = frozenset({"faults", "reasons", "text"})
"""Columns in which the machinery speaks; elsewhere an address or a word that is a host's name may mean anything."""
_ADDRESS = re.compile(r"(?<=://)[^/\s\"'\\]+|\b\d{1,3}(?:\.\d{1,3}){3}\b")


@dataclass(frozen=True)
class Machine:
    """What tells of a machine: folders with the words that stand for them, and its name."""

    folders: Mapping[str, str]
    found: re.Pattern[str]
    host: re.Pattern[str]

    @classmethod
    def of(cls, workspace: Path) -> Self:
        """Return this machine, as one sees it from a workspace."""
        project = Path(__file__).parent.parent
        named = {str(Path.home()): "~", str(project): "<project>", str(workspace.absolute()): "<workspace>"}
        folders = {
            folder: word for folder, word in named.items() if len(Path(folder).parts) > (1 if word == "~" else 2)
        }
        longest_first = "|".join(map(re.escape, sorted(folders, key=len, reverse=True)))
        return cls(
            folders, re.compile(rf"(?:{longest_first})(?![\w-])"), re.compile(rf"\b{re.escape(gethostname())}\b")
        )

    def hide(self, column: str, text: str) -> str:
        """Return a text of a column without this machine's folders, and where the machinery speaks without hosts."""
        if any(folder in text for folder in self.folders):
            text = self.found.sub(lambda found: self.folders[found[0]], text)
        return self.host.sub("<host>", _ADDRESS.sub("<host>", text)) if column in SAID else text
