"""What can keep a demonstration from running."""


class DemoFailed(RuntimeError):
    """The demonstration cannot run; its text says why and what to do."""
