"""Each class of bad MJCF gives one finding that says where and what to change."""

import pytest

from workbench.mjcf.finding import MjcfFinding
from workbench.mjcf.validate import BYTES_MAX, FINDINGS_MAX, validate_mjcf

WORLD = """<mujoco>
<asset><mesh name="hull" file="hulls/a.obj"/></asset>
<worldbody>
<body name="arm"><joint name="hinge"/><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>
<geom name="pin" size="1"/><site name="tip"/>{body}</body>{world}
</worldbody>{root}
</mujoco>"""


def fill(world: str = "", body: str = "", root: str = "") -> bytes:
    return WORLD.format(world=world, body=body, root=root).encode()


def find_one(xml: bytes, **files: frozenset[str]) -> MjcfFinding:
    findings = validate_mjcf(xml, **files)
    assert len(findings) == 1, findings
    return findings[0]


@pytest.mark.parametrize(
    "root",
    [
        '<contact><pair geom1="pin" geom2="pin"/><exclude body1="arm" body2="world"/></contact>',
        '<actuator><motor joint="hinge"/><position site="tip" refsite="tip"/></actuator>',
        '<sensor><framepos objtype="xbody" objname="arm"/><touch site="tip"/></sensor>',
        '<equality><joint joint1="hinge"/><weld body1="arm"/></equality>',
        '<default><site material="m"/><default class="part/left"><geom material="m"/></default></default>'
        '<asset><material name="m"/></asset><worldbody><geom class="part/left" size="1"/></worldbody>',
        '<default><default class="unused"><geom material="elsewhere" size="-1"/></default></default>',
        '<default><geom type="box" size="1 1 1"/></default><worldbody><geom size="2"/></worldbody>',
        '<worldbody><replicate count="2"><site name="a"/></replicate></worldbody><sensor><touch site="a0"/></sensor>',
        '<custom><text name="note" data="nan and inf are words here"/></custom>',
    ],
)
def test_validate_accepts_models_that_resolve(root: str) -> None:
    assert validate_mjcf(fill(root=root), known_files=frozenset({"hulls/a.obj"})) == ()


@pytest.mark.parametrize(
    ("world", "attribute", "message"),
    [
        ('<geom sise="1"/>', "sise", "<geom> has no attribute 'sise': did you mean 'size'?"),
        ("<geomm/>", None, "<worldbody> may not hold <geomm>: did you mean 'geom'?"),
        ("<joint/>", None, "<worldbody> may not hold <joint>: it belongs in body or default or"),
        ('<geom type="spere"/>', "type", "did you mean 'sphere'?"),
        ('<geom pos="1 2"/>', "pos", "pos='1 2' must be 3 finite numbers"),
        ('<geom pos="1 2 3 4"/>', "pos", "must be 3 finite numbers"),
        ('<geom pos="1 2 nan"/>', "pos", "must be 3 finite numbers"),
        ('<geom pos="1 -INF 2"/>', "pos", "must be 3 finite numbers"),
        ('<geom pos="1 1e999 2"/>', "pos", "must be 3 finite numbers"),
        ('<geom mass="heavy"/>', "mass", "mass='heavy' must be one finite number"),
        ('<geom condim="3.5"/>', "condim", "condim='3.5' must be one of 1 3 4 6"),
        ('<geom priority="3.5"/>', "priority", "priority='3.5' must be one integer"),
        ('<geom type="box" size="1 1"/>', "size", "a box needs 3 positive sizes"),
        ('<geom type="sphere" size="-1"/>', "size", "a sphere needs 1 positive size"),
        ("<geom/>", "size", "a sphere needs 1 positive size"),
        ('<site size="0"/>', "size", "must be positive"),
        ('<replicate count="20000"><geom size="1"/></replicate>', "count", "makes 2e+04 of something: at most 10000"),
        ('<geom size="1 1 1 1"/>', "size", "must be 1 to 3 finite numbers"),
        ('<geom size=""/>', "size", "must be 1 to 3 finite numbers"),
        ('<replicate><geom size="1"/></replicate>', "count", "<replicate> needs 'count': give one integer"),
        ('<include file="x.xml"/>', None, "<include> is refused: put its content into this file"),
        ('<frame><include file="x.xml"/></frame>', None, "<include> is refused: put its content into this file"),
        ('<geom size="1"><plugin plugin="p"/></geom>', None, "plugins are refused: remove <plugin>"),
        ('<geom size="1" material="steel"/>', "material", "there is no material named 'steel': none is allowed here"),
        ('<geom size="1" name="pin"/>', "name", "geom name 'pin' is taken: rename this one"),
        ('<body name="world"/>', "name", "body name 'world' is taken: rename this one"),
        ('<geom size="1" class="steel"/>', "class", "there is no default named 'steel'"),
        ('<light type="spot" directional="true"/>', None, "give only one of directional or type"),
    ],
)
def test_validate_words_faults_in_the_world(world: str, attribute: str | None, message: str) -> None:
    finding = find_one(fill(world=world))
    assert (finding.line, finding.attribute) == (5, attribute)
    assert message in finding.message


