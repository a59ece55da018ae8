"""`python -m contracts_app.local_mail`: the SMTP server and its pages, in one process."""

import asyncio

import uvicorn
from aiosmtpd.smtp import SMTP

from contracts_app import __version__
from contracts_app.local_mail.mailbox import Mailbox
from contracts_app.local_mail.pages import create_pages
from contracts_app.local_mail.receiving import SIZE_LIMIT, Receiver
from contracts_app.operation.addresses import split
from contracts_app.settings import Settings


async def serve(settings: Settings) -> None:
    """Serve mail and pages until told to stop (SIGTERM, SIGINT)."""
    mailbox = Mailbox(settings.state_dir / "mail")
    host, port = split(settings.smtp_address)

    def conversation() -> SMTP:
        return SMTP(
            Receiver(mailbox),
            hostname="localhost",
            ident=f"contracts {__version__}",
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
        )

    view_host, view_port = split(settings.mail_view_address)
    pages = uvicorn.Config(
        create_pages(mailbox, settings.installation),
        host=view_host,
        port=view_port,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    server = await asyncio.get_running_loop().create_server(conversation, host, port)
    async with server:
        await uvicorn.Server(pages).serve()


if __name__ == "__main__":
    asyncio.run(serve(Settings()))
