"""A Postgres server for one test session, on a socket in a folder of its own; it ends with the session, even killed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

READY_WITHIN_S = 60.0
OPTIONS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=40")
ABSENT = "the Postgres server is missing: apt-get install --no-install-recommends postgresql"


def find_program(name: str) -> str:
    """Return the path of one of Postgres's programs; without it CI fails and other machines skip."""
    debian = sorted(str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which(name, path=os.pathsep.join([*reversed(debian), os.environ["PATH"]]))
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(ABSENT, pytrace=False)
    return found or pytest.skip(ABSENT)


@contextmanager
def serve_postgres() -> Iterator[str]:
    """Yield the SQLAlchemy URL of a new server; as root it runs as `postgres`, because it refuses root."""
    initdb, postgres = find_program("initdb"), find_program("postgres")
    other = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    bound = ["setpriv", "--pdeathsig=KILL", *other, "--"]
    with tempfile.TemporaryDirectory(prefix="workpiece-postgres-") as folder:
        if other:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        making = [initdb, "-D", data, "-A", "trust", "-U", "workpiece", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([*bound, *making], check=True, stdout=subprocess.DEVNULL, cwd="/")
        options = [argument for option in OPTIONS for argument in ("-c", option)]
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen([*bound, postgres, "-D", data, "-k", folder, *options], stderr=log, cwd="/")
        try:
            url = f"postgresql+psycopg://workpiece@/postgres?host={folder}"
            _wait_until_ready(url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # does not wait for those who are still connected
            server.wait()


def make_database(server: str, name: str) -> str:
    """Make an empty database and return its URL."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _wait_until_ready(url: str) -> None:
    engine, deadline = create_engine(url), time.monotonic() + READY_WITHIN_S
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return engine.dispose()
