"""The wire vocabulary between the server and the agents; JSON, one frame a message.

Receivers ignore fields and frame types that they do not know. Times are RFC 3339 UTC, durations
carry their unit in the name, labels are in the API form (`142`), display labels in Eastern digits.
What each frame holds is in the module of its subject.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from core_services.link.answer_frames import Refused, Settled
from core_services.link.board_frames import Board, Called, Shown, Withdrawn
from core_services.link.citizen_frames import CheckIn, Found, Help, Issue, Issued, Look
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.errand_frames import Errand, PictureTaken
from core_services.link.greeting_frames import Hello, Ping, Welcome
from core_services.link.hall_frames import Hall
from core_services.link.message_frames import MessageShown
from core_services.link.slip_frames import Paper, Reprint, Void
from core_services.link.status_frames import RollSeen, Status
from core_services.link.work_frames import Cancel, Outcome, Scanned, Work

AgentFrame = Annotated[
    Hello
    | Status
    | Issue
    | CheckIn
    | Look
    | Paper
    | Void
    | Abandon
    | Given
    | Shown
    | MessageShown
    | Help
    | Outcome
    | PictureTaken
    | Scanned,
    Field(discriminator="type"),
]

ServerFrame = Annotated[
    Welcome
    | Hall
    | Issued
    | Found
    | Refused
    | Settled
    | Reprint
    | Work
    | Cancel
    | RollSeen
    | Errand
    | Board
    | Called
    | Withdrawn
    | Ping,
    Field(discriminator="type"),
]

agent_frames: TypeAdapter[AgentFrame] = TypeAdapter(AgentFrame)
server_frames: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
