"""What a plan costs before rounding: each charge with its rate in words and the catalogue rows it comes from."""

from decimal import Decimal
from typing import NamedTuple

from schemas.catalogue import ProcessCost, Use
from schemas.errors import InputError

MM3_PER_CM3 = Decimal(1000)
KG_M3_TO_KG_MM3 = Decimal("1e-9")
MM2_PER_M2 = Decimal(1_000_000)
MM_PER_M = Decimal(1000)
MM_PER_CM = Decimal(10)
SECONDS_PER_HOUR = Decimal(3600)
MINUTES_PER_HOUR = Decimal(60)
PI = Decimal("3.14159265358979323846")
MM2_PER_CM2 = Decimal(100)


class Charge(NamedTuple):
    """An exact amount in USD for all pieces of an order."""

    label: str
    amount_usd: Decimal
    rate: str
    rows: tuple[str, ...]


def exact(value: float) -> Decimal:
    """Return a measured float as a decimal of nine digits after the point, the same on every machine."""
    return Decimal(repr(round(value, 9)))


def charge_of(label: str, amount_usd: Decimal, rate: str, *rows: ProcessCost) -> Charge:
    """Return a charge that names its cost rows."""
    return Charge(label, amount_usd, rate, tuple(row.name for row in rows))


def price_stock(use: Use, *forms: str) -> tuple[Decimal, str]:
    """Return USD per kg of the first of these forms that a material has a price in, and its row.

    Raises InputError where it has none.
    """
    price = use.material.find_form_price(*forms)
    name = use.material.material_id
    if price is None:
        raise InputError(f"materials.csv: {name} needs a price of {' or '.join(forms)} in price_by_form")
    return price, f"materials.csv {name} price_by_form"
