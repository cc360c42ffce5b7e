"""What a program can see of the judge: nothing that its draws are made from."""

from steps.building import build_program
from steps.context import RunContext
from tests.conftest import KEY

READ_EVERYTHING = """
import importlib, os
needle = bytes(reversed({reversed_key!r}))
seen = [("environment", repr(dict(os.environ)).encode())]
for folder, _, names in os.walk("/"):
    if folder.startswith(("/usr", "/lib", "/opt")):
        continue
    for name in names:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                seen.append((os.path.join(folder, name), file.read(1 << 20)))
        except OSError:
            pass
found = [place for place, data in seen if needle in data or bytes.fromhex(needle.decode()) in data]
judges = []
for module in ("mujoco", "workbench.judge", "workbench.verify", "records", "agents"):
    try:
        judges += [module] if importlib.import_module(module).__file__ else []  # a masked folder has no file
    except ImportError:
        pass
raise SystemExit(f"read {{len(seen)}} found {{found}} imported {{judges}}")
"""


def test_program_that_reads_everything_finds_neither_key_nor_judge(context: RunContext) -> None:
    source = READ_EVERYTHING.format(reversed_key=KEY.encode()[::-1])
    built = build_program(context, source, 0, "scene")
    assert built.bundle_hash is None
    message = built.reasons[0].message
    assert "found [] imported []" in message
    assert int(message.rsplit("read ", 1)[1].split()[0]) > 10


BAD_PROGRAMS = {
    "PROGRAM_ERROR": ["def broken(:", "raise ValueError('no')"],
    "PROGRAM_CRASHED": ["import ctypes; ctypes.string_at(0)"],
    "PROGRAM_TIMEOUT": ["while True: pass"],
    "PROGRAM_MEMORY": ["hoard = [bytearray(1 << 26) for _ in range(1000)]"],
    "PROGRAM_DISK": ["with open('/work/flood', 'wb') as flood:\n    while True: flood.write(bytes(1 << 24))"],
    "PROGRAM_PROCESSES": ["import os\nwhile True: os.fork()"],
    "PROGRAM_OUTPUT": ["while True: print('flood' * 1000)"],
    "SANDBOX_VIOLATION": ["import socket; socket.create_connection(('127.0.0.1', 80))"],
    "BUNDLE_INVALID": ["print('I forgot to save')"],
}


def test_bad_programs_get_their_code_and_the_next_job_is_unharmed(context: RunContext) -> None:
    seen = {}
    for code, sources in BAD_PROGRAMS.items():
        for source in sources:
            built = build_program(context, source, 0, "scene")
            seen[source] = (code, [reason.code.value for reason in built.reasons], built.bundle_hash)
    assert {source: got for source, got in seen.items() if got[1] != [got[0]] or got[2] is not None} == {}
