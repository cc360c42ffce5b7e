"""The one place that writes `<compiler>`, `<option>`, `<visual>` and `<default>`; mechanics §2 gives every value."""

from lxml import etree

from schemas.units import GRAVITY_M_S2

TIMESTEP_S = 0.001
SOLREF = "0.004 1"
SOLIMP = "0.9 0.95 0.001 0.5 2"
SOLIMP_LIMIT = "0.99 0.99 0.001"
"""Stiffer than contacts: a drive that pushes a light flap against its stop bends it by less than half a degree."""
SOLIMP_STICK = "0.9999 0.9999 0.001"
"""Friction in a joint holds: it creeps by (1 − d) / d · a / b, 0.1 mrad/s for a light flap that MuJoCo's 0.9 let sink
at 0.4 rad/s (a: its acceleration without friction, b = 2 / (d · 4 ms))."""
SOLREF_FRICTION = "-1 -60"
"""Slip decays at 60/s. By default it decays at 526/s, as `solref` says, and MuJoCo's elliptic cone then lifts a sliding
body off its support above g ÷ (526/s · μ) = 62 mm/s at μ = 0.3: it hops, and accelerations err by 5 % and more."""
CCD_TOLERANCE = "1e-9"
"""Of the distance between convex pieces: at MuJoCo's 1e-6 a ring of capsules rolls down 1 degree 82 % too fast, a
tube 10 % too slowly; at 1e-9 both are within 2 %, at no cost."""
BELT_CLASS = "belt"
BELT_CONTACT = {"solref": "0.002 2", "solimp": "0.7 0.95 0.001 0.5 2", "solreffriction": "-1 -280"}
"""On a moving surface slip is slow and decays at 295/s, damping is doubled and the impedance lower, so that what rides
sinks in by 0.02 mm and hops by less than a belt's speed matters: ramps up to 300 mm/s keep within 5 % (docs/adr 5)."""
COLLISION_GROUP, VIEW_GROUP, ZONE_GROUP = "3", "2", "4"
LARGEST_VIEW_PX = "2048"
NO_CONTACT = {"contype": "0", "conaffinity": "0"}


def add_settings(root: etree._Element) -> None:
    """Append the elements that are the same in every file."""
    etree.SubElement(root, "compiler", angle="radian", autolimits="true", inertiafromgeom="false")
    option = etree.SubElement(
        root,
        "option",
        timestep=str(TIMESTEP_S),
        gravity=f"0 0 {-GRAVITY_M_S2}",
        integrator="implicitfast",
        solver="Newton",
        iterations="100",
        tolerance="1e-8",
        cone="elliptic",
        impratio="10",
        noslip_iterations="0",
        ccd_tolerance=CCD_TOLERANCE,
    )
    etree.SubElement(option, "flag", speculative="enable")
    visual = etree.SubElement(root, "visual")
    etree.SubElement(visual, "global", offwidth=LARGEST_VIEW_PX, offheight=LARGEST_VIEW_PX)
    main = etree.SubElement(root, "default")
    contact = {"condim": "4", "solref": SOLREF, "solimp": SOLIMP}
    etree.SubElement(main, "geom", {**contact, **NO_CONTACT, "group": COLLISION_GROUP})
    etree.SubElement(main, "pair", {**contact, "solreffriction": SOLREF_FRICTION})
    stick = {"solreffriction": SOLREF, "solimpfriction": SOLIMP_STICK}
    etree.SubElement(main, "joint", {"solreflimit": SOLREF, "solimplimit": SOLIMP_LIMIT, **stick})
    etree.SubElement(main, "equality", solref=SOLREF, solimp=SOLIMP)
    etree.SubElement(etree.SubElement(main, "default", {"class": BELT_CLASS}), "pair", BELT_CONTACT)
    view = etree.SubElement(main, "default", {"class": "view"})
    etree.SubElement(view, "geom", {**NO_CONTACT, "group": VIEW_GROUP})
