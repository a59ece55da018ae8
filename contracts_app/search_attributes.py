"""What Temporal shows of a process to whoever looks for one: its contract, and the stage it has reached.

They stay readable in Temporal's store, so they are opaque: an id and a word. Nothing reads them to decide.
The namespace must know them: the local server is started with them, in production the operator adds them.
"""

from typing import Final

from temporalio.common import SearchAttributeKey

CONTRACT_ID: Final = SearchAttributeKey.for_keyword("ContractId")
STAGE: Final = SearchAttributeKey.for_keyword("Stage")
ALL: Final = (CONTRACT_ID, STAGE)
