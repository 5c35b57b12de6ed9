"""The house itself: who may import whom, generated pages, pins, and no trace of any one machine."""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from pbis.packages import EXTRAS

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path for top in ("pbis", "flows", "expectations", "warehouse", "tools") for path in (ROOT / top).rglob("*.py")
)


def test_the_import_rule_holds() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCES
    if path.parts[len(ROOT.parts)] != "tools"
}


def _imports(path: Path) -> Iterator[str]:
    """Modules of ours that a module names in any import: at its top, within a function, or for the type checker only."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            for name in (f"{node.module}.{one.name}" for one in node.names):
                yield name if name in MODULES else str(node.module)


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {found for found in _imports(path) if found in MODULES} - {name} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" is imported by ".join(error.args[1]))


def test_no_two_public_classes_have_one_name() -> None:
    homes = defaultdict(list)
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(name)
    twice = {name: modules for name, modules in homes.items() if len(modules) > 1}
    assert twice == {}


def test_a_room_of_readers_can_be_looked_over() -> None:
    rooms = {folder: len(list(folder.glob("*.py"))) for folder in {path.parent for path in SOURCES}}
    readers = {str(folder.relative_to(ROOT)): count for folder, count in rooms.items() if "readers" in folder.parts}
    assert len(readers) > 1
    assert {room: count for room, count in readers.items() if count > 20} == {}


def _is_number(node: ast.expr | None) -> bool:
    """A number as written, a sum of such, or a row of them."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("Fraction", "float", "math.log") and all(map(_is_number, node.args))
    parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)] if node else []
    return isinstance(node, ast.UnaryOp | ast.BinOp | ast.Tuple) and bool(parts) and all(map(_is_number, parts))


def _constants(path: Path) -> Iterator[ast.Assign | ast.AnnAssign]:
    """Numbers that a module or a class of it sets."""
    for node in ast.parse(path.read_text()).body:
        for one in [node, *(node.body if isinstance(node, ast.ClassDef) else [])]:
            if isinstance(one, ast.Assign | ast.AnnAssign) and _is_number(one.value):
                yield one


def test_a_number_in_core_says_why_it_is_that_number() -> None:
    """On its lines or the line above: a paper, a guideline, a measurement, or honestly an own choice. An annotated field says it itself."""
    found, silent = 0, []
    for path in (p for p in SOURCES if "core" in p.parts):
        lines = path.read_text().splitlines()
        for node in _constants(path):
            found += 1
            said = [line for line in lines[node.lineno - 1 : node.end_lineno] if "#" in line or "Annotated[" in line]
            if not said and not lines[node.lineno - 2].lstrip().startswith("#"):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno}: {lines[node.lineno - 1].strip()}")
    assert found > 60
    assert silent == []


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if {"core", "files", "readers"} & set(p.parts)], ids=lambda p: p.stem
)
def test_core_files_and_readers_read_no_clock_and_no_environment(path: Path) -> None:
    text = path.read_text().replace("{**os.environ, ", "{")  # handed to a child process as it is
    assert not re.search(r"datetime\.now|time\.time|os\.environ|date\.today|random\.", text)


def test_types_are_strict_everywhere_and_silenced_nowhere() -> None:
    """A folder, a looser rule or a line that the type checker does not look at would be found by nobody."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert set(told) == {"python_version", "files", "strict", "overrides"}
    assert told["strict"] is True
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(told["files"])
    assert [set(each) for each in told["overrides"]] == [{"module", "ignore_missing_imports"}]
    assert [str(path.relative_to(ROOT)) for path in SOURCES if "type: ignore" in path.read_text()] == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path in SOURCES if path.stat().st_size and not path.read_text().startswith('"""')]
    assert silent == []


EVERYWHERE = sorted(
    path
    for top in ("pbis", "flows", "expectations", "warehouse", "tools", "bench")
    for path in (ROOT / top).rglob("*.py")
)
LONGEST = 40


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def test_a_function_fits_on_a_screen() -> None:
    found = [
        f"{path.relative_to(ROOT)} {one.name}"
        for path in EVERYWHERE
        for one in functions(path)
        if (one.end_lineno or 0) - one.lineno + 1 > LONGEST
    ]
    assert found == []


