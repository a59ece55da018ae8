"""The invariants of the system, checked on live data: what an auditor would recompute.

`contracts check`, the demo and the tests run the same list (docs/SPEC-invariants.md).
"""

from contracts_app.services.invariants.checking import INVARIANTS, check, check_in
from contracts_app.services.invariants.report import Finding, Report, Violation

__all__ = ["INVARIANTS", "Finding", "Report", "Violation", "check", "check_in"]
