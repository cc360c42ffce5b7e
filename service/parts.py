"""The `check` and `price` commands: can the parts of a file be made, by which process, and at what price."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.bundle import ProcessName
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError, storing
from schemas.jobs import CheckedPart, CheckParts, CheckPartsReply, WayOfMaking
from schemas.settings import read_one_shot_settings
from schemas.verdict import PriceBreakdown
from service.files import read_bytes, read_text
from service.findings import print_reasons
from service.printing import print_indented, print_json, print_line, print_table
from service.progress import open_shown
from steps.part_checks import check_program, check_step

MOST_STEP_MB = 32
ALL = "all"


@dataclass(frozen=True)
class PartOrder:
    """What is asked of a file: how its parts are made (None: as the program says, or all compared), how many."""

    file: Path
    process: str | None
    material: str | None
    quantity: int


def check_file(order: PartOrder, pictures: Path | None, step: Path | None, *, as_json: bool) -> int:
    """Check the parts of a STEP file or solution program; return 0 if every part can be made, else 1."""
    reply, files = _check(order, step=step is not None)
    if pictures is not None:
        _write({pictures / name.removeprefix("drawing_"): data for name, data in files.items() if name[-4:] == ".svg"})
    if step is not None and "parts.step" in files:
        _write({step: files["parts.step"]})
    print_json(reply) if as_json else _print_checks(reply, order.quantity)
    return 0 if not reply.reasons else 1


def price_file(order: PartOrder, *, as_json: bool) -> int:
    """Price a STEP file or solution program with all that it buys; return 0 if it has a price, else 1."""
    reply, _ = _check(order)
    price = reply.appraisal.price if reply.appraisal else None
    if as_json:
        print_json(
            {"price": price and price.model_dump(mode="json"), "reasons": [r.model_dump() for r in reply.reasons]}
        )
    elif price is None:
        print_reasons(reply.reasons)
    else:
        _print_price(price, reply.parts)
    return 0 if price is not None and not reply.reasons else 1


def _check(order: PartOrder, *, step: bool = False) -> tuple[CheckPartsReply, Mapping[str, bytes]]:
    suffix, materials = order.file.suffix.lower(), read_catalogue().materials
    process = order.process or (None if suffix == ".py" else ALL)
    job = CheckParts(
        processes=tuple(ProcessName(name) for name in _find("process", process, ProcessName)),
        materials=_find("material", order.material, materials),
        quantity=order.quantity,
        step=step,
    )
    if suffix == ".py":
        source = read_text(order.file)
        with open_shown(read_one_shot_settings(), "check") as context:
            return check_program(context, job, source)
    if suffix not in (".step", ".stp"):
        raise InputError(f"{order.file}: expected a STEP file (.step, .stp) or a solution program (.py)")
    data = read_bytes(order.file)
    if not job.materials:
        raise InputError(f"--material: a STEP file names none: give {ALL} or one of {', '.join(sorted(materials))}")
    if not data:
        raise InputError(f"{order.file} is empty: export it again as STEP AP203, AP214 or AP242")
    if len(data) > MOST_STEP_MB * 1_000_000:
        size = f"{len(data) / 1e6:.1f} MB, at most {MOST_STEP_MB} are read"
        raise InputError(f"{order.file} has {size}: leave out parts that are not asked for")
    with open_shown(read_one_shot_settings(), "check") as context:
        return check_step(context, job, data)


def _find(option: str, name: str | None, known: Iterable[str]) -> tuple[str, ...]:
    """Return what an option names: nothing, one of those known, or all of them."""
    names = sorted(known)
    if name is not None and name not in (ALL, *names):
        raise InputError(f"--{option}: '{name}' is none of {ALL}, {', '.join(names)}")
    return () if name is None else tuple(names) if name == ALL else (name,)


def _write(files: Mapping[Path, bytes]) -> None:
    for path, data in files.items():
        with storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _print_checks(reply: CheckPartsReply, quantity: int) -> None:
    if not reply.parts:
        print_reasons(reply.reasons)
        return
    columns = ("part", "process", "material", "can be made", "g", f"USD each at {quantity:,}")
    rows = [
        (
            part.part if way is part.ways[0] else "",
            way.process,
            way.material_id,
            "no" if way.reasons else "yes",
            way.mass_g,
            way.price and f"{way.price.unit_cost_usd:,}",
        )
        for part in reply.parts
        for way in part.ways
    ]
    print_table("", columns, rows)
    for part in reply.parts:
        _print_findings(part)
        _print_faults(part.ways[1:])


def _print_faults(ways: Iterable[WayOfMaking]) -> None:
    """Print by process which rule each other material breaks first, or the code where no rule was asked."""
    faults: dict[tuple[str, str], list[str]] = {}
    for way in ways:
        if way.reasons:
            errors = (finding.rule_id for finding in way.findings if finding.severity == "error")
            fault = next(errors, way.reasons[0].code.value)
            faults.setdefault((way.process.value, fault), []).append(way.material_id)
    for (process, fault), materials in faults.items():
        print_indented(f"not by {process}: {fault} ({', '.join(materials)})", 3)


def _print_findings(part: CheckedPart) -> None:
    way = part.ways[0]
    x, y, z = part.size_mm
    size = f"{x:.4g} × {y:.4g} × {z:.4g} mm, {part.volume_mm3:,.1f} mm³"
    print_line(f"{part.part}: {size}, by {way.process} of {way.material_id}", "bold")
    if way.up is not None:
        print_indented("print it with ({:.4g}, {:.4g}, {:.4g}) of its own frame up".format(*way.up), 3)
    for number, finding in enumerate(way.findings, 1):
        place = "" if finding.point_mm is None else " at ({:.4g}, {:.4g}, {:.4g})".format(*finding.point_mm)
        face = "" if finding.face is None else f", face {finding.face}"
        print_indented(f"{number}. {finding.severity} {finding.rule_id}{place}{face}: {finding.advice}", 0)
    told = {finding.advice for finding in way.findings}
    for reason in way.reasons:
        if reason.message not in told:
            print_indented(f"{reason.code}: {reason.message}", 3)
    if not way.findings and not way.reasons:
        print_line("   nothing to change")


def _print_price(price: PriceBreakdown, parts: Iterable[CheckedPart]) -> None:
    for part in parts:
        print_line(f"{part.part}: by {part.ways[0].process} of {part.ways[0].material_id}")
    rows = [
        (number, line.subject, line.label, f"{line.amount_usd:,}") for number, line in enumerate(price.lines, start=1)
    ]
    print_table(f"An order of {price.quantity:,}", ("no.", "for", "line", "USD"), rows)
    band = "" if price.low_usd is None else f" ({price.low_usd:,} to {price.high_usd:,} by the sources)"
    print_line(f"Total {price.total_usd:,} USD{band}, {price.unit_cost_usd:,} USD each", "bold")
    curve = [(f"{one.quantity:,}", f"{one.unit_cost_usd:,}") for one in price.curve]
    print_table("Over quantity", ("quantity", "USD each"), curve)
    print_line("Rates", "bold")
    for number, line in enumerate(price.lines, start=1):
        print_indented(f"{number}. {line.rate}: {line.source_row}", 0)
