"""Imports: receive a file, read it, decide, or withdraw it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.engine import RowMapping

from contracts_app.domain.canonical import digest
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import DecideImport, WithdrawImport
from contracts_app.domain.commands.subjects import Subject, deterministic_id
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.roles import Role
from contracts_app.domain.transitions import CONTRACT, IMPORT, require
from contracts_app.services import (
    known_names,
    mappings,
    people,
    posting_clients,
    posting_contacts,
    posting_expenses,
    posting_orders,
    posting_receivables,
)
from contracts_app.services.copies import elsewhere, siblings
from contracts_app.services.corrected_entries import corrected_and_fixed
from contracts_app.services.meant import mends_in
from contracts_app.services.shown import ROWS, Shown, rows_shown
from contracts_app.services.taking_apart import contract_names, of_the_whole, rows_of, unreadable
from contracts_app.services.upload_names import name_of_upload
from contracts_app.store import (
    agreements,
    client_orders,
    contracts,
    firms,
    import_parts,
    imports,
    legal_entities,
    mends,
    processes,
    project_names,
    staging,
)
from contracts_app.store.mapping_tables import saved_mapping
from contracts_app.store.tables import import_file
from contracts_app.store.transaction import Origin, Transaction, looking, own_step
from importers.analysis import RULES, Analysis, analyse
from importers.billed_elsewhere import KEY as BILLED_ELSEWHERE
from importers.billed_elsewhere import has_marks
from importers.entries import OF_THE_FIRM, TAKEN_IN, Entry, Kind
from importers.kinds.deliveries import Delivery
from importers.kinds.labour_log import LabourEntry
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownApplication, KnownThings, Pricing
from importers.known_rows import known_rows
from importers.matching.names import Names
from importers.mending import Mend
from importers.parts import SEVERAL, Apart, Part

STAGED: Mapping[str, type[Entry]] = {
    Kind.timesheet.value: TimesheetEntry,
    Kind.labour_log.value: LabourEntry,
    Kind.deliveries.value: Delivery,
}
"""Kinds whose new rows are kept when the file is read, and posted chunk by chunk where they are many: each
row stands for itself, and the analysis knows nothing but the contract. Other files are read again when they
are posted, and go in at once."""
CORRECTED: Mapping[str, re.Pattern[str]] = {
    "encoding": re.compile(r"[a-z0-9_-]{2,40}", re.IGNORECASE | re.ASCII),
    "delimiter": re.compile(r"comma|semicolon|tab|pipe"),
    "sheet": re.compile(r".{1,200}"),
    "header_row": re.compile(r"none|[1-9]|[12][0-9]|30", re.ASCII),
    "date_order": re.compile(r"month_first|day_first"),
    "decimal_mark": re.compile(r"[.,]"),
    "duration_unit": re.compile(r"hours|minutes|seconds|clock|days_[0-9]{1,2}(?:\.[0-9]{1,2})?", re.ASCII),
    BILLED_ELSEWHERE: re.compile(r"marked|all|none"),
}
"""What holds for a whole file and can be corrected, asked or not: the shape of each answer."""
_NO_LAYOUT = frozenset({"encoding", BILLED_ELSEWHERE})
"""Those on which no mapping of columns has a say."""
LARGEST_FILE = 120 * 1024 * 1024
"""Bytes; larger files are refused before they are stored."""


def receive(
    engine: Engine,
    *,
    firm_id: UUID,
    by: UUID,
    key: str,
    kind: str,
    contract_id: UUID | None,
    file_name: str,
    data: bytes,
) -> UUID:
    """Store a file and its import, in one transaction; the import's workflow is started afterwards.

    The same key with the same file answers with the same import. Raises Refused.
    """
    import_id = deterministic_id(firm_id, "import", f"{by}:{key}")
    file_name = name_of_upload(file_name)
    with own_step(engine, firm_id, key, Origin(), by) as tx:
        people.require_role(people.actor(tx), (Role.coordinator,), "import a file")
        known = imports.find(tx.connection, firm_id, import_id)
        sha256 = hashlib.sha256(data).hexdigest()
        if known is not None:
            if (known["sha256"], known["kind"], known["contract_id"]) == (sha256, kind, contract_id):
                return import_id
            raise wrong_content(
                "key_used_with_other_content", "This idempotency key was used with another file."
            )
        _check_upload(tx, kind, contract_id, data)
        imports.keep_bytes(tx.connection, firm_id, data)
        tx.create(
            import_file,
            "import",
            "receive_import",
            id=import_id,
            contract_id=contract_id,
            kind=kind,
            file_name=file_name,
            sha256=sha256,
            uploaded_by=by,
            decisions={},
            state="received",
        )
        processes.open_process(tx, Subject.importing, import_id)
    return import_id


def _check_upload(tx: Transaction, kind: str, contract_id: UUID | None, data: bytes) -> None:
    if kind not in {known.value for known in TAKEN_IN}:
        raise wrong_content(
            "unknown_kind", "A file is one of: " + ", ".join(known.value for known in TAKEN_IN) + "."
        )
    if not data or len(data) > LARGEST_FILE:
        raise wrong_content("file_size", f"A file has between 1 byte and {LARGEST_FILE // 1024 // 1024} MB.")
    of_the_firm, of_many = kind in OF_THE_FIRM, kind in SEVERAL
    if (contract_id is None and not (of_the_firm or of_many)) or (contract_id is not None and of_the_firm):
        raise wrong_content(
            "contract_of_import",
            "Every kind but contracts, clients, contacts and open receivables is imported into a contract; "
            "time, expenses and orders may be for many contracts, and name none.",
        )
    if contract_id is not None:
        row = contracts.find(tx.connection, tx.firm_id, contract_id)
        if row is None:
            raise not_found("contract")
        require(CONTRACT, "post_import", row["state"], "contract")


def analyse_import(engine: Engine, firm_id: UUID, import_id: UUID, origin: Origin) -> None:
    """Read the file with the decisions made so far and note what was understood; stores nothing else.

    Nothing is locked while it is read. Where the import changed or rows were mended meanwhile, nothing is
    noted: the step is due again.
    """
    with looking(engine, firm_id) as tx:
        before = imports.find(tx.connection, firm_id, import_id)
        if before is None or before["state"] != "received":
            return
        many = is_for_many(before)
        asked = to_read(tx, before)
        seen = None if many else contract_as_seen(tx, before)
        names = contract_names(tx) if many else Names()
        data = imports.bytes_of(tx.connection, firm_id, before["sha256"])
    apart = Apart() if many else None
    analysis = understood(asked, data, apart)
    with own_step(engine, firm_id, f"analyse_import:{import_id}", origin) as tx:
        if before["parent_id"] is not None:  # rows of a part are mended in its file, which is locked for that
            tx.lock(import_file, before["parent_id"], "import")
        row = tx.lock(import_file, import_id, "import")
        if (row["state"], row["version"]) != (before["state"], before["version"]):
            return
        if mends_in(tx.connection, firm_id, import_id) != asked.mends:
            return
        if apart is not None:
            _note_for_many(tx, row, analysis, apart.parts(RULES[analysis.kind], names))
        else:
            _note(tx, row, analysis, seen)


def _note(tx: Transaction, row: RowMapping, analysis: Analysis, seen: str | None) -> None:
    """Keep what a file for one contract, or for none, was understood to say."""
    if analysis.is_refused:
        state = "refused"
    else:
        state = "needs_decision" if analysis.open_decisions else "ready"
    shown = stage(tx, row["id"], analysis) if state == "ready" and seen is not None else None
    mends.keep_rows(tx.connection, tx.firm_id, row["id"], _rows_to_mend(analysis))
    report = {**report_of(analysis, shown), **of_the_whole(tx, row)}
    tx.change(import_file, "import", row, "analyse_import", IMPORT, state, report=report, seen=seen)


def is_for_many(row: RowMapping) -> bool:
    """Whether the file is for many contracts: its parts are imports of their own."""
    return row["contract_id"] is None and row["kind"] not in OF_THE_FIRM


def _note_for_many(tx: Transaction, row: RowMapping, analysis: Analysis, parts: Sequence[Part]) -> None:
    told = {**report_of(analysis), "parts": [part.model_dump(mode="json") for part in parts]}
    if analysis.is_refused or not (parts or analysis.open_decisions or analysis.to_mend.rows):
        state = "refused"
    elif analysis.open_decisions:
        state = "needs_decision"
    else:
        placed = import_parts.placed(tx.connection, tx.firm_id, row, rows_of(told))
        state = "distributed" if parts and rows_of(told).keys() <= placed else "to_distribute"
    mends.keep_rows(tx.connection, tx.firm_id, row["id"], _rows_to_mend(analysis))
    tx.change(import_file, "import", row, "analyse_import", IMPORT, state, report=told)


def stage(tx: Transaction, import_id: UUID, analysis: Analysis) -> str:
    """Keep the new rows of a file until they are posted; returns their hash."""
    shown = Shown(analysis)
    staging.stage(tx.connection, tx.firm_id, import_id, shown.rows())
    return shown.hash


def report_of(analysis: Analysis, shown: str | None = None) -> dict[str, Any]:
    """What the file was understood to say, without its entries; `shown` is their hash where it is known."""
    report: dict[str, Any] = analysis.model_dump(mode="json", exclude={"entries", "to_mend"})
    report["new"] = len(analysis.entries)
    report[ROWS] = shown or rows_shown(analysis)
    report["headers_to_mend"] = analysis.to_mend.model_dump(mode="json")["headers"]
    report["rows_not_to_mend_yet"] = analysis.to_mend.left_out
    return report


def contract_as_seen(tx: Transaction, row: RowMapping) -> str | None:
    """What stands for all that an analysis knows of the contract: the same later, the same analysis.

    To be asked before the file is read. None for kinds that know more than their contract: they are read
    again in any case.
    """
    if row["kind"] not in STAGED:
        return None
    agreed = contracts.find(tx.connection, tx.firm_id, row["contract_id"])
    assert agreed is not None  # foreign key
    known = staging.identities(tx.connection, tx.firm_id, row["contract_id"], row["kind"])
    others = elsewhere(tx, row, agreed["id"])
    also = f", elsewhere {digest(others)}" if others else ""
    return f"version {agreed['version']}, {known} rows{also}"


@dataclass(frozen=True)
class ToRead:
    """All that decides what a file says: the same, the same analysis."""

    kind: str
    file_name: str
    sha256: str
    decisions: Mapping[str, str]
    known: KnownThings
    mapping: str | None
    """The name of the one that a person chose."""
    mends: Sequence[Mend]


def to_read(tx: Transaction, row: RowMapping) -> ToRead:
    """What the file is read with as things are now; the bytes apart."""
    # A file for many contracts is read with the firm's own mappings, as its parts are, and nothing else.
    known = KnownThings() if is_for_many(row) else _known(tx, row)
    known, chosen = mappings.with_mappings(tx, known, row["decisions"])
    meant = mends_in(tx.connection, tx.firm_id, row["id"])
    return ToRead(row["kind"], row["file_name"], row["sha256"], row["decisions"], known, chosen, meant)


def understood(asked: ToRead, data: bytes, apart: Apart | None = None) -> Analysis:
    """The analysis, without the database: it may take a minute."""
    return analyse(
        Kind(asked.kind),
        asked.file_name,
        data,
        asked.known,
        asked.decisions,
        asked.mapping,
        apart=apart,
        mends=asked.mends,
    )


def read_before(engine: Engine, firm_id: UUID, import_id: UUID) -> tuple[ToRead, Analysis] | None:
    """A file that waits to be posted, read again where posting it will ask for that; nothing is locked."""
    with looking(engine, firm_id) as tx:
        row = imports.find(tx.connection, firm_id, import_id)
        if row is None or row["state"] != "ready" or _is_as_seen(row, contract_as_seen(tx, row)):
            return None
        asked = to_read(tx, row)
        data = imports.bytes_of(tx.connection, firm_id, row["sha256"])
    return asked, understood(asked, data)


def _is_as_seen(row: RowMapping, seen: str | None) -> bool:
    return seen is not None and seen == row["seen"]


def read_again(tx: Transaction, row: RowMapping) -> Analysis:
    """The file as it is understood now, with the decisions made so far: as it was read before the transaction
    where all that decides it is still so."""
    asked = to_read(tx, row)
    if row["id"] in tx.prepared:
        before, analysis = tx.prepared[row["id"]]
        if before == asked:
            return cast(Analysis, analysis)
    return understood(asked, imports.bytes_of(tx.connection, tx.firm_id, row["sha256"]))


def _rows_to_mend(analysis: Analysis) -> Sequence[Mapping[str, Any]]:
    return [row.model_dump(mode="json") for row in analysis.to_mend.rows]


def _known(tx: Transaction, row: RowMapping) -> KnownThings:
    contract_id = row["contract_id"]
    if row["kind"] == Kind.clients:
        return posting_clients.known(tx)
    if row["kind"] == Kind.contacts:
        return posting_contacts.known(tx)
    if row["kind"] == Kind.open_receivables:
        return posting_receivables.known(tx, row["kind"])
    posted = known_rows(imports.posted_rows(tx.connection, tx.firm_id, contract_id, row["kind"]))
    names = known_names.names_for(tx, row)
    if contract_id is None:
        return KnownThings(imported=posted, legal_entities=_legal_entities(tx), names=names)
    agreed = contracts.find(tx.connection, tx.firm_id, contract_id)
    assert agreed is not None  # foreign key
    terms = contracts.terms_of(agreed)
    lines = imports.lines_by_external_id(tx.connection, tx.firm_id, contract_id)
    # None for other kinds: a large contract's orders are read where they are looked at.
    orders = posting_orders.known_orders(tx, contract_id) if row["kind"] in posting_orders.ON_ORDERS else None
    for_costs = posting_expenses.known_lines(tx, contract_id) if row["kind"] == Kind.expenses else {}
    corrected, fixed = corrected_and_fixed(tx, contract_id, Kind(row["kind"]))
    rates = tuple(agreements.rate_cards(tx.connection, tx.firm_id, [contract_id]).get(contract_id, ()))
    return KnownThings(
        contract_external_id=agreed["external_id"],
        currency=terms.currency,
        original_contract_sum=terms.original_sum,
        sov_lines={external_id: line["scheduled_value"] for external_id, line in lines.items()},
        line_names=frozenset(contracts.line_names(tx.connection, tx.firm_id, contract_id)),
        workers=imports.workers(tx.connection, tx.firm_id, contract_id),
        imported=posted,
        applications=tuple(
            KnownApplication(
                number=period["application_no"],
                period_end=period["period_to"],
                period_total=period["period_total"],
            )
            for period in imports.periods(tx.connection, tx.firm_id, contract_id)
        ),
        sov_items=frozenset(line["item_no"] for line in lines.values()),
        numbers_of_lines={external_id: line["item_no"] for external_id, line in lines.items()},
        **for_costs,
        orders=orders,
        given_up=posting_orders.given_up(tx, contract_id, Kind(row["kind"]), posted)
        | siblings(tx, row)
        | corrected,
        fixed=fixed,
        elsewhere=elsewhere(tx, row, contract_id),
        unreadable=unreadable(tx, row),
        client_orders=client_orders.numbers(tx.connection, tx.firm_id, agreed["client_id"]),
        project_names=project_names.projects(tx.connection, tx.firm_id, contract_id),
        today=legal_entities.today(tx, agreed["legal_entity_id"]),
        contract_date=terms.contract_date,
        names=names,
        pricing=Pricing(rates=rates, rounding=terms.hour_rounding, overtime=terms.overtime)
        if rates
        else None,
    )


def _legal_entities(tx: Transaction) -> tuple[str, ...]:
    """The firm's legal entities, the one that is called like the firm first."""
    own = firms.get(tx.connection, tx.firm_id)["name"]
    names = [entity["name"] for entity in legal_entities.every(tx.connection, tx.firm_id)]
    return tuple(sorted(names, key=lambda name: (name != own, name)))


