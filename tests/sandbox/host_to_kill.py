"""A host that opens a sandbox, starts an endless job in it and waits to be killed; run by the lifetime test.

Arguments: the label, and the engine's URL where the sandbox is a container.
"""

import sys
import threading
import time

from sandbox.container import ContainerBackend
from sandbox.namespace import NamespaceBackend
from schemas.sandbox import Limits, SessionKind
from tests.sandbox.conftest import LIGHT

label, *engine = sys.argv[1:]
backend = ContainerBackend(engine_url=engine[0], program=LIGHT) if engine else NamespaceBackend(LIGHT)
sys.stdout.write("opening\n")
sys.stdout.flush()
session = backend.open(SessionKind.BUILDER, label).warm()
arguments = (b"while True: pass", {}, Limits(cpu_seconds=60))
threading.Thread(target=session.call, args=arguments, daemon=True).start()
time.sleep(0.3)
sys.stdout.write("running\n")
sys.stdout.flush()
time.sleep(60)
