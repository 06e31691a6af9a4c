"""What can keep a demonstration from running."""


class DemoFailed(RuntimeError):
    """The demonstration cannot run; its text says why and what to do."""


class ProgramRefused(DemoFailed):
    """A program refuses its settings, so it was a wrong option; it says itself what is wrong."""

    def __init__(self, program: str, words: str) -> None:
        super().__init__(f"{program}: {words}")
