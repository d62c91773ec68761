"""x"""


def carry_out(**kwargs: object) -> None: ...
