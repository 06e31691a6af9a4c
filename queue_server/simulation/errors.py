"""What keeps a simulation from being lived to its end."""


class SimulationFailed(Exception):
    """A simulation that cannot be begun or gone on with; its text says why and what to do."""
