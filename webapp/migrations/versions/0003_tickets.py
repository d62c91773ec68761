"""alerts become tickets: alerts, tickets, their steps, rules and what Autotask offers; the pace of calls to Sophos"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "call_paces",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_call_paces")),
    )
    op.create_table(
        "ticket_fields",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("queryable", sa.Boolean(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ticket_fields")),
    )
    op.create_table(
        "run_tickets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("customer_name", sa.String(length=500), nullable=False),
        sa.Column("alert_ids", sa.JSON(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("reason_params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_tickets_run_id_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_tickets")),
    )
    with op.batch_alter_table("run_tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_tickets_run_id"), ["run_id"], unique=False)

    op.create_table(
        "ticket_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("severities", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("type_pattern", sa.String(length=500), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("queue", sa.BigInteger(), nullable=True),
        sa.Column("priority", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.BigInteger(), nullable=True),
        sa.Column("ticket_category", sa.BigInteger(), nullable=True),
        sa.Column("issue_type", sa.BigInteger(), nullable=True),
        sa.Column("sub_issue_type", sa.BigInteger(), nullable=True),
        sa.Column("due_hours", sa.Integer(), nullable=True),
        sa.Column("delay_minutes", sa.Integer(), nullable=False),
        sa.Column("use_contract", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ticket_rules_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_rules")),
    )
    with op.batch_alter_table("ticket_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_rules_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "ticket_watches",
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("switched_on_at", sa.DateTime(), nullable=True),
        sa.Column("first_pass_at", sa.DateTime(), nullable=True),
        sa.Column("also_open", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=True),
        sa.Column("status_at", sa.DateTime(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_ticket_watches_customer_id_customers")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_ticket_watches")),
    )
    with op.batch_alter_table("ticket_watches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_watches_read_at"), ["read_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_watches_status"), ["status"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("autotask_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.String(length=50), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("assigned", sa.Boolean(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("closing_told", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("completed_at", sa.DateTime(), nullable=True),
        sa.Column("completed_by", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tickets_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("autotask_id", name=op.f("uq_tickets_autotask_id")),
        sa.UniqueConstraint("key", name=op.f("uq_tickets_key")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_completed_at"), ["completed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_made_at"), ["made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_tickets_open_trouble",
            ["customer_id", "trouble"],
            unique=True,
            sqlite_where=sa.text("state IN ('opening', 'open', 'failed')"),
            postgresql_where=sa.text("state IN ('opening', 'open', 'failed')"),
        )

    op.create_table(
        "alerts",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("product", sa.String(length=60), nullable=False),
        sa.Column("type", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("device_id", sa.String(length=100), nullable=False),
        sa.Column("device_name", sa.String(length=255), nullable=False),
        sa.Column("device_type", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=255), nullable=False),
        sa.Column("allowed_actions", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.Column("gone_at", sa.DateTime(), nullable=True),
        sa.Column("gone_how", sa.String(length=20), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("rule_name", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_alerts_customer_id_customers")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_alerts_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_customer_open", ["customer_id", "gone_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_raised_at"), ["raised_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_trouble"), ["trouble"], unique=False)

    op.create_table(
        "ticket_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("alert_id", sa.String(length=100), nullable=True),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("settle_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("autotask_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_steps_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_steps")),
        sa.UniqueConstraint("key", name=op.f("uq_ticket_steps_key")),
    )
    with op.batch_alter_table("ticket_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_steps_alert_id"), ["alert_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_steps_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_steps_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_steps_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_steps_ticket_id"), ["ticket_id"], unique=False)

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=20), nullable=True))

    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.alter_column("value", existing_type=sa.String(length=500), type_=sa.Text(), existing_nullable=False)


def downgrade():
    with op.batch_alter_table("settings", schema=None) as batch_op:
        batch_op.alter_column("value", existing_type=sa.Text(), type_=sa.String(length=500), existing_nullable=False)

    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_column("purpose")

    with op.batch_alter_table("ticket_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_steps_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_ticket_steps_state"))
        batch_op.drop_index(batch_op.f("ix_ticket_steps_run_id"))
        batch_op.drop_index(batch_op.f("ix_ticket_steps_customer_id"))
        batch_op.drop_index(batch_op.f("ix_ticket_steps_alert_id"))

    op.drop_table("ticket_steps")
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_alerts_trouble"))
        batch_op.drop_index(batch_op.f("ix_alerts_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_alerts_state"))
        batch_op.drop_index(batch_op.f("ix_alerts_raised_at"))
        batch_op.drop_index("ix_alerts_customer_open")

    op.drop_table("alerts")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tickets_open_trouble",
            sqlite_where=sa.text("state IN ('opening', 'open', 'failed')"),
            postgresql_where=sa.text("state IN ('opening', 'open', 'failed')"),
        )
        batch_op.drop_index(batch_op.f("ix_tickets_state"))
        batch_op.drop_index(batch_op.f("ix_tickets_made_at"))
        batch_op.drop_index(batch_op.f("ix_tickets_customer_id"))
        batch_op.drop_index(batch_op.f("ix_tickets_completed_at"))

    op.drop_table("tickets")
    with op.batch_alter_table("ticket_watches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_watches_status"))
        batch_op.drop_index(batch_op.f("ix_ticket_watches_read_at"))

    op.drop_table("ticket_watches")
    with op.batch_alter_table("ticket_rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_rules_customer_id"))

    op.drop_table("ticket_rules")
    with op.batch_alter_table("run_tickets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_tickets_run_id"))

    op.drop_table("run_tickets")
    op.drop_table("ticket_fields")
    op.drop_table("call_paces")