def decide_import(tx: Transaction, body: DecideImport) -> Outcome:
    """Record answers to what the file asks; it is then read again with them."""
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "decide_import", row["state"], "import")
    asked = {decision["key"]: decision for decision in row["report"]["decisions"]}
    kind = row["kind"]
    for key, value in body.decisions.items():
        if key == mappings.MAPPING_KEY:
            kind = _kind_of_mapping(tx, value, row)
            continue
        if key in CORRECTED and CORRECTED[key].fullmatch(value):
            if key == BILLED_ELSEWHERE and not has_marks(RULES[Kind(kind)].columns):
                raise wrong_content("unknown_decision", "Only time and expenses can be billed elsewhere.")
            continue
        if key not in asked:
            raise wrong_content("unknown_decision", f"This file does not ask about {key}.")
        choices = [choice["value"] for choice in asked[key]["choices"]]
        if value not in choices and not asked[key].get("free"):
            raise wrong_content("unknown_choice", f"{key} is answered with one of: {', '.join(choices)}.")
    before = row["decisions"]
    if mappings.MAPPING_KEY in body.decisions:  # it says anew what is which column
        before = {key: value for key, value in before.items() if not key.startswith(("column:", "value:"))}
        before = {key: value for key, value in before.items() if key not in CORRECTED or key in _NO_LAYOUT}
    decisions: Mapping[str, str] = {**before, **body.decisions}
    known_names.remember(tx, row, body.decisions)
    staging.remove(tx.connection, tx.firm_id, body.import_id)
    other_kind = {"kind": kind} if kind != row["kind"] else {}
    decided = {"decisions": dict(decisions), **other_kind}
    tx.change(import_file, "import", row, "decide_import", IMPORT, "received", **decided)
    return Outcome(done=True, result={"import_id": str(body.import_id)})


