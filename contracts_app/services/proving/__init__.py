"""Proving an issued invoice: compute it again from its stored snapshot and compare everything stored of it.

`proof` is what comes out; `pay_application` knows the figures of one kind of rules, `papers` the stored
files and letters, `proving` puts them together. Nothing is written.
"""

from contracts_app.services.proving.proof import Compared, Proof
from contracts_app.services.proving.proving import RULES, prove, prove_all, prove_together, prove_with_whole

__all__ = ["RULES", "Compared", "Proof", "prove", "prove_all", "prove_together", "prove_with_whole"]
