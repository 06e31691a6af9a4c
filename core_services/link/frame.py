"""What every frame between server and agents shares."""

from pydantic import BaseModel, ConfigDict


class Frame(BaseModel):
    """Unknown fields are ignored, values are frozen."""

    model_config = ConfigDict(extra="ignore", frozen=True)
