"""Kimai: its exports have the headers of the user's language, and the same columns in each."""

from __future__ import annotations

from importers.entries import Kind
from importers.profiles.model import Profile

_FIELDS = (
    "worked_on", "started", "duration", "file_currency", "file_amount", "file_rate", "person", "client",
    "project", "task", "description", "billable",
)  # fmt: skip
_HEADERS = {
    "en": ("Date", "From", "Duration", "Currency", "Price", "Hourly price", "Name", "Customer", "Project",
           "Activity", "Description", "Billable"),
    "de": ("Datum", "Von", "Dauer", "Währung", "Preis", "Stundenpreis", "Name", "Kunde", "Projekt",
           "Tätigkeit", "Beschreibung", "Abrechenbar"),
    "fr": ("Date", "De", "Durée", "Devise", "Prix", "Prix horaire", "Nom", "Client", "Projet",
           "Activité", "Description", "Facturable"),
    "es": ("Fecha", "De", "Duración", "Divisa", "Precio", "Precio por hora", "Nombre", "Cliente", "Proyecto",
           "Actividad", "Descripción", "Facturable"),
    "it": ("Data", "Da", "Durata", "Valuta", "Prezzo", "Prezzo orario", "Nome", "Cliente", "Progetto",
           "Attività", "Descrizione", "Fatturabile"),
    "nl": ("Datum", "Van", "Duur", "Valuta", "Prijs", "Uurprijs", "Naam", "Klant", "Project",
           "Activiteit", "Omschrijving", "Factureerbaar"),
}  # fmt: skip
"""Language → the headers of the fields. Only English was seen in an export; the others are translations."""
_TELLING = ("worked_on", "started", "duration", "client", "project", "task")

PROFILES = tuple(
    Profile(
        name="kimai" if language == "en" else f"kimai-{language}",
        kind=Kind.timesheet,
        source=f"Kimai, export ({language})",
        headers=tuple(header for name, header in zip(_FIELDS, headers, strict=True) if name in _TELLING),
        columns={name: (header,) for name, header in zip(_FIELDS, headers, strict=True)},
    )
    for language, headers in _HEADERS.items()
)
