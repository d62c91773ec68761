"""The jobs that a worker carries out: each takes one id and calls one service."""