def filled(one: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Parameters that the function appends to, updates, or sets an item of."""
    given = {a.arg for a in (*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs)} - {"self", "cls"}
    replaced = {t.id for n in ast.walk(one) if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    places: list[ast.expr] = []
    for node in ast.walk(one):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            places += (
                [node.func.value] if node.func.attr in ("append", "extend", "insert", "update", "setdefault") else []
            )
        elif isinstance(node, ast.Assign):
            places += [target.value for target in node.targets if isinstance(target, ast.Subscript)]
    return {p.id for p in places if isinstance(p, ast.Name)} & (given - replaced)


def test_studies_reports_and_drawings_hand_back_what_they_make() -> None:
    """No function fills a list or a dictionary that it was handed."""
    rooms = ("study", "report", "draw")
    found = [
        f"{path.relative_to(ROOT)} {one.name}: {', '.join(filled(one))}"
        for room in rooms
        for path in sorted((ROOT / "pbis" / room).rglob("*.py"))
        for one in functions(path)
        if filled(one)
    ]
    assert found == []


def _taken(text: str) -> Iterator[tuple[str, str]]:
    """Module of ours and name in it that a program imports, and those that it hands to a process of its own as text. What stands
    behind an ImportError is for builds of before."""
    tree = ast.parse(text)
    older = {id(node) for one in ast.walk(tree) if isinstance(one, ast.ExceptHandler) for node in ast.walk(one)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in older and node.module in MODULES:
            yield from ((str(node.module), name.name) for name in node.names)
        elif isinstance(node, ast.Constant) and "import " in str(node.value):
            with contextlib.suppress(SyntaxError):  # prose is no program
                yield from _taken(str(node.value))


@pytest.mark.parametrize("path", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.stem)
def test_what_a_bench_imports_is_there(path: Path) -> None:
    missing = [
        f"{module}.{name}"
        for module, name in _taken(path.read_text())
        if f"{module}.{name}" not in MODULES and not hasattr(importlib.import_module(module), name)
    ]
    assert missing == []


def test_a_class_of_studies_reports_and_drawings_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = {}
    for path in EVERYWHERE:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    ours = ("pbis/study/", "pbis/report/", "pbis/draw/")
    assert {name: at for name, at in homes.items() if len(at) > 1 and any(p.startswith(ours) for p in at)} == {}


def test_wald_s_constant_has_one_home_in_a_study() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "pbis" / "study").rglob("*.py")
        if re.search(r"1\.9599|ppf\(0\.975\)|\b1\.96 \*", path.read_text(encoding="utf-8"))
    }
    assert found == {"pbis/study/stats/wald.py"}


def test_knobs_are_read_in_one_place() -> None:
    """The environment is read by config, set for Prefect and Great Expectations where they are imported, and handed to a child process."""
    users = {str(p.relative_to(ROOT)) for p in SOURCES if "os.environ" in p.read_text()}
    assert users <= {
        "pbis/config.py",
        "flows/quiet.py",
        "expectations/_gx.py",
        "pbis/files/workbook.py",
        "pbis/pipeline/child.py",
    }


def test_pins_name_every_dependency_and_no_download_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bare, extras = project["dependencies"], project["optional-dependencies"]
    service = bare + extras["night"] + extras["study"]
    for name, wanted in (("bare.txt", bare), ("run.txt", service), ("dev.txt", service + extras["dev"])):
        text = (ROOT / "requirements" / name).read_text()
        assert "://" not in text
        for requirement in wanted:
            package = re.sub(r"[-_.]+", "-", re.split(r"[<>=\[]", requirement)[0])
            assert re.search(rf"^{re.escape(package)}==", text, flags=re.M), f"{package} is not pinned in {name}"
        assert len(re.findall(r"^[\w.-]+==", text, flags=re.M)) <= text.count("--hash=sha256:")


def test_a_version_is_pinned_once_for_all_and_the_bare_install_is_small() -> None:
    pins = {
        name: set(re.findall(r"^[\w.-]+==\S+", (ROOT / "requirements" / f"{name}.txt").read_text(), flags=re.M))
        for name in ("bare", "run", "dev")
    }
    assert pins["bare"] < pins["run"] < pins["dev"]
    assert len({pin.partition("==")[0] for pin in pins["bare"]}) <= 30


def test_what_an_extra_brings_is_what_a_missing_one_is_told_by() -> None:
    """Every extra but that of developers has a command that names it, and none brings what nothing imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    brought = {
        extra: {re.split(r"[<>=\[]", requirement)[0].replace("-", "_") for requirement in requirements}
        for extra, requirements in project["optional-dependencies"].items()
        if extra != "dev"
    }
    brought["night"] -= {"fastapi", "sqlalchemy"}  # bounds for Prefect's sake
    brought["dask"].remove("cryptography")  # Dask imports it, to make the certificate of a night
    brought["desk"].remove("python_multipart")  # FastAPI imports it, to read forms
    brought["desk"] = {name.replace("argon2_cffi", "argon2") for name in brought["desk"]}
    assert brought == {extra: set(names) for extra, names in EXTRAS.items()}
    sources = "\n".join(path.read_text() for path in SOURCES)
    for name in set().union(*brought.values()):
        assert re.search(rf"^\s*(import|from) {name}\b", sources, flags=re.M), name


def test_generated_files_are_what_the_code_says(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / "write_docs.py", tmp_path], check=True, cwd=ROOT)
    pages = [ROOT / "docs" / f"{name}.md" for name in ("dictionary", "checks", "configuration")]
    for kept in (*pages, ROOT / "expectations" / "passed.json"):
        assert kept.read_text() == (tmp_path / kept.name).read_text(), f"{kept.name}: run: make docs"


def test_prose_links_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert "://" not in target, f"{page.name}: {target}"
            assert (page.parent / target).exists(), f"{page.name}: {target}"
