"""A host that opens a sandbox, starts an endless job in it and waits to be killed; run by the lifetime test."""

import sys
import threading
import time
from pathlib import Path

from sandbox.namespace import NamespaceBackend
from sandbox.view import WorkerProgram
from schemas.sandbox import Limits, SessionKind

program = WorkerProgram("light_handlers", Path(__file__).with_name("light_handlers.py"))
session = NamespaceBackend(program).open(SessionKind.BUILDER, sys.argv[1])
arguments = (b"while True: pass", {}, Limits(cpu_seconds=60))
threading.Thread(target=session.call, args=arguments, daemon=True).start()
time.sleep(0.3)
sys.stdout.write("running\n")
sys.stdout.flush()
time.sleep(60)