def _kind_of_mapping(tx: Transaction, mapping_id: str, file: RowMapping) -> str:
    """The kind that a file read by this mapping has. Raises Refused where it cannot become that."""
    kind = str(file["kind"])
    try:
        row = tx.lock(saved_mapping, UUID(mapping_id), "mapping")
    except ValueError:
        raise not_found("mapping") from None
    if row["state"] != "active" or str(row["id"]) != mapping_id:  # kept as it is written
        raise not_found("mapping")
    of_many = file["contract_id"] is None or file["parent_id"] is not None
    if (row["kind"] in OF_THE_FIRM) != (kind in OF_THE_FIRM) or (of_many and row["kind"] != kind):
        raise wrong_content("contract_of_import", "A file of that kind belongs elsewhere: bring it in anew.")
    return str(row["kind"])


def withdraw_import(tx: Transaction, body: WithdrawImport) -> Outcome:
    """Give up a file that was not posted."""
    row = tx.lock(import_file, body.import_id, "import")
    if import_parts.given(tx.connection, tx.firm_id, body.import_id):
        raise Refused(
            "parts_stand", "Contracts have parts of this file: withdraw those, or take them back, first."
        )
    staging.remove(tx.connection, tx.firm_id, body.import_id)
    mends.forget_rows(tx.connection, tx.firm_id, body.import_id)
    tx.change(import_file, "import", row, "withdraw_import", IMPORT, "withdrawn", body.reason)
    return Outcome(done=True, result={"import_id": str(body.import_id)})