@pytest.mark.parametrize(
    ("root", "attribute", "message"),
    [
        ('<contact><pair geom1="pin" geom2="pim"/></contact>', "geom2", "no geom named 'pim': did you mean 'pin'?"),
        ('<contact><exclude body1="arm" body2="arn"/></contact>', "body2", "no body named 'arn': did you mean 'arm'?"),
        ('<actuator><motor joint="hing"/></actuator>', "joint", "no joint named 'hing': did you mean 'hinge'?"),
        ('<equality><joint joint1="hing"/></equality>', "joint1", "did you mean 'hinge'?"),
        ('<sensor><touch site="top"/></sensor>', "site", "no site named 'top': did you mean 'tip'?"),
        ('<sensor><framepos objtype="geom" objname="arm"/></sensor>', "objname", "no geom named 'arm'"),
        ('<sensor><touch site=""/></sensor>', "site", "the name of a site, not empty"),
        ('<sensor><jointpos/></sensor>', "joint", "<jointpos> needs 'joint': give the name of a joint"),
        ('<sensor><framequat objtype="body" objname="arm" refname="arm"/></sensor>', None,
         "give reftype and refname together"),
        ('<equality><weld site1="tip"/></equality>', None, "give site1+site2 or body1"),
        ('<contact><pair geom1="pin"/></contact>', "geom2", "<pair> needs 'geom2': give the name of a geom"),
        ('<asset><mesh name="m" vertex="0 0 0 1"/></asset>', "vertex", "must hold a multiple of 3 numbers"),
        ('<asset><hfield name="h" size="1 1 1 1" nrow="9000" ncol="9000"/></asset>', "nrow", "at most 4000000"),
        ("<extension/>", None, "plugins are refused: remove <extension>"),
        ("<visual><map/><map/></visual>", None, "another <map> is not allowed here"),
        ('<compiler meshdir="/tmp"/>', "meshdir", "'/tmp' is absolute: give a path relative to the MJCF file"),
        ('<asset><hfield size="1 1 1 1" file="../a.png"/></asset>', "file", "leaves its folder: give a path without"),
        ('<asset><texture file="file:a.png"/></asset>', "file", "is absolute"),
        ('<asset><texture file="a\\b.png"/></asset>', "file", "part folders by '/'"),
        ('<asset><mesh name="b" file="hulls/b.obj"/></asset>', "file", "no file 'hulls/b.obj' beside it: did you mean"),
    ],
)  # fmt: skip
def test_validate_words_faults_outside_the_world(root: str, attribute: str | None, message: str) -> None:
    finding = find_one(fill(root=root), known_files=frozenset({"hulls/a.obj"}))
    assert (finding.line, finding.attribute) == (6, attribute)
    assert message in finding.message


def test_validate_finds_what_is_inherited_from_defaults() -> None:
    finding = find_one(fill(root='<default><geom material="steel"/></default>'))
    assert (finding.line, finding.attribute) == (5, "material") and "no material named 'steel'" in finding.message


def test_validate_refuses_a_second_child_of_which_one_is_allowed() -> None:
    finding = find_one(fill(body='<inertial pos="0 0 0" mass="1"/>'))
    assert finding.message == "<body> may hold one <inertial> at most: merge them"


def test_validate_resolves_files_as_mujoco_does() -> None:
    files = frozenset({"hulls/a.obj"})
    assert validate_mjcf(fill(root='<compiler strippath="true" meshdir="hulls"/>'), known_files=files) == ()
    assert validate_mjcf(fill(root='<compiler assetdir="./"/>'), known_files=files) == ()
    moved = find_one(fill(root='<compiler meshdir="parts"/>'), known_files=files)
    assert moved.message == "there is no file 'parts/hulls/a.obj' beside it: did you mean 'hulls/a.obj'?"


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "this is not XML"),
        (b"<mujoco>", "this is not XML"),
        (b"\x7fELF\x00", "this is not XML"),
        (b'<?xml version="1.0" encoding="none-such"?><mujoco/>', "this is not XML"),
        (b"<mujoco>" + b"<default>" * 400 + b"</default>" * 400 + b"</mujoco>", "this is not XML"),
        (b"<urdf/>", "the root must be <mujoco>, not <urdf>"),
        (b'<!DOCTYPE m [<!ENTITY a "b">]><mujoco model="&a;"/>', "a DOCTYPE is refused"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE m SYSTEM "m.dtd"><mujoco/>'.encode("utf-16"), "a DOCTYPE"),
        (b'<mujoco model="' + b"1" * 300 + b'"/>', "a number has 300 digits or more"),
        (b" " * (BYTES_MAX + 1), f"at most {BYTES_MAX} are read"),
    ],
)
def test_validate_refuses_what_is_no_mjcf_file(xml: bytes, message: str) -> None:
    assert message in find_one(xml).message


def test_validate_gives_the_line_of_each_fault_in_order() -> None:
    findings = validate_mjcf(b'<mujoco>\n<option cone="flat"/>\n<worldbody>\n<geom sise="1"/>\n</worldbody>\n</mujoco>')
    assert [(finding.line, finding.element) for finding in findings] == [(2, "option"), (4, "geom")]


def test_validate_stops_at_a_bounded_number_of_findings() -> None:
    assert len(validate_mjcf(fill(world='<geom sise="1"/>\n' * 1000))) == FINDINGS_MAX
