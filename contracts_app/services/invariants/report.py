"""What a check found: counts per invariant, a few examples, and whether the run proves anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LARGEST_SAMPLE = 5
LONGEST_SENTENCE = 200


@dataclass(frozen=True)
class Violation:
    """One record that breaks an invariant: its id (or key), and in a sentence what is wrong."""

    subject: str
    sentence: str


@dataclass
class Tally:
    """Counts while an invariant is checked: how many things were looked at, how many break it."""

    checked: int = 0
    violations: int = 0
    sample: list[Violation] = field(default_factory=list)

    def saw(self, count: int = 1) -> None:
        """Count what was looked at."""
        self.checked += count

    def broken(self, subject: object, sentence: str) -> None:
        """Count a violation and keep it as an example while there are few."""
        self.violations += 1
        known = {one.subject for one in self.sample}
        if len(self.sample) < LARGEST_SAMPLE and str(subject) not in known:
            self.sample.append(Violation(str(subject), sentence.partition("\n")[0][:LONGEST_SENTENCE]))


@dataclass(frozen=True)
class Finding:
    """One invariant over all firms. `nothing_yet`: no invoice was ever issued, so it had nothing to check."""

    id: str
    statement: str
    checked: int
    violations: int
    sample: tuple[Violation, ...]
    nothing_yet: bool

    @property
    def ok(self) -> bool:
        """Holds, and was looked at: an invariant over nothing proves nothing where there is something."""
        return self.violations == 0 and (self.checked > 0 or self.nothing_yet)


@dataclass(frozen=True)
class Report:
    """Every invariant that was checked, in their order."""

    findings: Sequence[Finding]

    @property
    def ok(self) -> bool:
        """Whether every invariant holds."""
        return all(finding.ok for finding in self.findings)

    def as_json(self) -> Mapping[str, object]:
        """The report as `contracts check --json` prints it."""
        return {
            "ok": self.ok,
            "invariants": [
                {
                    "id": finding.id,
                    "ok": finding.ok,
                    "checked": finding.checked,
                    "violations": finding.violations,
                    "sample": [violation.subject for violation in finding.sample],
                }
                for finding in self.findings
            ],
        }

    def told(self) -> list[dict[str, object]]:
        """The report to be kept: with statements, and a sentence for each example."""
        return [
            {
                "id": finding.id,
                "statement": finding.statement,
                "ok": finding.ok,
                "checked": finding.checked,
                "violations": finding.violations,
                "examples": [{"subject": one.subject, "sentence": one.sentence} for one in finding.sample],
            }
            for finding in self.findings
        ]

    def sentences(self) -> Sequence[str]:
        """The report for a person: a line for each invariant, and below it what breaks it."""
        lines = []
        for finding in self.findings:
            if finding.violations:
                told = f"BROKEN {finding.violations:>7,} times"
            elif finding.checked:
                told = f"holds  {finding.checked:>7,} checked"
            else:
                told = "nothing to check" if finding.ok else "NOT PROVEN: nothing was checked"
            lines.append(f"{finding.id}  {told:<22}  {finding.statement}")
            lines += [f"       {violation.subject}: {violation.sentence}" for violation in finding.sample]
        return lines
