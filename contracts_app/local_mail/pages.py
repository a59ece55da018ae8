"""The pages of the local mail server: list, message, attachments. Read-only, everything escaped."""

import re
from html import escape
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import Parameter

from contracts_app import __version__
from contracts_app.local_mail.mailbox import Heading, Mailbox, attachments_of, text_of

PAGE = 100
_LINK = re.compile(r"https?://[^\s<>&\"']+(?:&amp;[^\s<>&\"']+)*")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #8886; vertical-align: top; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8886; padding: 1rem; }
pre { font: .95em/1.5 ui-monospace, monospace; }
iframe { width: 100%; height: 30rem; border: 1px solid #8886; background: #fff; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; overflow-wrap: anywhere; }
input, button { font: inherit; padding: .3rem .6rem; }
@media (max-width: 40rem) { th:nth-child(2), td:nth-child(2) { display: none; } }
"""


def create_pages(mailbox: Mailbox, installation: str) -> Litestar:
    """The pages over this mailbox, as an ASGI application of this installation."""

    @get("/", media_type=MediaType.HTML, sync_to_thread=True)
    def listing(
        q: Annotated[str, Parameter(max_length=200)] = "", start: Annotated[int, Parameter(ge=0)] = 0
    ) -> str:
        """The list, newest first."""
        shown = list(islice(mailbox.headings(q), start, start + PAGE + 1))
        return _page("Received mail", _list(shown[:PAGE], q, start, more=len(shown) > PAGE))

    @get("/messages/{name:str}", media_type=MediaType.HTML, sync_to_thread=True)
    def message(name: str) -> str:
        """One message."""
        heading, parsed = mailbox.read(name)
        kind, text = text_of(parsed)
        rows = [
            ("From", heading.sender),
            ("To", heading.recipients),
            ("Subject", heading.subject),
            ("Received", f"{heading.received:%Y-%m-%d %H:%M:%S} UTC"),
            ("Message-ID", str(parsed.get("Message-ID", ""))),
        ]
        facts = "".join(f"<dt>{escape(term)}</dt><dd>{escape(value)}</dd>" for term, value in rows)
        files = "".join(
            f'<li><a href="/messages/{name}/attachments/{number}">{escape(one.file_name)}</a> '
            f"({escape(one.content_type)}, {len(one.content):,} bytes)</li>"
            for number, one in enumerate(attachments_of(parsed))
        )
        body = f"<pre>{_linked(escape(text))}</pre>"
        if kind == "html":
            body = f'<iframe sandbox title="Message" srcdoc="{escape(text, quote=True)}"></iframe>'
        return _page(
            heading.subject or "(no subject)",
            f'<p><a href="/">All mail</a> · <a href="/messages/{name}/source">Source</a></p><dl>{facts}</dl>'
            f"{f'<h2>Attachments</h2><ul>{files}</ul>' if files else ''}{body}",
        )

    @get("/messages/{name:str}/source", media_type=MediaType.TEXT, sync_to_thread=True)
    def source(name: str) -> bytes:
        """One message as it was received."""
        return mailbox.raw(name)

    @get("/messages/{name:str}/attachments/{number:int}", sync_to_thread=True)
    def attachment(name: str, number: int) -> Response[bytes]:
        """One attachment, to be saved: never shown in this site's name."""
        files = attachments_of(mailbox.read(name)[1])
        if not 0 <= number < len(files):
            raise KeyError(name)
        file = files[number]
        return Response(
            file.content,
            media_type=file.content_type,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.file_name, safe='')}"},
        )

    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, object]:
        """The process answers."""
        return {"live": True, "version": __version__, "installation": installation}

    @get("/health/ready", sync_to_thread=False)
    def ready() -> dict[str, object]:
        """It depends on nothing else."""
        return {"ready": True}

    return Litestar(
        route_handlers=[listing, message, source, attachment, live, ready],
        openapi_config=None,
        response_headers=_HEADERS,
        exception_handlers={KeyError: _not_found, NotFoundException: _not_found},
    )


def _not_found(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    text = _page("Not found", '<p>There is no such message.</p><p><a href="/">All mail</a></p>')
    return Response(text, status_code=404, media_type=MediaType.HTML, headers=_HEADERS)


def _list(headings: list[Heading], search: str, start: int, *, more: bool) -> str:
    rows = "".join(
        f"<tr><td>{one.received:%Y-%m-%d %H:%M:%S}</td><td>{escape(one.sender)}</td>"
        f"<td>{escape(one.recipients)}</td>"
        f'<td><a href="/messages/{one.name}">{escape(one.subject) or "(no subject)"}</a></td></tr>'
        for one in headings
    )
    table = (
        "<table><thead><tr><th>Received (UTC)</th><th>From</th><th>To</th><th>Subject</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    older = ""
    if more:
        older = f'<p><a href="/?{escape(urlencode({"q": search, "start": start + PAGE}))}">Older</a></p>'
    return (
        '<form role="search"><label>Recipient or subject '
        f'<input name="q" value="{escape(search, quote=True)}"></label> <button>Search</button></form>'
        f"{table if headings else '<p>No mail.</p>'}{older}"
    )


def _linked(escaped: str) -> str:
    return _LINK.sub(lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>', escaped)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Local mail</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
