"""x"""


def map_automatically(*, by: str) -> list[object]:
    return []
