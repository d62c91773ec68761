"""One pass of ticket sync: settle what is open, follow the tickets, read the alerts of each customer, decide, and send (design,
section 7.3).

This module gives the order of the steps. What becomes of an alert is decided in tickets_plan.py, written in ticket_keep.py, sent
in ticket_sender.py; a trouble that is over is closed in ticket_closing.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from webapp.clients.autotask import AutotaskClient
from webapp.clients.errors import ApiError, CredentialsRefused, PermissionMissing, RateLimited, Unreachable
from webapp.clients.sophos import SophosClient
from webapp.domain import Mode, Reason
from webapp.extensions import db
from webapp.services import (
    budget,
    connections,
    preferences,
    run_results,
    ticket_choices,
    ticket_closing,
    ticket_findings,
    ticket_settling,
    ticket_states,
    ticket_steps,
    ticket_test,
    ticket_watches,
    tickets_plan,
)
from webapp.services.leases import LeaseLost
from webapp.services.runs import RunCancelled
from webapp.services.ticket_keep import Keeper, note_alerts
from webapp.services.ticket_run import TicketRun
from webapp.services.ticket_sender import Sender
from webapp.services.ticket_situation import Policy, policy, situation
from webapp.services.ticket_states import TicketsNotReadable
from webapp.services.ticket_watches import Watched
from webapp.services.ticket_writer import TicketWriter, writer

log = structlog.get_logger()

_MOST_LIMITED = 3
"""After so many customers in a row that get no answer for too many calls, the rest is left to the next pass."""
_FRESH_FOR_A_PERSON = timedelta(minutes=1)
_POSTING_MODES = (Mode.AUTOMATIC, Mode.APPROVE)


def why_not() -> tuple[str, dict[str, str]] | None:
    """Why Kontor makes no tickets at present: not started, or queue, priority and source not chosen. None where it does."""
    if preferences.get("mode") not in _POSTING_MODES:
        return "tickets_not_started", {"mode": preferences.get("mode")}
    missing = ticket_choices.chosen().missing
    return ("ticket_choice_missing", {"settings": ", ".join(missing)}) if missing else None


def carry_out(run: TicketRun, *, test: bool = False) -> Reason | None:
    """Carry out one pass up to its results; the caller finishes the run record. Commits as it goes.

    Gives the reason why not everything could be done, or None. ``test``: only make and complete a test ticket. Raises ApiError
    where nothing could be done at all, RunCancelled, LeaseLost.
    """
    options = replace(connections.sophos_options(), waiting=run.alive)  # it may have to wait for its turn for minutes
    sophos, autotask = connections.open_sophos(run.counter, options=options), connections.open_autotask(run.counter)
    if test:
        return ticket_test.carry_out(run, autotask, Sender(run, autotask, sophos))
    one_pass = _Pass(run, sophos, autotask, Sender(run, autotask, sophos))
    begun = one_pass.begin()
    one_pass.read_all()
    one_pass.finish(autotask_answers=begun is None)
    return begun or one_pass.left_undone()


@dataclass
class _Pass:
    run: TicketRun
    sophos: SophosClient
    autotask: AutotaskClient
    sender: Sender

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._silent_hosts: dict[str, ApiError] = {}
        self._minutes = 0
        self._limited = 0  # customers in a row for whom there were too many calls

    def begin(self) -> Reason | None:
        """What concerns Autotask before the alerts are read. Where Autotask does not answer, the alerts are read and kept all the
        same, and the tickets are made later: gives the reason then."""
        try:
            self._prepare()
        except (ApiError, TicketsNotReadable) as error:
            db.session.rollback()
            if isinstance(error, CredentialsRefused):
                raise
            self.run.may_post = False
            self.run.why_not, params = _code_of(error)
            return Reason(self.run.why_not, params)
        return None

    def _prepare(self) -> None:
        self.run.budget = budget.measured(self.autotask, self.run.counter)
        self._read_choices()
        reason = why_not()
        db.session.commit()
        if reason is not None:
            self.run.may_post, self.run.why_not = False, reason[0]
        self.run.alive()
        unclear = ticket_steps.unclear(self.run.scope)
        if unclear:
            ids = [step.id for step in unclear]
            ticket_settling.settle(self.autotask, unclear)
            self.sender.report_settled(ids)
        if self.run.autotask_allows():
            ticket_states.follow(self.autotask, scope=self.run.scope, run_id=self.run.run_id)

    def _read_choices(self) -> None:
        """Autotask's picklists, once a day, and when somebody asks: a queue that was made just now is to be chosen. An Autotask
        that does not tell them is gone by what is typed."""
        stale = ticket_choices.is_stale() if self.run.scheduled else ticket_choices.is_stale(_FRESH_FOR_A_PERSON)
        db.session.commit()
        if not stale:
            return
        try:
            fields = self.autotask.tickets.fields()
        except ApiError as error:
            if error.retryable or isinstance(error, CredentialsRefused):
                raise
            return
        ticket_choices.store(fields)
        db.session.commit()

    def read_all(self) -> None:
        """Read and decide, customer after customer, the longest unread first; those that are not reached come first next time."""
        customers = ticket_watches.due(self.run.scope)
        rules, writes, self._minutes = policy(may_post=self.run.may_post), writer(), preferences.number("ticket_interval_minutes")
        db.session.commit()
        total = sum(customer.mapped for customer in customers)
        for done, customer in enumerate(customers):
            if self._limited == _MOST_LIMITED or self._is_late():
                break
            self.run.alive(min(done, total), total)
            self._one(customer, rules, writes)
        self.run.alive(total, total)

    def _is_late(self) -> bool:
        return self.run.scheduled and time.monotonic() - self._began > self._minutes * 60

    def _one(self, customer: Watched, rules: Policy, writes: TicketWriter) -> None:
        try:
            self._read(customer, rules, writes)
            self._limited = 0
        except (CredentialsRefused, LeaseLost, RunCancelled):
            raise
        except ApiError as error:
            db.session.rollback()
            self._failed(customer, error)
            self._limited = self._limited + 1 if isinstance(error, RateLimited) else 0
        except Exception as error:  # whatever it is, the other customers are not to wait for it
            db.session.rollback()
            log.exception("tickets.customer_failed", customer_id=customer.customer_id)
            self._cannot_read(customer, "internal_error", {"cause": type(error).__name__})
        self._result(customer)

    def _read(self, customer: Watched, rules: Policy, writes: TicketWriter) -> None:
        if customer.api_host is None:
            self._cannot_read(customer, "customer_without_host", {"customer": customer.name})
            return
        if customer.api_host in self._silent_hosts:
            raise self._silent_hosts[customer.api_host]
        alerts = self.sophos.alerts(customer.customer_id, customer.api_host)
        known = situation(customer, alerts, rules)
        plan = tickets_plan.decide(alerts, known)
        rows = note_alerts(alerts)
        Keeper(self.run, customer, writes, rows).keep(plan)
        ticket_watches.read_well(customer)
        db.session.commit()
        ticket_closing.note_gone(self.sophos, customer, frozenset(rows))
        if customer.mapped and self.run.may_post:
            self._tickets(customer, writes)

    def _tickets(self, customer: Watched, writes: TicketWriter) -> None:
        """What is to be done in Autotask for this customer; its troubles stay with it."""
        ticket_closing.close_what_is_over(self.run, self.autotask, customer, writes)
        self.sender.send_planned(customer.customer_id)

    def _failed(self, customer: Watched, error: ApiError) -> None:
        if error.system == "Sophos":
            if isinstance(error, Unreachable) and customer.api_host:
                self._silent_hosts[customer.api_host] = error
            code = "alerts_forbidden" if isinstance(error, PermissionMissing) else error.code
            self._cannot_read(customer, code, {**error.params, "customer": customer.name})
        else:
            self.run.fail(customer.customer_id, error.code, error.params)

    def _cannot_read(self, customer: Watched, code: str, params: dict[str, str]) -> None:
        if customer.mapped:
            self.run.fail(customer.customer_id, code, params)
        ticket_watches.read_badly(customer.customer_id, code, params)
        db.session.commit()

    def _result(self, customer: Watched) -> None:
        if customer.mapped:
            ticket_watches.show_steps(customer.customer_id)
            failed = self.run.failed.get(customer.customer_id)
            run_results.keep_tickets(self.run.run_id, customer.customer_id, customer.name, failed)
        db.session.commit()

    def finish(self, *, autotask_answers: bool) -> None:
        """What is left of other customers (a retry, say), the numbers of new tickets, and the findings."""
        if autotask_answers:
            self._quietly(self._send_the_rest)
        ticket_findings.bring_up_to_date()
        db.session.commit()

    def _send_the_rest(self) -> None:
        if self.run.may_post and self.run.scope is None:
            self.sender.send_planned()
        ticket_states.bring_numbers(self.autotask, self.sender.made)

    def _quietly(self, work: Callable[[], None]) -> None:
        """An error here loses nothing: the next pass does it."""
        try:
            work()
        except ApiError:
            db.session.rollback()

    def left_undone(self) -> Reason | None:
        """Why not all customers were read or not all steps sent; None where all was done."""
        if self.run.over_budget is not None:
            return Reason("budget_reached", self.run.over_budget.params)
        if self._limited == _MOST_LIMITED:
            return Reason("rate_limited", {"system": "Sophos"})
        return None


def _code_of(error: Exception) -> tuple[str, dict[str, str]]:
    return (error.code, error.params) if isinstance(error, ApiError) else ("tickets_not_readable", {})
