"""The import rules and the other laws of the package that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import mediakit

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "mediakit"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

HEAVY = frozenset(("cryptography", "gdcm", "jinja2", "jsonschema", "numpy", "pycdlib", "pydicom", "rich"))
"""Libraries that take longer to load than `mediakit --help` may take."""

ONE_SYSTEM_ONLY = frozenset(
    ("_winapi", "crypt", "curses", "fcntl", "grp", "msvcrt", "nis", "ossaudiodev", "posix", "pty", "pwd",
     "readline", "resource", "spwd", "syslog", "termios", "tty", "winreg", "winsound")
)  # fmt: skip
"""Modules of the standard library that are missing on Windows or anywhere else."""

MAY_IMPORT_PYDICOM = frozenset(
    ("mediakit.dicomfile", "mediakit.dictionary", "mediakit.icon", "mediakit.pixels", "mediakit.values")
)
MAY_BE_IMPORTED_BY_FORMATS = frozenset(
    (
        "mediakit.errors",
        "mediakit.formats",
        "mediakit.lazily",
        "mediakit.model",
        "mediakit.patience",
        "mediakit.progress",
        "mediakit.transfer",
    )
)
"""All that the Media Format Layer knows: no data sets, no profiles, no rules (PS3.10 6.2)."""

MAY_BE_IMPORTED_BY_THE_COMMAND_LINE = frozenset(
    ("mediakit.answers", "mediakit.burning", "mediakit.cli", "mediakit.contents", "mediakit.creation",
     "mediakit.devices.file_system", "mediakit.dictionary", "mediakit.errors", "mediakit.extraction",
     "mediakit.fit_result", "mediakit.inspection", "mediakit.printable", "mediakit.profile",
     "mediakit.progress", "mediakit.report", "mediakit.rules", "mediakit.sample", "mediakit.update_result",
     "mediakit.values", "mediakit.verification", "mediakit.words")
)  # fmt: skip
"""Results, errors, tables and words for people; a job itself only as a public name of `mediakit`."""


def imports(name: str, tree: ast.AST | None = None) -> Iterator[str]:
    """The modules that a module imports anywhere, absolute; of `from x import y` both x and x.y."""
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")) if tree is None else tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def own_imports(name: str) -> set[str]:
    """The modules of ours that a module imports, each by its full name."""
    return {found for found in imports(name) if found in MODULES and found != "mediakit"}


def within(name: str, packages: frozenset[str]) -> bool:
    """Whether the module is one of these or inside one of these."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def at_import_time(tree: ast.Module) -> ast.Module:
    """The module without the bodies of its functions and without what only type checkers see."""

    class Prune(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | None:
            checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            return None if checking else self.generic_visit(node)

    return Prune().visit(tree)


def test_imports_are_understood() -> None:
    """The other tests rest on this: relative, absolute and lazy imports are all seen."""
    tree = ast.parse(
        "import os.path\nfrom . import errors\nfrom .formats.tree import VolumeTree\n"
        "def f():\n    from ..model import FileId\n    import pydicom\n"
    )
    assert set(imports("mediakit.create", tree)) == {
        "os.path", "mediakit", "mediakit.errors", "mediakit.formats.tree",
        "mediakit.formats.tree.VolumeTree", "model", "model.FileId", "pydicom",
    }  # fmt: skip
    assert "pydicom" not in set(imports("mediakit.create", at_import_time(tree)))


def test_model_imports_nothing_of_ours() -> None:
    assert own_imports("mediakit.model") == set()


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, frozenset(("mediakit.formats",)))])
def test_formats_know_no_dicom_profiles_or_rules(name: str) -> None:
    assert {found for found in own_imports(name) if not within(found, MAY_BE_IMPORTED_BY_FORMATS)} == set()


def test_only_the_data_format_layer_imports_pydicom() -> None:
    importers = {name for name in MODULES for found in imports(name) if found.split(".")[0] == "pydicom"}
    assert {name for name in importers if not within(name, MAY_IMPORT_PYDICOM)} == set()


def test_readers_and_rules_import_no_writer() -> None:
    for name in MODULES:
        if name.endswith(".reader") or within(name, frozenset(("mediakit.rules",))):
            assert {found for found in own_imports(name) if found.endswith(".writer")} == set(), name


@pytest.mark.parametrize("name", [name for name in MODULES if within(name, frozenset(("mediakit.cli",)))])
def test_the_command_line_uses_public_functions_only(name: str) -> None:
    assert {f for f in own_imports(name) if not within(f, MAY_BE_IMPORTED_BY_THE_COMMAND_LINE)} == set()
    used = {
        node.attr
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "mediakit"
    }
    assert used <= {*mediakit.__all__, "__version__"}


@pytest.mark.parametrize("name", MODULES)
def test_importing_is_light_and_works_on_every_system(name: str) -> None:
    tree = at_import_time(ast.parse(MODULES[name].read_text(encoding="utf-8")))
    roots = {found.split(".")[0] for found in imports(name, tree)}
    assert roots & (HEAVY | ONE_SYSTEM_ONLY) == set()


def test_help_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, mediakit.cli; print(*sys.modules)"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {module.split(".")[0] for module in loaded.stdout.split()} & HEAVY == set()


@pytest.mark.parametrize("name", MODULES)
def test_no_module_names_a_profile(name: str) -> None:
    """Profiles are data: code that names one would have to change with the standard."""
    found = re.findall(r"\b(?:STD|AUG|PRI)-[A-Z0-9]+", MODULES[name].read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize("name", MODULES)
def test_what_is_public_says_what_it_is(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
    silent = [node.name for node in public if not ast.get_docstring(node)]
    assert (ast.get_docstring(tree) is not None, silent) == (True, [])


def test_everything_is_shipped(tmp_path: Path) -> None:
    """The wheel holds every module, table, schema and the typing marker, and nothing else of ours."""
    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    assert Path(wheel).name.startswith(f"mediakit-{mediakit.__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name: archive.read(name) for name in archive.namelist() if name.startswith("mediakit/")}
    ours = [path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {path.relative_to(ROOT).as_posix(): path for path in ours}
    tables = [path for path in (ROOT / "profiles").rglob("*") if path.is_file()]
    expected |= {
        f"mediakit/_profiles/{path.relative_to(ROOT / 'profiles').as_posix()}": path for path in tables
    }
    assert tables
    assert shipped == {name: path.read_bytes() for name, path in expected.items()}
