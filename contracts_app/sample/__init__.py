"""The sample firm and its contract: plainly made-up names around published figures (see `data/README.md`).

`people` and `load` found the firm; `script` says who does what on which day; `play` does it through the
public API as different people; `ledger` tells what happened.
"""
